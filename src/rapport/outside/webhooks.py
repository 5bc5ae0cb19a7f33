"""Webhooks of clients: signed by both schemes, to public addresses only, redirects not followed, 2xx and nothing else.

A 410 closes the endpoint. A 429, and a 502 or 504 that names an instant, wait as long as was asked.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from rapport.kernel import signatures
from rapport.outside.posting import Poster, asked_by, excerpt_of
from rapport.outside.web import Answer
from rapport.ports.carriers import Carried, Failed, Letter, Outcome, PutOff, Refused
from rapport.rules.addresses import problem_of
from rapport.rules.delivering import MOST_PATIENCE

_GONE, _TOO_MANY, _THEIR_TROUBLE = 410, 429, 500
_A_LITTLE = timedelta(seconds=30)
USER_AGENT = "Rapport-Webhooks/1"


class Webhooks:
    """Carries deliveries to endpoints."""

    def __init__(self, poster: Poster, *, insecure: bool) -> None:
        """The poster's session judges where it connects to; plain HTTP only where it is `insecure`."""
        self._poster = poster
        self._insecure = insecure

    def carry(self, letter: Letter, *, now: datetime) -> Outcome:
        if problem_of(letter.recipient, insecure=self._insecure) is not None:
            return Refused("forbidden_address", broken=True)
        secrets = [letter.secret[each] for each in ("secret", "previous") if each in letter.secret]
        headers = {
            "User-Agent": USER_AGENT,
            "Content-Type": "application/json",
            **letter.headers,
            **signatures.headers(letter.id, at=now, body=letter.body, secrets=secrets),
        }
        got = self._poster.post(letter.recipient, letter.body, headers)
        return _meaning(got, now) if isinstance(got, Answer) else got

    def find(self, letter: Letter, *, since: datetime) -> Carried | None:  # noqa: ARG002 - the port's
        """Nobody can be asked, and nobody need be: receivers know a repetition by its id."""
        return None

    def close(self) -> None:
        self._poster.session.close()


def _meaning(answer: Answer, now: datetime) -> Outcome:
    said = excerpt_of(answer)
    if 200 <= answer.status < 300:
        return Carried(status=answer.status, excerpt=said)
    if answer.status == _GONE:
        return Refused("gone", answer.status, said, closed=True)
    asked = asked_by(answer, now)
    if answer.status == _TOO_MANY:
        return PutOff("too_many", now + min(asked or _A_LITTLE, MOST_PATIENCE), answer.status, said)
    is_unclear = answer.status >= _THEIR_TROUBLE  # a refusal came from whoever did not take it
    return Failed(f"status_{answer.status}", answer.status, said, asked=asked, uncertain=is_unclear)
