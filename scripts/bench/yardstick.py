"""The yardstick: the least a Flask application must do for the answers the product gives.

It stands on the same server with the same settings, verifies the same token with PyJWT, runs the same query
on the same rows with SQLAlchemy Core and dumps it with orjson. It knows nothing of the product: no scopes,
no limits on requests, no log, no headers. What the product costs beyond it is the price of all that.
"""

from __future__ import annotations

import os

import jwt
import orjson
from flask import Flask, Response, request
from sqlalchemy import MetaData, Table, bindparam, create_engine, select

OPTIONS = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z


def create_app(url: str, key: bytes, client_id: str) -> Flask:
    """The application on a database; `client_id` is whose rows the token's bearer may see."""
    connect = {"options": "-c timezone=utc"} if url.startswith("postgresql") else {"check_same_thread": False}
    engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_size=12, pool_use_lifo=True, connect_args=connect)
    account = Table("account", MetaData(), autoload_with=engine)
    shown = [column for column in account.c if column.name not in ("pacing_seed", "last_used_on")]
    names = [str(column.name) for column in shown]
    mine = select(*shown).where(account.c.client_id == client_id)
    one = mine.where(account.c.id == bindparam("id"))
    page = mine.order_by(account.c.created_at.desc(), account.c.id.desc()).limit(50)
    app = Flask("yardstick", static_folder=None)

    def verify() -> None:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        jwt.decode(token, key, algorithms=["HS256"], audience="rapport-api", issuer="rapport")

    def answer(value: object) -> Response:
        return Response(orjson.dumps(value, option=OPTIONS), content_type="application/json")

    @app.get("/bare")
    def bare() -> Response:
        return answer({"status": "ok"})

    @app.get("/token")
    def token_only() -> Response:
        verify()
        return answer({"status": "ok"})

    @app.get("/accounts/<account_id>")
    def show(account_id: str) -> Response:
        verify()
        with engine.connect() as connection:
            return answer(dict(zip(names, connection.execute(one, {"id": account_id}).one(), strict=True)))

    @app.get("/accounts")
    def listed() -> Response:
        verify()
        with engine.connect() as connection:
            return answer({"items": [dict(zip(names, row, strict=True)) for row in connection.execute(page)]})

    return app


def main() -> None:
    """Serve it with the product's own server settings."""
    from rapport.kernel.settings import read_settings
    from rapport.runtime.web import Server

    settings = read_settings(dotenv=None)
    key = bytes.fromhex(os.environ["YARDSTICK_KEY"])
    Server(settings, lambda: create_app(settings.database, key, os.environ["YARDSTICK_CLIENT"])).run()


if __name__ == "__main__":
    main()
