"""The sandbox beside the service: a process of its own, that ends when the service does."""

from __future__ import annotations

import dataclasses
import json
import subprocess  # nosec B404 - starts our own module and nothing else
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

from rapport.kernel.clock import SystemClock
from rapport.kernel.settings import Settings

_HOSPITABLE = 2  # senders in the demo


class SandboxError(Exception):
    """The sandbox did not start; the message is its own."""


class SandboxProcess:
    """A sandbox on a port of this machine."""

    def __init__(self, home: Path, *, port: int) -> None:
        """Begin to start; `ready` waits for it, so that other work can be done meanwhile."""
        command = [sys.executable, "-m", "rapport_sandbox", "--attached", "--accounts", str(_HOSPITABLE)]
        self._process = subprocess.Popen(  # noqa: S603 # nosec B603 - our own interpreter, our own module
            [*command, "--port", str(port), "--home", str(home)],
            stdin=subprocess.PIPE,  # closed with us, however we end: then it ends too
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # an interrupt from the keyboard is ours to pass on
        )
        self.url = ""

    def ready(self) -> None:
        """Wait until it answers; its one line says where."""
        line = self._process.stdout.readline() if self._process.stdout else ""
        _, found, rest = line.partition("sandbox at ")
        if not found:
            _, said = self._process.communicate(timeout=10)
            raise SandboxError(said.strip().splitlines()[-1] if said.strip() else "the sandbox ended at once")
        self.url = rest.split()[0]

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(timeout=10)


def hasten(started: SandboxProcess, settings: Settings, *, speed: float) -> Settings:
    """Let the sandbox's world, and the service with it, live so many times as fast as real time.

    What is waited for in real time, such as the life of a sign-in or of a lease, stays as long as it was.
    """
    if speed == 1:
        return settings
    request = urllib.request.Request(  # noqa: S310 - an address of our own child
        f"{started.url}/sandbox/clock", data=json.dumps({"speed": speed}).encode(), method="POST"
    )
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 # nosec B310 - see above
        world = json.load(answer)["unix"]
    real = SystemClock().now().timestamp()
    # Both clocks read the same at `since` and differ in speed from there on: solved for what the world reads now.
    since = datetime.fromtimestamp((world - real * speed) / (1 - speed), UTC)
    return dataclasses.replace(
        settings,
        rapport_speed=speed,
        rapport_speed_since=since,
        access_token_minutes=int(settings.access_token_minutes * speed),
        refresh_token_days=int(settings.refresh_token_days * speed),
        job_lease_seconds=settings.job_lease_seconds * speed,
        action_lease_seconds=settings.action_lease_seconds * speed,
    )


def begin(settings: Settings) -> SandboxProcess:
    """Start a sandbox on the port of the settings, or on a free one when that is taken."""
    home = settings.home / "sandbox"
    home.mkdir(parents=True, exist_ok=True)
    return SandboxProcess(home, port=settings.sandbox_port)


def await_ready(started: SandboxProcess, settings: Settings) -> tuple[SandboxProcess, Settings]:
    """The sandbox that answers, and settings that lead to it."""
    try:
        started.ready()
    except SandboxError:
        started = SandboxProcess(settings.home / "sandbox", port=0)
        started.ready()
    return started, dataclasses.replace(settings, sandbox_port=int(started.url.rsplit(":", 1)[1]))
