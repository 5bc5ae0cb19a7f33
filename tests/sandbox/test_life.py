"""People left to themselves: some accept, some answer, in their own time, the same in every run."""

from __future__ import annotations

from pathlib import Path

from rapport_sandbox.options import Options
from rapport_sandbox.sandbox import Sandbox
from rapport_sandbox.world.people import People
from rapport_sandbox.world.speech import MOODS, mood_of, say
from tests.sandbox.driver import Driver
from tests.sandbox.stage import Listener, Stage

DAY = 86_400.0


def ten_days(seed: int, home: Path) -> tuple[Sandbox, Listener]:
    listener = Listener()
    options = Options(seed=seed, people=600, accounts=2, quirks="realistic", home=home, sync=False)
    with Sandbox(options, deliver=listener) as sandbox:
        Driver(sandbox).run(days=10)
    return sandbox, listener


def test_one_seed_and_the_same_calls_make_the_same_ledger_byte_for_byte(tmp_path: Path) -> None:
    homes = [tmp_path / name for name in ("first", "second", "other")]
    for seed, home in zip((7, 7, 8), homes, strict=True):
        ten_days(seed, home)

    first, second, other = ((home / "ledger.jsonl").read_bytes() for home in homes)
    assert first.count(b"\n") > 1_000
    assert first == second
    assert first != other


def test_in_ten_days_of_realistic_use_all_kinds_of_things_happen(tmp_path: Path) -> None:
    sandbox, listener = ten_days(7, tmp_path)

    account = sandbox.world.account(0)
    invited = len(account.last_invitation)
    accepted = sum(one.outcome == "ACCEPTED" for one in account.last_invitation.values())
    assert invited >= 80
    assert 0.1 < accepted / invited < 0.6
    written = [message for message in account.messages if not message.is_own]
    assert written
    assert len({message.text for message in written}) > 1
    kinds = {line["kind"] for line in sandbox.ledger.read(service="webhook")}
    assert {"message_received", "new_relation"} <= kinds
    assert len(listener.heard) > 20


def test_people_accept_over_days_and_not_all_at_once() -> None:
    stage = Stage(spontaneous=True, people=400)
    stage.sandbox.patience.change(burst=None, weekly_invites=None)
    for position in range(200):
        stage.invite(stage.stranger(position))

    grown = []
    for _ in range(14):
        stage.advance(DAY)
        grown.append(sum(one.outcome == "ACCEPTED" for one in stage.account.last_invitation.values()))

    assert grown == sorted(grown)
    assert 0 < grown[0] < grown[2] < grown[-1] < 140


def test_every_mood_is_met_and_every_language_speaks() -> None:
    stage = Stage()
    chance = stage.sandbox.chance
    moods = {mood_of(person, chance, "test") for person in People(chance, 500)}
    texts = {say(person, "interested", chance, "test") for person in People(chance, 500)}

    assert moods == {mood for mood, _ in MOODS}
    assert len(texts) > 12


def test_a_second_account_draws_anew_with_the_same_person() -> None:
    stage = Stage(spontaneous=True, people=400)
    stage.sandbox.patience.change(burst=None, weekly_invites=None)
    first, second = stage.world.account(0), stage.world.account(1)
    people = [one for one in stage.world.state.people if one.number not in {**first.relations, **second.relations}]
    for person in people[:150]:
        stage.invite(person, account=first)
        stage.invite(person, account=second)
    stage.advance(30 * DAY)

    outcomes = [
        (first.last_invitation[one.number].outcome, second.last_invitation[one.number].outcome) for one in people[:150]
    ]

    assert len(set(outcomes)) == 4, "accepted by both, by one, by the other, by none"
