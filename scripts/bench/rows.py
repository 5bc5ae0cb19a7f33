"""The rows that reads are measured on: LinkedIn accounts of two clients, and an agent who sees one of them."""

from __future__ import annotations

from dataclasses import dataclass

from rapport.accounts import senders
from rapport.kernel.principal import SYSTEM
from rapport.kernel.tenancy import ALL_CLIENTS
from scripts.bench.places import Place, agent_of, client, token_of

ACCOUNTS = 300


@dataclass(frozen=True)
class Filled:
    """What a reader needs to know of a filled place."""

    client_id: str
    account_id: str
    token: str
    key: bytes
    """What the token is signed with, for the yardstick to verify it."""


def fill(at: Place) -> Filled:
    """Make the rows; answers one of them and a credential."""
    with at.service() as service:
        acme, globex = client(service, "Acme"), client(service, "Globex")
        with service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
            made = [
                senders.add(tx, client_id=owner.id, name=f"Sender {number}", timezone="Europe/Berlin").id
                for number in range(ACCOUNTS)
                for owner in (acme, globex)
            ]
        token = token_of(service, agent_of(service, acme.id))
        return Filled(acme.id, made[ACCOUNTS], token, service.keys.key("access-token"))
