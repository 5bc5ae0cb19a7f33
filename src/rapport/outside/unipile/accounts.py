"""The calls about connected accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rapport.outside.unipile import records
from rapport.outside.unipile.acceptance import Write
from rapport.outside.unipile.calls import Calls
from rapport.outside.unipile.fields import text
from rapport.outside.unipile.wire import spelt_instant
from rapport.ports.outcomes import Outcome, WriteKind

if TYPE_CHECKING:
    from rapport.ports.unipile_records import Account, HostedLinkOrder, Page

_DELETE = Write("DELETE", "/accounts/{id}", WriteKind.ADMINISTER, "AccountDeleted")


class Accounts(Calls):
    def accounts(self, *, limit: int, cursor: str | None = None) -> Page[Account]:
        return self._reads.get(
            "/accounts",
            ["accounts"],
            make=records.page_of(records.account),
            query={"limit": limit, "cursor": cursor},
        )

    def account(self, account_id: str) -> Account:
        return self._reads.get("/accounts/{id}", ["accounts", account_id], make=records.account)

    def delete_account(self, account_id: str) -> Outcome:
        return self._writes.send(_DELETE, ["accounts", account_id])

    def resync_account(self, account_id: str) -> str:
        # A GET that starts work, yet safe to repeat: asked again, it answers how far the work is.
        return self._reads.get(
            "/accounts/{id}/sync", ["accounts", account_id, "sync"], make=lambda raw: text(raw, "status")
        )

    def hosted_link(self, order: HostedLinkOrder) -> str:
        # Repeating this POST makes a second page nobody is sent to: it is asked for like a read.
        return self._reads.ask(
            "/hosted/accounts/link",
            ["hosted", "accounts", "link"],
            make=lambda raw: text(raw, "url"),
            json=self._link(order),
        )

    def _link(self, order: HostedLinkOrder) -> dict[str, Any]:
        if order.reconnect_account_id is not None:
            purpose: dict[str, Any] = {
                "type": "reconnect",
                "reconnect_account": order.reconnect_account_id,
            }
        else:
            purpose = {"type": "create", "providers": list(order.providers)}
        where_to = {
            "notify_url": order.notify_url,
            "success_redirect_url": order.success_redirect_url,
            "failure_redirect_url": order.failure_redirect_url,
        }
        return {
            **purpose,
            "api_url": self._options.origin,
            "expiresOn": spelt_instant(order.expires_at),
            "name": order.name,
            **{name: url for name, url in where_to.items() if url is not None},
        }
