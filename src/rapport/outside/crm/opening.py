"""Opening a client's CRM: which one it is, where it is, and how it knows us."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from rapport.kernel.settings import Settings
from rapport.outside.crm.calls import Caller, Wire
from rapport.outside.crm.hubspot import HubSpot
from rapport.outside.crm.pipedrive import HEADER, Pipedrive
from rapport.outside.crm.salesforce import Salesforce, Tokens
from rapport.outside.web import new_session
from rapport.ports.crm import Access, Crm


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where CRMs are, where a setting says so; empty means each client's own at the real one."""

    hubspot: str
    pipedrive: str
    salesforce: str


def natively(settings: Settings, *, monotonic: Callable[[], float]) -> Natively:
    """The CRMs as the settings say. Where the sandbox stands in for Unipile, it does so for them as well."""
    sandbox = f"http://127.0.0.1:{settings.sandbox_port}" if settings.on_sandbox else ""
    addresses = Addresses(
        settings.hubspot_api_url or (sandbox and f"{sandbox}/hubspot"),
        settings.pipedrive_api_url or (sandbox and f"{sandbox}/pipedrive"),
        settings.salesforce_login_url or (sandbox and f"{sandbox}/salesforce"),
    )
    return Natively(
        addresses,
        seconds=settings.delivery_call_seconds,
        connect_seconds=settings.delivery_connect_seconds,
        monotonic=monotonic,
    )


class Natively:
    """Opens the CRMs that we speak to ourselves."""

    def __init__(
        self, addresses: Addresses, *, seconds: float, connect_seconds: float, monotonic: Callable[[], float]
    ) -> None:
        session = new_session(connect_seconds=connect_seconds, read_seconds=seconds, keep_alive=False)
        self._wire = Wire(session, seconds, monotonic)
        self._addresses = addresses
        self._tokens = Tokens()

    def open(self, access: Access, *, now: datetime) -> Crm:
        secret = access.secret
        match access.kind:
            case "hubspot":
                url = self._addresses.hubspot or "https://api.hubapi.com"
                headers = {"Authorization": f"Bearer {secret['token']}"}
                return HubSpot(Caller(self._wire, url, headers, now))
            case "pipedrive":
                url = self._addresses.pipedrive or f"https://{secret['domain']}.pipedrive.com"
                return Pipedrive(Caller(self._wire, url, {HEADER: secret["token"]}, now), field=access.field)
            case "salesforce":
                url = self._addresses.salesforce or f"https://{secret['domain']}.my.salesforce.com"
                caller = Caller(self._wire, url, {}, now)
                as_leads = access.object == "lead"
                return Salesforce(caller, secret=secret, tokens=self._tokens, as_leads=as_leads)
            case kind:
                raise ValueError(f"nobody speaks to {kind} from here")

    def close(self) -> None:
        self._wire.session.close()
