"""A broadcast whose workers are killed, and whose calls often end without an answer: each address once, and no other.

python -m tests.faults.broadcast --database postgresql --recipients 5000 --kills 20
python -m tests.faults.broadcast --database sqlite --recipients 300 --kills 3 --control
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rapport.broadcasts import keeping, queries
from rapport.kernel.clock import SystemClock
from rapport.kernel.log import configure_log
from rapport.leads import arriving
from rapport.leads.models import LeadSource
from rapport.outbox import stops
from rapport.outbox.words import MailTopic, StopReason
from rapport.rules import lead_fields
from rapport_sandbox.fakes import all_fakes
from rapport_sandbox.options import Options
from rapport_sandbox.server import SandboxServer
from scripts.servers import PostgreSQL
from tests.databases import KINDS, fresh_database
from tests.stage import Stage

BATCH = "POST /emails/batch"
ROOT = Path(__file__).resolve().parents[2]
WORDS = {"subject": "News", "body": "Hi {{ first_name }}"}


def play(kind: str, folder: Path, *, recipients: int, kills: int, seed: int, control: bool) -> list[str]:
    """Everything that is wrong at the end."""
    chance = random.Random(seed)
    with ExitStack() as stack:
        server = stack.enter_context(
            SandboxServer(
                Options(people=2, accounts=1, relations=0, spontaneous=False, speed=1),
                apps=lambda url: all_fakes(public_url=url),
            )
        )
        database = stack.enter_context(fresh_database(kind, folder))
        given = {
            "UNIPILE_BASE_URL": server.api_url,
            "UNIPILE_API_KEY": server.options.api_key,
            "RESEND_API_URL": f"{server.url}/resend",
            "RESEND_API_KEY": "re_sandbox",
            "PUBLIC_URL": "https://rapport.example",
            "DELIVERY_CALL_SECONDS": "0.5",
            "JOB_LEASE_SECONDS": "2",
            "JOB_SWEEP_SECONDS": "0.3",
            "SENDER_THREADS": "0",
        }
        settings = database.settings(**given)
        stage = Stage(database, settings=given, clock=SystemClock())
        stack.callback(stage.close)
        unwanted = _people(stage, recipients)
        with stage.tx() as tx:
            audience = {"has_email": "true"}
            made = keeping.create(tx, stage.acme.id, {"name": "News", "variants": [WORDS], "audience": audience})
            keeping.dispatch(tx, keeping.get(tx, made))
        environment = (
            os.environ
            | given
            | {
                "RAPPORT_HOME": str(settings.home),
                "DATABASE_URL": database.url,
                "SECRET_KEY": settings.secret_key,
                "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
            }
        )
        resend = server.sandbox.apps["resend"]
        killed = _kill(stage, made, environment, resend, chance, kills)
        if control:
            _blind(stage, server)
        arrived = Counter(str(each["to"][0]) for each in resend.sent.values())
        lines = [line for line in server.sandbox.ledger.read() if line.get("kind") == "email_batch"]
        with stage.reading() as reading:
            figures = queries.figures(reading, made)
        said = {"kills": killed, "calls": len(lines), "repeated": len(lines) - len({line["key"] for line in lines})}
        told = {"database": kind, "seed": seed, "arrived": len(arrived), **said, "sent": figures["sent"]}
        sys.stdout.write(f"{json.dumps(told)}\n")
        wanted = {f"p{place}@people.example" for place in range(recipients)} - unwanted
        return [
            *(f"{each} got {number}" for each, number in arrived.items() if number != 1),
            *(f"{each} wants none" for each in arrived if each in unwanted),
            *(f"{each} got none" for each in wanted if each not in arrived),
            *([f"{figures['sent']} counted as sent"] if figures["sent"] != len(wanted) else []),
        ]


def _people(stage: Stage, number: int) -> set[str]:
    """So many leads; answers the addresses that must get nothing: one in fifty wants no more, or bounced."""
    for start in range(0, number, 500):
        fields = [
            lead_fields.read({"first_name": f"P{place}", "email": f"p{place}@people.example"})
            for place in range(start, min(start + 500, number))
        ]
        with stage.tx() as tx:
            arriving.arrive(tx, stage.acme.id, fields, source=LeadSource.MANUAL, said_by=arriving.OPERATOR)
    unwanted = {f"p{place}@people.example": place for place in range(0, number, 50)}
    with stage.tx() as tx:
        for email, place in unwanted.items():
            reason = StopReason.BOUNCED if place % 100 else StopReason.OPTED_OUT
            stops.stop(tx, stage.acme.id, email, topic=MailTopic.BROADCASTS, reason=reason)
    return set(unwanted)


def _kill(stage: Stage, made: str, environment: Any, resend: Any, chance: random.Random, kills: int) -> int:
    """Let workers send it, and kill them; answers how often that was done."""
    done, until = 0, time.monotonic() + 280
    command = [sys.executable, "-m", "rapport", "worker"]
    while time.monotonic() < until:
        if done < kills:
            resend.fail_next(1, chance.choice(["timeout_after_effect", "timeout_before", 503]), on=BATCH)
        worker = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            ends = time.monotonic() + (chance.uniform(2.0, 5.0) if done < kills else 240)
            while time.monotonic() < min(ends, until):
                with stage.reading() as reading:
                    if queries.status_of(reading, made).status == "sent":
                        return done
                time.sleep(0.05)
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        done += 1
    return done


def _blind(stage: Stage, server: SandboxServer) -> None:
    """The negative control: the first batch goes once more, under another key."""
    line = next(line for line in server.sandbox.ledger.read() if line.get("kind") == "email_batch")
    bulk: Any = stage.service.outbox.carriers["email"]
    bulk.carry_batch(line["body"].encode(), key="another", now=stage.clock.now())


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--database", choices=KINDS, default="sqlite")
    asked.add_argument("--recipients", type=int, default=5000)
    asked.add_argument("--kills", type=int, default=20)
    asked.add_argument("--seed", type=int, default=random.randrange(10**9))
    asked.add_argument("--control", action="store_true", help="send a batch twice: this must end with 1")
    given = asked.parse_args()
    configure_log("error")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rapport-broadcast-")))
        if given.database == "postgresql":
            postgresql = PostgreSQL().start()
            stack.callback(postgresql.remove)
            os.environ["TEST_POSTGRESQL_URL"] = postgresql.url()
        wrong = play(
            given.database,
            folder,
            recipients=given.recipients,
            kills=given.kills,
            seed=given.seed,
            control=given.control,
        )
    for each in wrong[:20]:
        sys.stderr.write(f"wrong: {each}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
