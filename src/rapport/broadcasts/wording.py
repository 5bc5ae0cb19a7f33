"""A broadcast's mail for one person: the wording drawn for them, filled in, with the way out of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from rapport.campaigns import personalise
from rapport.kernel.errors import field_error
from rapport.outbox.write import one_line
from rapport.rules.draws import fraction
from rapport.rules.sequences import StepKind, Variant
from rapport.rules.variants import drawn

TAG = "action_id"
_LINK = re.compile(r"https?://[^\s<>\"']+")
_FOOTER = "You get this mail from {client}. No more of these: {link}"


@dataclass(frozen=True, slots=True)
class Worded:
    """A mail as the provider takes it."""

    variant: str
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Unworded:
    """Why nothing can be written to somebody."""

    variant: str
    reason: str


def variants_of(stored: Sequence[Mapping[str, Any]]) -> tuple[Variant, ...]:
    """The wordings of a broadcast."""
    return tuple(Variant(**each) for each in stored)


def checked(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Wordings to be stored; refused where a text is no template, or too long for everybody."""
    stored = [
        {"key": each.get("key") or chr(ord("a") + place), "weight": each.get("weight", 1), **_texts(each)}
        for place, each in enumerate(given)
    ]
    if len({each["key"] for each in stored}) < len(stored):
        raise field_error("variants", "Each needs a key of its own.")
    for each in stored:
        for broken in personalise.broken(StepKind.EMAIL, Variant(**each)):
            raise field_error("variants", f"{broken.field} of {each['key']}: {broken.problems[0].sentence}")
    return stored


def _texts(given: Mapping[str, Any]) -> dict[str, str]:
    return {"subject": given["subject"], "body": given["body"]}


def worded(
    variants: tuple[Variant, ...],
    lead: Mapping[str, Any],
    *,
    broadcast_id: str,
    client: str,
    sender: str,
    mail_id: str,
    opt_out: str,
) -> Worded | Unworded:
    """What one person gets. The same person gets the same wording, however often it is asked."""
    variant = drawn(variants, fraction(broadcast_id, "variant", lead["id"]))
    made = personalise.words(StepKind.EMAIL, variant, personalise.values(lead))
    match made:
        case personalise.Lacking(variables=names):
            return Unworded(variant.key, f"missing_variable: {', '.join(names)}"[:200])
        case personalise.TooLong(field=field):
            return Unworded(variant.key, f"too_long: {field}")
        case personalise.Broken(field=field):
            return Unworded(variant.key, f"too_long: {field}")
        case personalise.Words(subject=subject, body=body):
            pass
    footer = _FOOTER.format(client=client, link=opt_out)
    said = {
        "from": sender,
        "to": [lead["email"]],
        "subject": one_line(subject)[:200],
        "html": _html(body, footer),
        "text": f"{body}\n\n-- \n{footer}\n",
        "tags": [{"name": TAG, "value": mail_id}],
        "headers": {"List-Unsubscribe": f"<{opt_out}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    }
    return Worded(variant.key, said)


def _html(body: str, footer: str) -> str:
    paragraphs = "".join(f"<p>{_line(each)}</p>" for each in re.split(r"\n\s*\n", body.strip()))
    end = f'<p style="color:#5d6673;font-size:12px">{_line(footer)}</p>'
    return f"<!doctype html><html><body>{paragraphs}{end}</body></html>"


def _line(text: str) -> str:
    """A text as HTML: addresses lead where they say, everything else is text."""
    parts, at = [], 0
    for found in _LINK.finditer(text):
        address = escape(found[0])
        parts += [escape(text[at : found.start()]), f'<a href="{address}">{address}</a>']
        at = found.end()
    return "".join([*parts, escape(text[at:])]).replace("\n", "<br>")
