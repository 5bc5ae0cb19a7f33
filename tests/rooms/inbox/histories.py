"""A random history of an inbox, lived through by two workers at once, with restarts and a clock that jumps."""

from __future__ import annotations

import random
import threading
from collections import Counter
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from rapport.assembly import Service, assemble
from rapport.conversations import standing
from rapport.conversations.models import Conversation
from rapport.conversations.words import Temperature
from rapport.inbox import sharing
from rapport.inbox.models import Wait
from rapport.kernel.chance import Chance
from rapport.rules.permissions import Role
from rapport.runtime import loops
from tests.rooms.inbox.world import by_hand, told, wrote
from tests.stage import CHEAP, Stage

_JUMPS = (1, 20, 60, 400, 1000, 4000, 90_000, -300, -5000)
"""Seconds by which the clock jumps."""


class History:
    """What happens to a few conversations, and what was told of them."""

    def __init__(self, stage: Stage, seed: int, *, chats: int = 4) -> None:
        self.stage = stage
        self.draw = random.Random(seed)
        self.chats = [f"c{number}" for number in range(chats)]
        self.account = stage.account("Mira").id
        self.people = [stage.person(name, Role.AGENT, stage.acme).id for name in ("Bo", "Cy")]
        with stage.tx() as tx:
            self.queues = [None, sharing.make_queue(tx, stage.acme.id, "Sales")]
        self.ids: dict[str, str] = {}
        self.workers = [self._worker(), self._worker()]

    def _worker(self) -> Service:
        return assemble(self.stage.database.settings(), clock=self.stage.clock, chance=Chance("a worker"), hasher=CHEAP)

    def close(self) -> None:
        for each in self.workers:
            each.close()

    def live(self, steps: int) -> None:
        acts = (self._write, self._write, self._answer, self._put_away, self._give, self._warm, self._jump, self._work)
        for _ in range(steps):
            self.draw.choice(acts)()
        self.stage.wait(days=3)
        self._work()

    def _write(self) -> None:
        chat = self.draw.choice(self.chats)
        late = timedelta(minutes=self.draw.choice((0, 0, 0, 3, 50)))
        is_auto = self.draw.random() < 0.1
        self.ids[chat] = wrote(
            self.stage, chat, account=self.account, at=self.stage.clock.now() - late, is_auto_reply=is_auto
        )

    def _answer(self) -> None:
        chat = self.draw.choice(self.chats)
        late = timedelta(minutes=self.draw.choice((0, 0, 5)))
        is_automatic = self.draw.random() < 0.3
        at = self.stage.clock.now() - late
        self.ids[chat] = by_hand(self.stage, chat, account=self.account, at=at, is_automatic=is_automatic)

    def _change(self, change: Any) -> None:
        if self.ids:
            with self.stage.tx() as tx:
                change(tx, standing.hold(tx, self.draw.choice(sorted(self.ids.values()))))

    def _put_away(self) -> None:
        until = self.stage.clock.now() + timedelta(minutes=self.draw.choice((1, 30, 3000)))
        ways = (
            standing.close,
            standing.open_again,
            lambda tx, one: standing.snooze(tx, one, until),
            standing.read,
            standing.unread,
        )
        self._change(self.draw.choice(ways))

    def _give(self) -> None:
        user, queue = self.draw.choice([None, *self.people]), self.draw.choice(self.queues)
        if self.draw.random() < 0.5:
            self._change(lambda tx, one: standing.assign(tx, one, user, name="somebody"))
        else:
            self._change(lambda tx, one: standing.put_into(tx, one, queue, name="a queue"))

    def _warm(self) -> None:
        word = self.draw.choice([None, *Temperature])
        self._change(lambda tx, one: standing.warm(tx, one, word))

    def _jump(self) -> None:
        seconds = self.draw.choice(_JUMPS)
        self.stage.clock.set(self.stage.clock.now() + timedelta(seconds=seconds))

    def _work(self) -> None:
        """Both workers look at once; now and then one of them is another process than before."""
        if self.draw.random() < 0.1:
            self.workers[0].close()
            self.workers[0] = self._worker()
        self.stage.run_consumers()
        failed: list[BaseException] = []

        def look(service: Service) -> None:
            try:
                loops.inbox_turn(service)
            except BaseException as failure:  # noqa: BLE001 - told to the thread that asked
                failed.append(failure)

        threads = [threading.Thread(target=look, args=(service,)) for service in self.workers]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert not failed, failed
        self._nothing_due_is_untold()

    # What must be so

    def _nothing_due_is_untold(self) -> None:
        now = self.stage.clock.now()
        for wait, thread in self.waits():
            stands = thread.waiting_since is not None and thread.wait_number == wait.number
            if stands and wait.due_at <= now:
                assert wait.warned_at is not None
                assert wait.breached_at is not None

    def waits(self) -> list[tuple[Wait, Conversation]]:
        with self.stage.reading() as reading:
            rows = reading.session.execute(
                select(Wait, Conversation).join(Conversation, Conversation.id == Wait.conversation_id)
            )
            return [(row[0], row[1]) for row in rows]

    def told(self, event: str) -> Counter[str]:
        """How often each wait was told of."""
        return Counter(each.dedupe_key.split(":", 1)[1] for each in told(self.stage, event))
