"""The command line: `rapport run | demo | serve | worker | sandbox | migrate | seed | user | settings | openapi`."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rapport import __version__
from rapport.kernel.settings import Settings, described, settings_or_exit

if TYPE_CHECKING:
    from rapport.assembly import Service

_WRONG_USE = 2
DEMO_SPEED = 240
"""A day in six minutes: slow enough to follow, fast enough that something moves before one's eyes."""
_FASTEST = 3600


class _DatabaseAwayError(Exception):
    """The database does not answer at the start."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; answers the exit status. A wrong setting is a line each and status 2."""
    parser = argparse.ArgumentParser(prog="rapport", description="LinkedIn outreach one can trust.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, about in (
        ("run", "migrate, seed the demo, serve: what `make run` does"),
        ("demo", "the same at another speed"),
    ):
        run = commands.add_parser(name, help=about)
        run.add_argument("--speed", type=_speed, default=DEMO_SPEED, help=f"times real time, default {DEMO_SPEED}")
    commands.add_parser("serve", help="serve the API, with the background loops")
    commands.add_parser("worker", help="run the background loops alone, beside a shared PostgreSQL")
    sandbox = commands.add_parser("sandbox", help="run the sandbox alone; its options follow", add_help=False)
    sandbox.add_argument("options", nargs=argparse.REMAINDER)
    migrate = commands.add_parser("migrate", help="bring the database to this code's schema")
    migrate.add_argument("--to", default="head", help="a revision, `base` to take everything away, default head")
    commands.add_parser("seed", help="fill the demo")
    user = commands.add_parser("user", help="add a user (asks for the password)")
    user.add_argument("email")
    user.add_argument("--name", default="Admin")
    user.add_argument("--role", default="admin", choices=["admin", "agent", "viewer"])
    commands.add_parser("settings", help="print every setting as docs/settings.md")
    openapi = commands.add_parser("openapi", help="write the OpenAPI document")
    openapi.add_argument("file", nargs="?", default="openapi/openapi.yaml")
    given = parser.parse_args(arguments)
    if given.command == "sandbox":
        from rapport_sandbox.server import main as sandbox_main

        return sandbox_main(given.options)
    settings = settings_or_exit()
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        reason = f"RAPPORT_HOME is {settings.home}, which cannot be made: {refused.strerror}."
        print(f"rapport: {reason}", file=sys.stderr)
        return _WRONG_USE
    try:
        return _COMMANDS[given.command](settings, given)
    except _DatabaseAwayError as away:
        print(f"rapport: {away}", file=sys.stderr)
        return 1


def _assembled(settings: Settings) -> Service:
    from sqlalchemy.exc import OperationalError

    from rapport.assembly import assemble, measure_clock
    from rapport.kernel.log import configure_log

    configure_log(settings.log_level)
    service = assemble(settings)
    try:
        service.engine.connect().close()
        measure_clock(service)
    except OperationalError:
        url = service.engine.url
        where = f"{url.database} at {url.host}:{url.port or 5432}" if url.host else url.database
        raise _DatabaseAwayError(f"The database {where} (DATABASE_URL) does not answer.") from None
    return service


def _migrate(settings: Settings, given: Any) -> int:
    service = _assembled(settings)
    try:
        status = _bring_to(service, given.to)
        _prepare(service)
        return status
    finally:
        service.close()


def _bring_to(service: Service, revision: str) -> int:
    from rapport.admin import migrations

    before = migrations.status(service.engine)
    if revision == "head" and before.at_head:
        print(f"Database at head ({before.head}).", file=sys.stderr)
    else:
        migrations.bring_to(service.engine, revision)
        print(f"Database moved from {before.current or 'nothing'} to {revision}.", file=sys.stderr)
    return 0


def _prepare(service: Service) -> None:
    """What must be there beside the tables: the agency's log, and a way in while there is no admin."""
    from rapport.admin import bootstrap, migrations

    if not migrations.status(service.engine).at_head:
        return
    with _transaction(service) as tx:
        waiting = bootstrap.prepare(tx, service.settings.home)
    if waiting is not None:
        print(f"No admin yet: `rapport user EMAIL`, or the token in {waiting}.", file=sys.stderr)


def _seed(settings: Settings, _given: Any) -> int:
    from rapport.admin import demo

    service = _assembled(settings)
    try:
        secret = demo.password(settings.home, settings.rapport_demo_password)
        with _transaction(service) as tx:
            demo.seed(tx, service.passwords, secret)
    finally:
        service.close()
    return 0


def _user(settings: Settings, given: Any) -> int:
    from rapport.kernel.errors import RapportError
    from rapport.people import users
    from rapport.rules.permissions import Role

    password = getpass.getpass("Password (at least 12 characters): ") if sys.stdin.isatty() else sys.stdin.readline()
    password = password.rstrip("\n")
    if not 12 <= len(password) <= 200:
        print("rapport: a password has 12 to 200 characters.", file=sys.stderr)
        return _WRONG_USE
    service = _assembled(settings)
    try:
        hashed = service.passwords.hash(password)
        with _transaction(service) as tx:
            users.create(tx, email=given.email, name=given.name, role=Role(given.role), password_hash=hashed)
    except RapportError as refused:
        print(f"rapport: {refused.message}", file=sys.stderr)
        return 1
    finally:
        service.close()
    print(f"{given.role.capitalize()} {given.email} was added.")
    return 0


