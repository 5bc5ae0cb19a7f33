"""Who a person is, whatever the spelling: the keys by which two rows are found to be one person.

A provider id is believed before a member id, that before a public identifier, that before an email address.
Example: `https://de.linkedin.com/in/Ada-Lovelace/?trk=x` and `ada-lovelace` are one person.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from rapport.rules.names import short_company, without_emoji, without_hidden

PROVIDER_ID = "provider_id"
MEMBER_ID = "member_id"
PUBLIC_IDENTIFIER = "public_identifier"
EMAIL = "email"
ORDER = (PROVIDER_ID, MEMBER_ID, PUBLIC_IDENTIFIER, EMAIL)
"""The order in which identities are believed."""

_PROVIDER = re.compile(r"AC[ow]AA[A-Za-z0-9_-]{5,110}")
_MEMBER = re.compile(r"\d{1,19}")
_MEMBER_URN = re.compile(r"urn:li:(?:fs_)?member:(\d{1,19})")
_PROVIDER_URN = re.compile(r"urn:li:(?:fsd?_)?(?:profile|miniProfile|fs_salesProfile|salesProfile):\(?([^,):]{1,120})")
_PUBLIC = re.compile(r"[^\s/?#,;:<>()\[\]{}|\\\"'`]{1,100}")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+)")
_DOMAIN = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+")
_ORDINARY = re.compile(r"https?://(?:[a-z]{2,3}\.)?linkedin\.com/in/([A-Za-z0-9_-]{1,100})/?(?:\?[A-Za-z0-9_=&.-]*)?")
"""How nearly every address of a profile is written; others are taken apart piece by piece."""
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Identity:
    """One key of a person."""

    kind: str
    value: str


def profile(text: str) -> Identity | None:
    """Who a profile's address, URN, provider id or public identifier names; None when it names nobody."""
    text = without_hidden(text).strip()
    if not text or len(text) > _LONGEST:
        return None
    ordinary = _ORDINARY.fullmatch(text)
    if ordinary is not None:
        return _named(ordinary[1])
    if "urn:li:" in text and (found := _from_urn(text)) is not None:
        return found
    if "/" in text or text.lower().startswith(("linkedin.", "www.linkedin.")):
        return _from_address(text)
    return _named(text)


def _from_urn(text: str) -> Identity | None:
    urn = _MEMBER_URN.search(text)
    if urn is not None:
        return Identity(MEMBER_ID, urn[1])
    urn = _PROVIDER_URN.search(text)
    return Identity(PROVIDER_ID, urn[1]) if urn is not None else None


def _from_address(text: str) -> Identity | None:
    try:
        parts = urlsplit(text if "//" in text else f"https://{text}")
        host = parts.hostname or ""
    except ValueError:
        return None
    if host != "linkedin.com" and not host.endswith(".linkedin.com"):
        return None
    path = [piece for piece in unquote(parts.path).split("/") if piece]
    match path:
        case ["in", name, *_]:
            return _named(name)
        case ["pub", name, a, b, c, *_]:
            return _named(f"{name}-{c}{b}{a}")
        case ["sales", "lead" | "people", who, *_]:
            found = who.split(",", maxsplit=1)[0]
            return Identity(PROVIDER_ID, found) if _PROVIDER.fullmatch(found) else None
        case _:
            return None


def _named(text: str) -> Identity | None:
    name = unquote(text).strip().strip("/")
    if _PROVIDER.fullmatch(name):
        return Identity(PROVIDER_ID, name)
    name = unicodedata.normalize("NFC", name).lower()
    return Identity(PUBLIC_IDENTIFIER, name) if _PUBLIC.fullmatch(name) and "@" not in name else None


def provider_id(text: str) -> Identity | None:
    """A provider id given as such; its spelling matters, so it is kept."""
    found = text.strip()
    return Identity(PROVIDER_ID, found) if re.fullmatch(r"[A-Za-z0-9_-]{3,120}", found) else None


def member_id(text: str) -> Identity | None:
    """A numeric member id, or the URN that holds one."""
    urn = _MEMBER_URN.search(text)
    found = urn[1] if urn is not None else text.strip()
    return Identity(MEMBER_ID, found) if _MEMBER.fullmatch(found) else None


def email(text: str) -> Identity | None:
    """An email address, in one spelling."""
    found = without_hidden(text).strip().strip("<>").removeprefix("mailto:").lower()
    return Identity(EMAIL, found) if len(found) <= 254 and _EMAIL.fullmatch(found) else None


def email_domain(address: str) -> str:
    """The domain of an address that is one."""
    return address.rpartition("@")[2].lower()


def domain(text: str) -> str | None:
    """A domain out of what people paste: an address, a web site, an email."""
    found = without_hidden(text).strip().lower().rpartition("@")[2]
    try:
        host = urlsplit(found if "//" in found else f"//{found}").hostname or ""
        host = host.rstrip(".").removeprefix("www.").encode("idna").decode()
    except (ValueError, UnicodeError):
        return None
    return host if len(host) <= 253 and _DOMAIN.fullmatch(host) else None


@lru_cache(maxsize=4096)
def company_key(name: str) -> str:
    """A company's name as do-not-contact lists compare it: without legal form, case, marks or spacing."""
    plain = unicodedata.normalize("NFKD", short_company(name)).casefold()
    return "".join(character for character in plain if character.isalnum())[:200]


def name_key(first: str | None, last: str | None) -> str:
    """Last and first name, folded, for sorting and for finding."""
    parts = (without_emoji(without_hidden(part or "")) for part in (last, first))
    return " ".join(" ".join(parts).split()).casefold()[:250]


READERS: Mapping[str, Callable[[str], Identity | None]] = {
    PROVIDER_ID: provider_id,
    MEMBER_ID: member_id,
    PUBLIC_IDENTIFIER: profile,
    "profile_url": profile,
    EMAIL: email,
}
"""The fields of a row that may name somebody, and how each is read."""


def identities(fields: Mapping[str, str | None]) -> dict[str, str]:
    """Every identity that a row's fields give, by kind; what names nobody is left out."""
    found: dict[str, str] = {}
    for field, reader in READERS.items():
        given = fields.get(field)
        identity = reader(given) if given else None
        if identity is not None:
            found.setdefault(identity.kind, identity.value)
    return found


def profile_url(public_identifier: str | None, provider: str | None) -> str | None:
    """The address of a profile, as one can open it."""
    name = public_identifier or provider
    return f"https://www.linkedin.com/in/{name}" if name else None
