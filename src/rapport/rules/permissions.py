"""Who may do what.

A viewer reads the clients they are a member of, an agent works for them, an admin does everything.
An API key does what its scopes name, for one client or for the whole agency.
Example: a key with the scopes `read` and `jobs` may list jobs and claim one, but may not create a client.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    ADMIN = "admin"
    AGENT = "agent"
    VIEWER = "viewer"


class Permission(StrEnum):
    SELF = "self"
    """One's own session, password and profile."""
    READ = "read"
    WRITE = "write"
    JOBS = "jobs"
    """Claim jobs and settle them: what n8n does."""
    CALLBACKS = "callbacks"
    METRICS = "metrics"
    MANAGE = "manage"
    """Clients, users and the agency's own affairs."""


OF_ROLE: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.SELF, Permission.READ}),
    Role.AGENT: frozenset({Permission.SELF, Permission.READ, Permission.WRITE}),
    Role.ADMIN: frozenset(Permission),
}

KEY_SCOPES: tuple[Permission, ...] = (
    Permission.READ,
    Permission.WRITE,
    Permission.JOBS,
    Permission.CALLBACKS,
    Permission.METRICS,
    Permission.MANAGE,
)

AGENCY_WIDE_ONLY = frozenset({Permission.METRICS, Permission.MANAGE})
"""Scopes that make no sense for the key of one client."""


def of_role(role: Role) -> frozenset[Permission]:
    return OF_ROLE[role]


def grantable(granter: frozenset[Permission]) -> frozenset[Permission]:
    """The scopes a person may give to a key: never more than they have, and none for oneself alone.

    An agent's key may also poll jobs and call back: that is how a client's own n8n works.
    """
    own = granter - {Permission.SELF}
    return own | {Permission.JOBS, Permission.CALLBACKS} if Permission.WRITE in own else own
