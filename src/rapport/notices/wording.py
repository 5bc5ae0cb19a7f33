"""A notice in the form of each channel. The event's id is in what is said twice at worst, so that a double is seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from rapport.notices.facts import Item, Whose
from rapport.notices.layout import Block, html_of, text_of
from rapport.outbox.mails import Mail
from rapport.outbox.words import Channel

_MOST_SHOWN = 40
_QUOTE_IN_CHAT = 600
_MOST_IN_CHAT = 10
_TELEGRAM_UNITS = 4000
_SLACK_SECTION = 2900
_FOOTER = (
    "You get this because a notice rule of {client} names you. Whoever runs your campaigns changes that in Rapport."
)


def mail_of(items: Sequence[Item], whose: Whose) -> Mail:
    """A mail of one notice, or of a digest."""
    shown = items[:_MOST_SHOWN]
    more = len(items) - len(shown)
    title = items[0].headline if len(items) == 1 else f"{len(items)} things happened at {whose.name}"
    lead = f"{whose.name} · {_when(items[-1].at, whose.zone)}"
    if more:
        lead = f"{lead}. The first {len(shown)} are shown, {more} more are in Rapport."
    blocks = [Block(each.headline, _when(each.at, whose.zone), each.text, each.link) for each in shown]
    if len(items) == 1:  # its headline and its instant stand above already
        blocks = [Block(None, None, items[0].text, items[0].link)]
    footer = _FOOTER.format(client=whose.name)
    parts: dict[str, Any] = {"title": title, "lead": lead, "blocks": blocks, "footer": footer}
    return Mail(subject=title, html=html_of(**parts), text=text_of(**parts))


def chat_body_of(channel: Channel, items: Sequence[Item], whose: Whose) -> bytes:
    """The body for Slack or Telegram."""
    lines = _lines(items, whose)
    if channel is Channel.SLACK:
        safe = [_for_slack(each) for each in lines]
        sections = [{"type": "section", "text": {"type": "mrkdwn", "text": each[:_SLACK_SECTION]}} for each in safe]
        return orjson.dumps({"text": safe[0], "blocks": sections})
    text = "\n\n".join(lines)
    while len(text.encode("utf-16-le")) // 2 > _TELEGRAM_UNITS:
        text = text[: len(text) * 9 // 10] + "…"
    return orjson.dumps({"text": text, "link_preview_options": {"is_disabled": True}})


def _lines(items: Sequence[Item], whose: Whose) -> list[str]:
    shown = items[:_MOST_IN_CHAT]
    said = []
    for each in shown:
        parts = [f"{each.headline} · {whose.name}, {_when(each.at, whose.zone)}"]
        if each.text:
            parts.append(each.text[:_QUOTE_IN_CHAT])
        parts += [each.link] if each.link else []
        parts.append(f"({each.event_id})")
        said.append("\n".join(parts))
    if len(items) > len(shown):
        said.append(f"… and {len(items) - len(shown)} more.")
    return said


def _for_slack(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _when(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%A %-d %B %Y, %H:%M")
