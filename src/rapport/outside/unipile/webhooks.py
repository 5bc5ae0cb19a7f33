"""The calls about webhooks. One for each source is kept by the rooms; here they are only made and unmade."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rapport.outside.unipile import records
from rapport.outside.unipile.acceptance import Write
from rapport.outside.unipile.calls import Calls
from rapport.ports.outcomes import Outcome, WriteKind

if TYPE_CHECKING:
    from rapport.ports.unipile_records import NewWebhook, Page, Webhook

_CREATE = Write("POST", "/webhooks", WriteKind.ADMINISTER, "WebhookCreated", promised="webhook_id")
_DELETE = Write("DELETE", "/webhooks/{id}", WriteKind.ADMINISTER, "WebhookDeleted")


class Webhooks(Calls):
    def webhooks(self, *, limit: int, cursor: str | None = None) -> Page[Webhook]:
        return self._reads.get(
            "/webhooks",
            ["webhooks"],
            make=records.page_of(records.webhook),
            query={"limit": limit, "cursor": cursor},
        )

    def create_webhook(self, webhook: NewWebhook) -> Outcome:
        # The provider says nothing of the type it sends unless told to.
        headers = [{"key": "Content-Type", "value": "application/json"}]
        headers += [{"key": header.key, "value": header.value} for header in webhook.headers]
        body: dict[str, Any] = {
            "source": webhook.source,
            "request_url": webhook.request_url,
            "name": webhook.name,
            "format": "json",
            "enabled": True,
            "headers": headers,
        }
        if webhook.events:
            body["events"] = list(webhook.events)
        if webhook.account_ids:
            body["account_ids"] = list(webhook.account_ids)
        return self._writes.send(_CREATE, ["webhooks"], json=body)

    def delete_webhook(self, webhook_id: str) -> Outcome:
        return self._writes.send(_DELETE, ["webhooks", webhook_id])
