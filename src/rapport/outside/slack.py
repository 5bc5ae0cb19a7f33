"""Slack's incoming webhooks: the address is the secret, an answer is a word, and nothing is idempotent.

About one message a second for a channel. A time-out may have arrived: the same notice twice is seen as one by the
event's id in its text.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from rapport.outside.posting import Poster, asked_by, excerpt_of
from rapport.outside.web import Answer
from rapport.ports.carriers import Carried, Failed, Letter, Outcome, PutOff, Refused

HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
_TOO_MANY = 429
_A_SECOND = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(hours=1)


class Slack:
    """Carries deliveries to channels."""

    def __init__(self, poster: Poster, *, anywhere: bool) -> None:
        """`anywhere` takes addresses that are not Slack's: a fake's."""
        self._poster = poster
        self._anywhere = anywhere

    def carry(self, letter: Letter, *, now: datetime) -> Outcome:
        url = letter.secret["url"]
        if urlsplit(url).hostname not in HOSTS and not self._anywhere:
            return Refused("forbidden_address", broken=True)
        got = self._poster.post(url, letter.body, {"Content-Type": "application/json"})
        if not isinstance(got, Answer):
            return got
        said = excerpt_of(got)
        if 200 <= got.status < 300:
            return Carried(status=got.status, excerpt=said)
        if got.status == _TOO_MANY:
            asked = asked_by(got, now) or _A_SECOND
            return PutOff("too_many", now + min(asked, _LONGEST_PAUSE), got.status, said)
        if 400 <= got.status < 500:
            return Refused(_word(said) or f"status_{got.status}", got.status, said, broken=True)
        return Failed(_word(said) or f"status_{got.status}", got.status, said, asked=asked_by(got, now))

    def find(self, letter: Letter, *, since: datetime) -> Carried | None:  # noqa: ARG002 - the port's
        return None

    def close(self) -> None:
        self._poster.session.close()


def _word(said: str) -> str | None:
    return said if said and len(said) <= 60 and said.replace("_", "").isalnum() else None
