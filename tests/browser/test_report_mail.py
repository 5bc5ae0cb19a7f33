"""The mail of a weekly report in a real browser, light and dark, wide and narrow; kept as pictures in docs/."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rapport.conversations import record
from rapport.conversations.told import Somebody, Told
from rapport.conversations.words import Via
from rapport.rules.direction import Direction
from tests.browser.mail import LOOKS, check
from tests.databases import fresh_database
from tests.rooms.analytics.history import a_month
from tests.rooms.campaigns.world import a_lead, a_running_campaign, a_sender, enroll
from tests.stage import Stage

WORDS = {
    "Ada Lovelace": "We are looking at exactly this for the next quarter.\nCould you send me two times for a call?",
    "Grace Hopper": "Thanks for the note. My colleague Jean runs this, I have told her that you will write.",
}

NAMES = ("Heads of sales in Bavaria", "Founders in New England")


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A week of a client with campaigns, words and plans, as the API shows it."""
    with fresh_database("sqlite", tmp_path_factory.mktemp("report")) as database:
        stage = Stage(database, settings={"PUBLIC_URL": "https://rapport.example"})
        month = a_month(stage, 7, people=60)
        for number, campaign in enumerate(month.campaigns):
            begun(stage, campaign, NAMES[number])
        stage.wait(days=18)
        for name, words in WORDS.items():
            wrote(stage, name, words)
        coming = a_running_campaign(stage, name="Heads of engineering in Bavaria")
        enroll(stage, coming, *(a_lead(stage, f"Lead {number}") for number in range(12)))
        stage.wait(days=3)
        stage.run_consumers()
        asked = stage.alice.get("/reports/preview", query_string={"client_id": stage.acme.id})
        stage.close()
        yield asked.json["html"]


def begun(stage: Stage, campaign_id: str, name: str) -> None:
    """The month's campaign, running under a name that somebody would give it."""
    ids = {"account_ids": [a_sender(stage, f"Sender of {name}").id]}
    for path, body in (("", {"name": name}), ("/senders", ids), ("/start", None)):
        method = "PATCH" if not path else "PUT" if path == "/senders" else "POST"
        answer = stage.alice.call(method, f"/campaigns/{campaign_id}{path}", json=body)
        assert answer.status_code < 300, (path, answer.json)


def wrote(stage: Stage, name: str, words: str) -> None:
    account = stage.account(f"Sender for {name}", unipile_account_id=f"of {name}")
    with stage.tx() as tx:
        told = Told(
            client_id=stage.acme.id,
            account_id=account.id,
            message_id=f"message of {name}",
            at=tx.now - timedelta(hours=1),
            via=Via.WEBHOOK,
            direction=Direction.INBOUND,
            chat_id=f"chat of {name}",
            author=Somebody(name, name),
            text=words,
        )
        record.heard(tx, told)


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_a_report_is_readable_in_light_and_dark_and_on_a_telephone(report, scheme, width):
    assert all(words.splitlines()[0] in report for words in WORDS.values())
    assert "12 invitations" in report
    assert all(name in report for name in (*NAMES, "Best campaign"))
    check(report, "report", scheme=scheme, width=width)