def _speed(text: str) -> float:
    speed = float(text)
    if not 1 <= speed <= _FASTEST:
        raise argparse.ArgumentTypeError(f"from 1, real time, to {_FASTEST}")
    return speed


def _run(settings: Settings, given: Any) -> int:
    """Migrate, seed, serve. The welcome is printed when the first request can be answered."""
    if settings.production:
        print("rapport: `run` is the demo; in production use `migrate` and `serve`.", file=sys.stderr)
        return _WRONG_USE
    taken = _alone(settings)
    if taken:
        return taken
    from rapport.runtime import sandbox

    if not settings.on_sandbox:
        return _run_with(settings, f"Unipile: {settings.unipile_base_url}")
    started = sandbox.begin(settings)
    import rapport.app  # noqa: F401 - the two processes start side by side

    try:
        started, settings = sandbox.await_ready(started, settings)
        settings = sandbox.hasten(started, settings, speed=given.speed)
        pace = "" if given.speed == 1 else f", {given.speed:g} times as fast as real time"
        return _run_with(settings, f"sandbox: nothing leaves this machine ({started.url}){pace}")
    except sandbox.SandboxError as failure:
        print(f"rapport: {failure}", file=sys.stderr)
        return 1
    finally:
        started.stop()


def _run_with(settings: Settings, outside: str) -> int:
    from rapport.accounts import health
    from rapport.accounts.tasks import everybody
    from rapport.admin import bootstrap, demo

    service = _assembled(settings)
    try:
        _bring_to(service, "head")
        seen = everybody(service.unipile) if settings.on_sandbox else []
        with _transaction(service) as tx:
            bootstrap.prepare(tx, settings.home)
        secret = demo.password(settings.home, settings.rapport_demo_password)
        with _transaction(service) as tx:
            seeded = demo.seed(tx, service.passwords, secret, accounts=seen)
            if seen:
                health.observe(tx, seen)
        if seeded.account_ids:
            _start_demo_campaign(service, seeded, seen[0].id)
    finally:
        service.close()
    welcome = "\n".join(
        (
            "",
            f"  Rapport is at   http://{settings.host}:{settings.port}",
            f"  API and docs    http://{settings.host}:{settings.port}/api/v1/docs",
            f"  Sign in as      {demo.ADMIN}  (admin)   password: {secret}",
            f"                  {demo.AGENT} and {demo.VIEWER} have the same password",
            f"  {outside}",
            "",
        )
    )
    return _serve_web(settings, welcome)


def _start_demo_campaign(service: Service, seeded: Any, unipile_account_id: str) -> None:
    from rapport.admin import demo_campaign
    from rapport.ports.unipile_records import SearchByParameters

    query = SearchByParameters("classic", "people")
    found = service.unipile.search(query, account_id=unipile_account_id, limit=50)
    with _transaction(service) as tx:
        demo_campaign.seed(tx, seeded.client_id, found.items, account_ids=seeded.account_ids, enrolled=service.enrolled)


def _serve(settings: Settings, _given: Any) -> int:
    taken = _alone(settings)
    if taken:
        return taken
    _assembled(settings).close()  # a database that does not answer is said here, in one line
    return _serve_web(settings, f"Rapport listens on http://{settings.host}:{settings.port}")


def _alone(settings: Settings) -> int:
    """On SQLite, be the only process; answers the exit status when another is there."""
    from rapport.runtime.alone import Alone, AlreadyRunningError

    if not settings.on_sqlite:
        return 0
    lock = Alone(settings.home)
    try:
        lock.take()
    except AlreadyRunningError as other:
        print(f"rapport: {other}", file=sys.stderr)
        return 1
    return 0


def _serve_web(settings: Settings, welcome: str) -> int:
    from rapport.app import create_app
    from rapport.runtime.web import serve

    return serve(settings, create_app, welcome)


def _worker(settings: Settings, _given: Any) -> int:
    """The background loops alone. They end after the turns in progress when told to stop."""
    from rapport.runtime.worker import work

    return _alone(settings) or work(_assembled(settings))


def _settings(_settings: Settings, _given: Any) -> int:
    print("# Settings\n")
    print("Read once, at the start, from the environment or `.env`; the environment wins.\n")
    print("| name | default | meaning |\n| --- | --- | --- |")
    for name, default, meaning in described():
        print(f"| `{name}` | {f'`{default}`' if default else ''} | {meaning} |")
    return 0


def _openapi(settings: Settings, given: Any) -> int:
    from rapport.app import create_app
    from rapport.http.openapi import as_yaml, document

    service = _assembled(settings)
    app = create_app(service)
    with app.app_context():
        Path(given.file).write_bytes(as_yaml(document()))
    service.close()
    return 0


def _transaction(service: Service) -> Any:
    from rapport.kernel.principal import SYSTEM
    from rapport.kernel.tenancy import ALL_CLIENTS

    return service.transaction(actor=SYSTEM, scope=ALL_CLIENTS)


_COMMANDS = {
    "run": _run,
    "demo": _run,
    "serve": _serve,
    "worker": _worker,
    "migrate": _migrate,
    "seed": _seed,
    "user": _user,
    "settings": _settings,
    "openapi": _openapi,
}
