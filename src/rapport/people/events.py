"""What people and clients can have happen to them, each with its sentence."""

from __future__ import annotations

from rapport.events.titles import title
from rapport.kernel.tx import Tx

SIGNED_IN = title("auth.signed_in", "{email} signed in from {address}")
SIGN_IN_FAILED = title("auth.sign_in_failed", "A sign-in as {email} from {address} was refused")
SIGNED_OUT = title("auth.signed_out", "A session was ended: {reason}")
REFRESH_REUSED = title("auth.refresh_reused", "A used refresh token was shown again, so its session was ended")
PASSWORD_CHANGED = title("auth.password_changed", "The password of {email} was changed")
USER_CREATED = title("user.created", "User {email} was added as {role}")
USER_CHANGED = title("user.changed", "User {email} was changed: {fields}")
USER_DELETED = title("user.deleted", "User {email} was deleted")
CLIENT_CREATED = title("client.created", "Client {name} was created")
CLIENT_CHANGED = title("client.changed", "Client {name} was changed: {fields}")
CLIENT_ARCHIVED = title("client.archived", "Client {name} was archived")
CLIENT_RESTORED = title("client.restored", "Client {name} was restored")
MEMBER_ADDED = title("client.member_added", "{email} became a member of {name}")
MEMBER_REMOVED = title("client.member_removed", "{email} is no longer a member of {name}")
KEY_CREATED = title("api_key.created", "API key {name} ({prefix}…) was made")
KEY_REVOKED = title("api_key.revoked", "API key {name} ({prefix}…) was revoked")

IDENTITIES = "identities"


def identities_changed(tx: Tx) -> None:
    """What somebody may do has changed: nobody's remembered credential is believed any more."""
    tx.signal(IDENTITIES)
