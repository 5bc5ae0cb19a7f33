"""What the sandbox carries: profile reads a second, memory for 100,000 people, four weeks in a minute.

    python scripts/bench/sandbox.py reads|memory|month [--people N]

Each prints the number and its bar, and exits 1 below the bar.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rapport_sandbox.options import Options
from rapport_sandbox.sandbox import Sandbox
from rapport_sandbox.wire import Request

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.sandbox.driver import Driver

READS_A_SECOND = 1_500
MEGABYTES = 300
SECONDS_A_MONTH = 60
ACCOUNTS = 5
WORKING_HOURS = 20 * 8


def reads() -> bool:
    """wrk with 16 connections against a server in its own process, ledger on disk and synced."""
    if shutil.which("wrk") is None:
        print("wrk is not installed")
        return False
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "rapport_sandbox", "--people", "10000", "--home", home]
        server = subprocess.Popen([*command, "--speed", "1"], stdout=subprocess.PIPE, text=True)
        try:
            line = server.stdout.readline() if server.stdout else ""
            url = re.search(r"http://[\d.:]+", line).group()  # type: ignore[union-attr]
            probe = Sandbox(Options(people=10_000))
            account, person = probe.world.account(0), probe.world.person(77)
            target = f"{url}/api/v1/users/{person.provider_id}?account_id={account.id}"
            run = subprocess.run(
                ["wrk", "-t2", "-c16", "-d6s", "--latency", "-H", "X-API-KEY: sandbox", target],
                capture_output=True,
                text=True,
                check=True,
            )
        finally:
            server.terminate()
            server.wait()
        lines = sum(1 for _ in (Path(home) / "ledger.jsonl").open("rb"))
    print(run.stdout)
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", run.stdout).group(1))  # type: ignore[union-attr]
    bad = "Non-2xx" in run.stdout
    print(f"profile reads: {rate:.0f}/s (bar {READS_A_SECOND}), {lines} ledger lines, errors: {bad}")
    return rate >= READS_A_SECOND and not bad


def memory(people: int) -> bool:
    """Every person of a large world read once."""
    sandbox = Sandbox(Options(people=people, accounts=5))
    account = sandbox.world.account(0).id
    query = (("account_id", account),)
    headers = {"x-api-key": "sandbox"}
    for person in sandbox.world.state.people:
        path = f"/api/v1/users/{person.provider_id}"
        if sandbox.apps["api"].handle(Request("GET", path, query, headers), sandbox.now()).status != 200:
            print(f"person {person.number} could not be read")
            return False
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{people} people, all read: {megabytes:.0f} MB at the most (bar {MEGABYTES})")
    return megabytes < MEGABYTES


def month(people: int) -> bool:
    """The same four weeks twice, and a different seed once: equal, equal, different.

    Everybody is invited within twenty working days, which LinkedIn would not bear with: its patience is off.
    """
    an_hour = -(-people // (ACCOUNTS * WORKING_HOURS))
    print(f"{people} people, {ACCOUNTS} accounts, {an_hour} invitations an hour and account")
    hashes = []
    slowest = 0.0
    for seed in (7, 7, 8):
        with tempfile.TemporaryDirectory() as home:
            options = Options(
                seed=seed, people=people, accounts=ACCOUNTS, home=Path(home), sync=False, quirks="realistic"
            )
            began = time.perf_counter()
            with Sandbox(options, deliver=lambda *_: 200) as sandbox:
                sandbox.patience.change(weekly_invites=None, burst=None, pending_invites=None)
                acts = Driver(sandbox, invites_an_hour=an_hour).run(days=28).acts
                lines, delivered = len(sandbox.ledger), sandbox.courier.counts["delivered"]
            took = time.perf_counter() - began
            slowest = max(slowest, took)
            digest = hashlib.sha256((Path(home) / "ledger.jsonl").read_bytes()).hexdigest()
            hashes.append(digest)
            print(
                f"seed {seed}: 28 days in {took:.1f} s; {lines} ledger lines, {delivered} webhooks, "
                f"{acts['POST users 201']} invitations, {acts['POST chats 201']} messages; sha256 {digest[:16]}"
            )
    same, different = hashes[0] == hashes[1], hashes[0] != hashes[2]
    print(f"slowest {slowest:.1f} s (bar {SECONDS_A_MONTH}); same seed same ledger: {same}; other: {different}")
    return slowest < SECONDS_A_MONTH and same and different


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("reads", "memory", "month"))
    parser.add_argument("--people", type=int)
    said = parser.parse_args()
    if said.what == "reads":
        return 0 if reads() else 1
    if said.what == "memory":
        return 0 if memory(said.people or 100_000) else 1
    return 0 if month(said.people or 10_000) else 1


if __name__ == "__main__":
    sys.exit(main())
