"""The ids of people, by kind, out of the names that the provider gives them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rapport.accounts.queries import Listening
from rapport.conversations.told import Somebody
from rapport.ports.unipile_hooks import Named
from rapport.ports.unipile_records import Attendee, Profile, Relation
from rapport.rules import identity

Ids = Mapping[str, str]


def of_named(named: Named | None) -> dict[str, str]:
    """Somebody as a webhook names them."""
    if named is None:
        return {}
    return identity.identities(
        {
            "provider_id": named.provider_id,
            "member_id": named.member_id,
            "public_identifier": named.public_identifier,
            "profile_url": named.profile_url,
        }
    )


def of_attendee(attendee: Attendee) -> dict[str, str]:
    """Somebody in a chat."""
    return of_id(attendee.provider_id) | _of_url(attendee.profile_url)


def of_relation(relation: Relation) -> dict[str, str]:
    """A connection: the id it bears is a provider id or a number; the connection's own name holds the provider id."""
    found = identity.identities(
        {
            "member_id": relation.member_urn,
            "public_identifier": relation.public_identifier,
            "profile_url": relation.public_profile_url,
        }
    )
    named = relation.connection_urn.rpartition(":")[2] if relation.connection_urn else None
    return of_id(named) | found | of_id(relation.member_id)


def of_profile(profile: Profile) -> dict[str, str]:
    """A person's profile."""
    return identity.identities(
        {
            "provider_id": profile.provider_id,
            "public_identifier": profile.public_identifier,
            "profile_url": profile.public_profile_url,
        }
    )


def of_id(text: str | None) -> dict[str, str]:
    """One id of whatever kind: of digits, a URN, or the provider's."""
    if not text:
        return {}
    member = identity.member_id(text)
    if member is not None:
        return {member.kind: member.value}
    named = identity.profile(text) if "urn:li:" in text else identity.provider_id(text)
    return {named.kind: named.value} if named is not None else {}


def _of_url(url: str | None) -> dict[str, str]:
    named = identity.profile(url) if url else None
    return {named.kind: named.value} if named is not None else {}


def best(ids: Ids) -> str | None:
    """The id that is believed most."""
    return next((ids[kind] for kind in identity.ORDER if kind in ids), None)


def owner(account: Listening, *said: str | None) -> list[dict[str, str]]:
    """Everything by which an account's owner is known."""
    own = {identity.PROVIDER_ID: account.provider_id, identity.PUBLIC_IDENTIFIER: account.public_identifier}
    return [{kind: value for kind, value in own.items() if value}, *(of_id(each) for each in said if each)]


def others(account: Listening, people: Iterable[Ids], *said: str | None) -> tuple[dict[str, str], ...]:
    """Those of the people in a thread who are not the account's owner, each once."""
    own = {item for each in owner(account, *said) for item in each.items()}
    found = [dict(each) for each in people if each and not own & set(each.items())]
    return tuple({tuple(sorted(each.items())): each for each in found}.values())


def somebody(ids: Ids, *, name: str | None = None, profile_url: str | None = None) -> Somebody | None:
    """A participant, by the id that is believed most."""
    known = best(ids)
    return Somebody(known, name, profile_url) if known is not None else None
