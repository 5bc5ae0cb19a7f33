"""Who asks: the identity that a guard established and that everything after it believes."""

from __future__ import annotations

from dataclasses import dataclass

from rapport.kernel.tenancy import Scope
from rapport.rules.permissions import Permission


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something, as the event log names them."""

    type: str
    id: str | None = None


SYSTEM = Actor("system")


@dataclass(frozen=True, slots=True)
class Principal:
    """A user or an API key, what it may do, and whose rows it may touch."""

    actor: Actor
    permissions: frozenset[Permission]
    scope: Scope
    role: str | None = None
    session_id: str | None = None

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    @property
    def is_admin(self) -> bool:
        return Permission.MANAGE in self.permissions
