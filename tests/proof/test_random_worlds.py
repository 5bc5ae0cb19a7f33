"""Clean worlds of many shapes are found clean, and one random corruption in them is always seen.

The worlds are built by asking the wall clock forward; the judge reads it backward. A failure prints the
seed; add it to seeds.txt with a word on what it found.
"""

from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from tests.proof.seeds import kept
from tests.proof.small_world import World

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Pacific/Auckland",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Africa/Casablanca",
)
KINDS = ("invite", "message", "visit", "follow")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FRESH = [Random(f"proof {n}").getrandbits(32) for n in range(25)]


class Fortnight:
    """Random clients, accounts and campaigns over fourteen days that keep every law by construction."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.world = World()
        # Near a change of clocks half of the time.
        first = self.random.choice(["2026-03-23", "2026-10-19", "2026-06-01", "2026-12-21"])
        self.first = datetime.fromisoformat(first)
        self.sent: dict[tuple[str, str, str], int] = {}
        for _ in range(self.random.randint(1, 2)):
            self._client()
        self.world.ends(at=self.latest + 10)

    @property
    def latest(self) -> float:
        return max(float(str(line["at"])) for line in self.world.ledger)

    def _client(self) -> None:
        world, random = self.world, self.random
        client = world.client()
        for _ in range(random.randint(1, 2)):
            zone = random.choice(ZONES)
            limits = {kind: {"day": random.randint(1, 4)} for kind in KINDS}
            limits["invite"] |= {"week": random.randint(3, 12), "pending": random.randint(5, 30)}
            account = world.account(client, timezone=random.choice(ZONES), limits=limits)
            campaign = world.campaign(client, timezone=zone, windows=self._windows())
            campaign["sends_on_weekend"] = random.random() < 0.3
            campaign["dates_off"] = [(self.first + timedelta(days=3)).date().isoformat()]
            steps = [world.step(campaign, kind) for kind in KINDS]
            for _ in range(random.randint(1, 12)):
                self._lead(client, account, campaign, steps)

    def _windows(self) -> dict[str, list[list[str]]]:
        def window() -> list[str]:
            start = self.random.randint(0, 20)
            return [f"{start:02}:30", f"{self.random.randint(start + 1, 24):02}:00"]

        return {day: [window()] for day in DAYS if self.random.random() < 0.85}

    def _lead(self, client, account, campaign, steps) -> None:
        world, random = self.world, self.random
        lead = world.lead(client)
        enrollment = world.enrollment(campaign, lead, account, due_at=self.first.timestamp() + 90 * 86400)
        day = 0
        for step in steps[: random.randint(1, len(steps))]:
            moment, day = self._moment(campaign, account, str(step["kind"]), day)
            if moment is None:
                return
            _, line = world.sends(enrollment, step, at=moment)
            if step["kind"] == "invite" and random.random() < 0.5:
                world.accepts(line, at=moment + 5)
            if random.random() < 0.1:
                world.replies(account, lead, enrollment, at=moment + random.randint(1, 5000))
                return

    def _moment(self, campaign, account, kind: str, from_day: int) -> tuple[float | None, int]:
        """An instant on a later day at which the campaign is open and the account has room."""
        zone = ZoneInfo(str(campaign["timezone"]))
        for day in range(from_day + 1, 15):
            date = self.first + timedelta(days=day)
            name = DAYS[date.weekday()]
            is_off = date.date().isoformat() in campaign["dates_off"]
            is_weekend = name in {"sat", "sun"} and not campaign["sends_on_weekend"]
            for start, end in [] if is_off or is_weekend else campaign["windows"].get(name, []):
                minutes = int(end[:2]) * 60 - int(start[:2]) * 60 - 30
                wall = date + timedelta(hours=int(start[:2]), minutes=30 + self.random.randrange(minutes), seconds=3)
                moment = wall.replace(tzinfo=zone).timestamp()
                is_real = datetime.fromtimestamp(moment, zone).replace(tzinfo=None) == wall
                if is_real and self._takes(account, kind, moment):
                    return moment, day
        return None, 15

    def _takes(self, account, kind: str, moment: float) -> bool:
        limits = account["limits"][kind]
        local = datetime.fromtimestamp(moment, ZoneInfo(str(account["timezone"]))).date()
        key = (str(account["id"]), kind, local.isoformat())
        total = sum(count for (owner, one, _), count in self.sent.items() if (owner, one) == key[:2])
        # Fourteen days hold at most a week's worth and at most as many as may be pending: simply safe.
        roomy = total < min(limits.get("week", 10**6), limits.get("pending", 10**6))
        if not roomy or self.sent.get(key, 0) >= limits["day"]:
            return False
        self.sent[key] = self.sent.get(key, 0) + 1
        return True


def violations(world, folder):
    return {law: finding.violations for law, finding in world.judged(folder).items() if finding.violations}


@pytest.mark.parametrize("seed", [*kept(), *FRESH])
def test_a_clean_world_is_found_clean(seed, tmp_path):
    world = Fortnight(seed).world

    assert violations(world, tmp_path) == {}, f"seed {seed}"


@pytest.mark.parametrize("seed", [*kept(), *FRESH])
def test_any_effect_that_happens_twice_is_seen(seed, tmp_path):
    world = Fortnight(seed).world
    line = Random(seed).choice([line for line in world.ledger if line.get("effect")])
    world.ledger.append({**line, "n": len(world.ledger) + 1})

    assert "L1" in violations(world, tmp_path), f"seed {seed}"


@pytest.mark.parametrize("seed", [*kept(), *FRESH])
def test_any_effect_on_a_day_that_is_off_is_seen(seed, tmp_path):
    world = Fortnight(seed).world
    line = Random(seed).choice([line for line in world.ledger if line.get("effect")])
    for campaign in (row for row in world.dump if row["table"] == "campaign"):
        zone = ZoneInfo(str(campaign["timezone"]))
        day = datetime.fromtimestamp(line["at"], zone).date().isoformat()
        campaign["dates_off"].append(day)

    assert "L4" in violations(world, tmp_path), f"seed {seed}"


@pytest.mark.parametrize("seed", [*kept(), *FRESH])
def test_any_counter_off_by_one_is_seen(seed, tmp_path):
    world, random = Fortnight(seed).world, Random(seed)
    random.choice([row for row in world.dump if row["table"] == "usage"])["used"] += random.choice([-1, 1])

    assert list(violations(world, tmp_path)) == ["L7"], f"seed {seed}"


@pytest.mark.parametrize("seed", [*kept(), *FRESH])
def test_any_event_removed_is_seen(seed, tmp_path):
    world, random = Fortnight(seed).world, Random(seed)
    events = [row for row in world.dump if row["table"] == "event" and row.get("action_id")]
    world.dump.remove(random.choice(events))

    assert list(violations(world, tmp_path)) == ["L9"], f"seed {seed}"
