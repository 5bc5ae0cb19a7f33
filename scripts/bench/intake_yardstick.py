"""The yardstick of taking in: a route that verifies the same signature and inserts one row, and nothing else."""

from __future__ import annotations

import hashlib
import hmac
import os
import uuid
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, request
from sqlalchemy import MetaData, Table, create_engine, event, insert


def create_app(url: str, key: bytes) -> Flask:
    """The application on a database, each commit as durable as the product's."""
    engine = create_engine(url, pool_size=12, pool_use_lifo=True)
    if url.startswith("sqlite"):

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _record: object) -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA busy_timeout=8000")

    delivery = Table("webhook_delivery", MetaData(), autoload_with=engine)
    app = Flask("yardstick", static_folder=None)

    @app.get("/bare")
    def bare() -> Response:
        return Response(b"{}", content_type="application/json")

    @app.post("/taken")
    def take() -> tuple[bytes, int]:
        body = request.get_data()
        wanted = hmac.digest(key, body, "sha256").hex()
        if not hmac.compare_digest(wanted.encode(), request.headers["X-Unipile-Signature"].encode("latin-1")):
            return b"{}", 401
        now = datetime.now(UTC)
        row = {
            "id": str(uuid.uuid4()),
            "client_id": "00000000-0000-7000-8000-000000000000",
            "source": "yardstick",
            "received_at": now,
            "headers": {"User-Agent": request.headers.get("User-Agent", "")},
            "content_type": request.content_type,
            "body": body,
            "size": len(body),
            "sha256": hashlib.sha256(body).hexdigest(),
            "status": "ignored",
            "attempts": 0,
        }
        with engine.begin() as connection:
            connection.execute(insert(delivery), row)
        return b"{}", 200

    return app


def main() -> None:
    """Serve it with the product's own server settings."""
    from rapport.kernel.settings import read_settings
    from rapport.runtime.web import Server

    settings = read_settings(dotenv=None)
    Server(settings, lambda: create_app(settings.database, os.environ["YARDSTICK_KEY"].encode())).run()


if __name__ == "__main__":
    main()
