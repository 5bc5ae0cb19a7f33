"""Fakes of the outside services other than Unipile: strict, in memory, on the sandbox's clock.

Each is an `App` of `rapport_sandbox.wire`: `handle(request, now)` with the path as the service itself
would see it, so a server that mounts it at `/resend/…` strips that. Time comes only from `now`, chance only
from the seed. `pump(now, transport)` of those that post to us makes the attempts that are due.

`all_fakes` makes the set; `Fake.turn` is how a control address reaches a fake's switches by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapport_sandbox.fakes.hubspot import HubSpot
from rapport_sandbox.fakes.pipedrive import Pipedrive
from rapport_sandbox.fakes.postmark import Postmark
from rapport_sandbox.fakes.resend import Resend
from rapport_sandbox.fakes.salesforce import Salesforce
from rapport_sandbox.fakes.slack import Slack
from rapport_sandbox.fakes.telegram import Telegram

if TYPE_CHECKING:
    from rapport_sandbox.fakes.fake import Fake


def all_fakes(*, public_url: str, seed: int = 0) -> list[Fake]:
    """One of each. `public_url` is where the server mounts them: Resend is at `{public_url}/resend`."""
    base = public_url.rstrip("/")
    return [
        Resend(public_url=f"{base}/resend", seed=seed),
        Slack(seed=seed),
        Telegram(seed=seed),
        HubSpot(seed=seed),
        Pipedrive(seed=seed),
        Salesforce(public_url=f"{base}/salesforce", seed=seed),
        Postmark(seed=seed),
    ]
