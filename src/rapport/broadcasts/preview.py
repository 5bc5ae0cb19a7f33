"""What a broadcast would be: how many get it, why others do not, and what some of them would read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rapport.broadcasts import audience
from rapport.broadcasts.wording import Unworded, checked, variants_of, worded
from rapport.kernel.tx import Reading
from rapport.people import queries as people

_SHOWN_LINK = "…"


def preview(
    reading: Reading, client_id: str, filters: Mapping[str, str], variants: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The same judgement and the same words as when it is sent; nothing is written."""
    client = str(people.client(reading, client_id)["name"])
    seen = audience.look(reading, client_id, filters)
    wordings = variants_of(checked(variants)) if variants else ()
    return {
        "matching": seen.matching,
        "recipients": seen.recipients,
        "excluded": dict(seen.excluded),
        "is_whole": seen.is_whole,
        "sample": [_sample(each, wordings, client) for each in seen.sample],
    }


def _sample(one: Mapping[str, Any], wordings: Any, client: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"lead_id": one["lead_id"], "email": one["email"]}
    blank = dict.fromkeys(("variant", "subject", "text", "problem"))
    if not wordings:
        return {**shown, **blank}
    made = worded(
        wordings, one["row"], broadcast_id="preview", client=client, sender="", mail_id="", opt_out=_SHOWN_LINK
    )
    if isinstance(made, Unworded):
        return {**shown, **blank, "variant": made.variant, "problem": made.reason}
    words = {"variant": made.variant, "subject": made.said["subject"], "text": made.said["text"]}
    return {**shown, **blank, **words}
