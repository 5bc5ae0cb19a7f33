"""A Rapport and its outside, and an n8n, as processes on free ports of this machine, all in one temporary folder."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

from scripts.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
_PASSWORD = secrets.token_urlsafe(16)
_QUIET = {
    "N8N_DIAGNOSTICS_ENABLED": "false",
    "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
    "N8N_TEMPLATES_ENABLED": "false",
    "N8N_PERSONALIZATION_ENABLED": "false",
    "N8N_HIRING_BANNER_ENABLED": "false",
    "N8N_DIAGNOSTICS_CONFIG_FRONTEND": "",
    "N8N_DIAGNOSTICS_CONFIG_BACKEND": "",
    "EXTERNAL_FRONTEND_HOOKS_URLS": "",
}
"""n8n asks nobody on the net for anything, and tells nobody of anything."""


class NotUpError(Exception):
    """Something did not start; the message is its own."""


@dataclass
class Api:
    """Somebody with a credential, talking to the service."""

    base: str
    credential: str | None = None

    def call(self, method: str, path: str, body: Any = None, *, status: int | None = None, **headers: str) -> Any:
        if self.credential is not None:
            headers["Authorization"] = f"Bearer {self.credential}"
        answer = requests.request(method, f"{self.base}/api/v1{path}", json=body, headers=headers, timeout=20)
        if (status is not None and answer.status_code != status) or (status is None and answer.status_code >= 400):
            raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json() if answer.content else None

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        return self.call("POST", path, {} if body is None else body, **more)


@dataclass
class Platform:
    """Whoever shows messages to people: it remembers what it was given, and refuses when it is told to."""

    given: list[dict[str, Any]] = field(default_factory=list)
    refuses: bool = False
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/send"


@dataclass
class Places:
    """Where everything is."""

    folder: Path
    rapport: str
    resend: str
    n8n: str
    platform: Platform
    admin: Api
    agent: Api


@contextmanager
def rapport_and_outside(folder: Path) -> Iterator[Places]:
    """The service with its sandbox, a platform, and the address at which n8n will be."""
    port, sandbox_port, n8n_port = free_port(), free_port(), free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "src"),
        "RAPPORT_HOME": str(folder / "rapport"),
        "PORT": str(port),
        "SANDBOX_PORT": str(sandbox_port),
        "ALLOW_INSECURE_WEBHOOKS": "true",
        "WEBHOOK_NETWORKS": "127.0.0.0/8",
    }
    with ExitStack() as held:
        python = [sys.executable, "-m"]
        sandbox = [
            *python,
            "rapport_sandbox",
            "--port",
            str(sandbox_port),
            "--home",
            str(folder / "sandbox"),
            "--still",
        ]
        (folder / "sandbox").mkdir()
        held.enter_context(_process([*sandbox, "--no-sync"], environment, folder / "sandbox.log"))
        subprocess.run([*python, "rapport", "migrate"], env=environment, cwd=folder, check=True, capture_output=True)
        held.enter_context(_process([*python, "rapport", "serve"], environment, folder / "rapport.log"))
        base = f"http://127.0.0.1:{port}"
        _until_up(f"{base}/health/ready", folder / "rapport.log", seconds=60)
        platform = held.enter_context(_platform())
        admin = _first_admin(base, folder / "rapport")
        yield Places(
            folder,
            base,
            f"http://127.0.0.1:{sandbox_port}/resend",
            f"http://127.0.0.1:{n8n_port}",
            platform,
            admin,
            admin,
        )


@contextmanager
def n8n_running(program: Path, places: Places, workflows: Path, credentials: list[dict[str, Any]]) -> Iterator[Path]:
    """n8n with these workflows imported by its own command line and active; answers its database."""
    home = places.folder / "n8n"
    home.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "N8N_USER_FOLDER": str(home),
        "N8N_PORT": places.n8n.rsplit(":", 1)[1],
        "N8N_LISTEN_ADDRESS": "127.0.0.1",
        "N8N_HOST": "127.0.0.1",
        "N8N_RUNNERS_ENABLED": "false",
        "N8N_EXPRESSION_ENGINE": "legacy",
        "N8N_ENCRYPTION_KEY": secrets.token_hex(16),
        "N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS": "true",
        **_QUIET,
    }
    secret_file = home / "credentials.json"
    secret_file.write_text(json.dumps(credentials))

    def command(*words: str) -> None:
        done = subprocess.run(
            [str(program), *words], env=environment, cwd=home, capture_output=True, text=True, check=False, timeout=180
        )
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        print(f"  n8n {' '.join(words)}: {said[-1] if said else 'nothing said'}", flush=True)
        if done.returncode:
            raise NotUpError("\n".join(said[-20:]))

    command("import:credentials", f"--input={secret_file}")
    secret_file.unlink()
    command("import:workflow", "--separate", f"--input={workflows}")
    for file in sorted(workflows.glob("*.json")):
        command("update:workflow", f"--id={json.loads(file.read_text())['id']}", "--active=true")
    with _process([str(program), "start"], environment, home / "n8n.log"):
        _until_up(f"{places.n8n}/healthz/readiness", home / "n8n.log", seconds=120)
        _until_hooks_are_there(places.n8n, home / "n8n.log")
        yield home / ".n8n" / "database.sqlite"


@contextmanager
def _process(command: list[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    with log.open("wb") as file:
        process = subprocess.Popen(command, env=environment, cwd=log.parent, stdout=file, stderr=file)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _platform() -> Iterator[Platform]:
    platform = Platform()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if not platform.refuses:
                platform.given.append(body)
            said = json.dumps({"message_id": f"out-{len(platform.given)}"}).encode()
            self.send_response(403 if platform.refuses else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    platform.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield platform
    finally:
        server.shutdown()
        server.server_close()


def _first_admin(base: str, home: Path) -> Api:
    token = (home / "bootstrap.token").read_text().strip()
    who = {"email": "root@agency.example", "password": _PASSWORD}
    Api(base).post("/admin/bootstrap", {"token": token, "name": "Root", **who})
    return Api(base, Api(base).post("/auth/login", who)["access_token"])


def _until_up(url: str, log: Path, *, seconds: float) -> None:
    until("an answer at " + url, lambda: _answers(url), seconds=seconds, log=log)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code == 200
    except requests.ConnectionError:
        return False


def _until_hooks_are_there(n8n: str, log: Path) -> None:
    """n8n says that it is ready before its webhooks are."""
    paths = ("rapport-lead-created", "rapport-channel-reply", "rapport-channel-in", "rapport-email-broadcast")

    def all_there() -> bool:
        found = [requests.post(f"{n8n}/webhook/{each}", json={}, timeout=20).status_code for each in paths]
        return 404 not in found

    until("n8n's webhooks", all_there, seconds=60, log=log)


def until(what: str, is_so: Any, *, seconds: float = 60, log: Path | None = None) -> Any:
    """Whatever comes of asking, once it is something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = is_so()
        if found:
            return found
        time.sleep(0.3)
    tail = f"\n{log.read_text(errors='replace')[-3000:]}" if log is not None else ""
    raise NotUpError(f"{what}: not within {seconds:.0f} s.{tail}")
