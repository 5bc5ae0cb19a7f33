"""Slack's incoming webhooks: one address, one channel, `ok` or a word of refusal in plain text.

No idempotency: the same text twice is two messages. The statuses of `no_text`, `no_service` and `no_team`
and the body `ok` were not read in Slack's own documentation: they stand in `REFUSALS` and `_post` only.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, ClassVar

from rapport_sandbox.fakes.fake import Fake, Refused, parsed
from rapport_sandbox.fakes.rates import Window
from rapport_sandbox.fakes.routes import Route
from rapport_sandbox.wire import Answer

if TYPE_CHECKING:
    from rapport_sandbox.wire import Request

DEFAULT_PATH = "/services/T0SANDBOX/B0SANDBOX/sandbox"
MAX_BLOCKS = 50
REFUSALS = {
    "invalid_payload": 400,
    "user_not_found": 400,
    "no_text": 400,
    "action_prohibited": 403,
    "invalid_token": 403,
    "channel_not_found": 404,
    "no_service": 404,
    "no_team": 404,
    "channel_is_archived": 410,
    "rate_limited": 429,
    "rollup_error": 500,
}
BY_STATUS = {
    400: "invalid_payload",
    403: "invalid_token",
    404: "no_service",
    410: "channel_is_archived",
    429: "rate_limited",
    500: "rollup_error",
}


class Slack(Fake):
    """Every workspace that has a webhook."""

    name: ClassVar[str] = "slack"
    switches: ClassVar[frozenset[str]] = frozenset({"add_webhook", "break_webhook"})

    def start(self) -> None:
        self.routes = (Route("POST", "/services/{}/{}/{}", "notice", self._post),)
        # About one a second for a channel; a short burst passes.
        self.windows = {"channel": Window(5, 5.0)}
        self._webhooks: dict[str, str | None] = {DEFAULT_PATH: None}
        self.posted: list[tuple[str, dict[str, object]]] = []

    def add_webhook(self, path: str) -> None:
        self._webhooks[path] = None

    def break_webhook(self, path: str, refusal: str) -> None:
        """From now on this webhook answers `refusal`, such as `channel_is_archived`."""
        if refusal not in REFUSALS:
            raise KeyError(refusal)
        self._webhooks[path] = refusal

    def admit(self, request: Request, now: float) -> None:
        """Everything is in the address: whoever knows it may post."""

    def failure(self, status: int, reason: str | None) -> Answer:
        headers = {"content-type": "text/plain"}
        if status == 429:
            headers["retry-after"] = "1"
        return Answer(status, (reason or BY_STATUS.get(status, "server_error")).encode(), headers)

    def about(self, request: Request) -> dict[str, object]:
        # The last segment is the secret: the ledger names the workspace and the webhook only.
        return {"account": "/".join(request.path.split("/")[2:4])}

    def _refuse(self, word: str) -> Refused:
        return Refused(self.failure(REFUSALS[word], word))

    def _post(self, request: Request, now: float, team: str, webhook: str, secret: str) -> Answer:
        self._find(team, webhook, secret)
        message = parsed(request.body)
        content_type = request.headers.get("content-type", "").partition(";")[0]
        if content_type != "application/json" or not isinstance(message, dict):
            raise self._refuse("invalid_payload")
        text, blocks = message.get("text"), message.get("blocks", [])
        if not text:
            raise self._refuse("no_text")
        if not isinstance(text, str) or not isinstance(blocks, list) or len(blocks) > MAX_BLOCKS:
            raise self._refuse("invalid_payload")
        if not all(isinstance(block, dict) and isinstance(block.get("type"), str) for block in blocks):
            raise self._refuse("invalid_payload")
        if wait := self.windows["channel"].take(request.path, now):
            headers = {"content-type": "text/plain", "retry-after": str(max(ceil(wait), 1))}
            raise Refused(Answer(429, b"rate_limited", headers))
        self.posted.append((request.path, message))
        return Answer(200, b"ok", {"content-type": "text/html"}, effect=True)

    def _find(self, team: str, webhook: str, secret: str) -> None:
        path = f"/services/{team}/{webhook}/{secret}"
        known = [other.split("/")[2:] for other in self._webhooks]
        if team not in {other[0] for other in known}:
            raise self._refuse("no_team")
        if [team, webhook] not in [other[:2] for other in known]:
            raise self._refuse("no_service")
        if path not in self._webhooks:
            raise self._refuse("invalid_token")
        if refusal := self._webhooks[path]:
            raise self._refuse(refusal)
