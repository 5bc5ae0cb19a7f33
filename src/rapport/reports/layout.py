"""The parts of a report's mail: figures in tiles, bars for days, a table, words of people. Tables and inline styles.

A bar is a cell with a width in percent, so that there is no picture to fetch and none that a program could hide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from rapport.notices.layout import FONT

_WHOLE = 'role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"'
_SOFT = 'class="soft" style="font-size:13px;line-height:19px;color:#5d6673;'
_INK = 'class="ink" style="font-size:15px;line-height:22px;color:#14181f;'
_UP, _DOWN = "#0a6b45", "#a8450f"


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure: what it is of, the number, how it has changed, and whether that is more, less or neither."""

    label: str
    value: str
    change: str
    way: int


@dataclass(frozen=True, slots=True)
class Bars:
    """A day: what was sent and what came, each as a share of the most of any day."""

    label: str
    sent: int
    replies: int
    wide: int
    narrow: int


def section(title: str, inside: str) -> str:
    """A part with its headline."""
    return (
        f'<table {_WHOLE} style="margin-top:26px;font-family:{FONT};"><tr>'
        f'<td class="ink" style="padding-bottom:10px;font-size:16px;line-height:23px;font-weight:600;color:#14181f;">'
        f"{escape(title)}</td></tr><tr><td>{inside}</td></tr></table>"
    )


def tiles(found: Sequence[Tile], *, in_a_row: int = 3) -> str:
    """Figures side by side."""
    rows = []
    for start in range(0, len(found), in_a_row):
        cells = "".join(_tile(each, 100 // in_a_row) for each in found[start : start + in_a_row])
        rows.append(f"<tr>{cells}</tr>")
    return (
        f'<table {_WHOLE} style="margin-top:18px;border-collapse:separate;border-spacing:6px;font-family:{FONT};">'
        f"{''.join(rows)}</table>"
    )


def _tile(tile: Tile, share: int) -> str:
    look = {1: ("up", _UP), -1: ("down", _DOWN)}.get(tile.way, ("soft", "#5d6673"))
    return (
        f'<td class="tile" width="{share}%" valign="top" style="padding:12px 14px;background:#f5f7fa;'
        'border-radius:8px;">'
        f'<p {_SOFT}margin:0;">{escape(tile.label)}</p>'
        f'<p class="ink" style="margin:2px 0 0;font-size:24px;line-height:30px;font-weight:600;color:#14181f;">'
        f"{escape(tile.value)}</p>"
        f'<p class="{look[0]}" style="margin:2px 0 0;font-size:12px;line-height:18px;color:{look[1]};">'
        f"{escape(tile.change)}</p></td>"
    )


def bars(days: Sequence[Bars]) -> str:
    """Two bars for each day, what was sent above what came."""
    rows = "".join(
        f'<tr><td {_SOFT}padding:3px 10px 3px 0;white-space:nowrap;" width="72">{escape(each.label)}</td>'
        f'<td style="padding:3px 0;">{_bar("bar", "#2f6fed", each.wide)}{_bar("reply", "#1d9f68", each.narrow)}</td>'
        f'<td {_SOFT}padding:3px 0 3px 10px;white-space:nowrap;" width="96" align="right">'
        f"{each.sent} sent, {each.replies} back</td></tr>"
        for each in days
    )
    return f'<table {_WHOLE} style="font-family:{FONT};">{rows}</table>'


def _bar(name: str, color: str, share: int) -> str:
    filled = f'<td class="{name}" width="{share}%" height="7" style="{_NO_TEXT}background:{color};">&nbsp;</td>'
    rest = f'<td class="rail" width="{100 - share}%" height="7" style="{_NO_TEXT}background:#e9edf2;">&nbsp;</td>'
    cells = (filled if share else "") + (rest if share < 100 else "")
    return f'<table {_WHOLE} style="margin-bottom:2px;"><tr>{cells}</tr></table>'


_NO_TEXT = "height:7px;line-height:7px;font-size:1px;"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first column is of words and whose others are of numbers."""
    head = "".join(_cell(each, place, _SOFT, "th") for place, each in enumerate(header))
    body = "".join(
        f"<tr>{''.join(_cell(each, place, _INK, 'td') for place, each in enumerate(row))}</tr>" for row in rows
    )
    return (
        '<table width="100%" cellpadding="0" cellspacing="0" border="0" '
        f'style="font-family:{FONT};"><tr>{head}</tr>{body}</table>'
    )


def _cell(text: str, place: int, look: str, tag: str) -> str:
    side, room = ("left", "6px 8px 6px 0") if place == 0 else ("right", "6px 0 6px 8px")
    line = look.replace('"soft"', '"soft line"').replace('"ink"', '"ink line"')
    return f'<{tag} align="{side}" {line}padding:{room};border-bottom:1px solid #dfe3e8;">{escape(text)}</{tag}>'


def quote(who: str, about: str, text: str) -> str:
    """What somebody wrote."""
    lines = "<br>".join(escape(line) for line in text.splitlines())
    return (
        f'<table {_WHOLE} style="margin-bottom:14px;font-family:{FONT};">'
        f'<tr><td {_INK}font-weight:600;">{escape(who)}</td></tr>'
        f'<tr><td {_SOFT}padding-bottom:6px;">{escape(about)}</td></tr>'
        '<tr><td class="quote" style="padding:10px 14px;background:#f5f7fa;border-left:3px solid #2f6fed;'
        f'font-size:15px;line-height:22px;color:#1f2630;">{lines}</td></tr></table>'
    )


def said(text: str) -> str:
    """A sentence."""
    return f'<p {_INK}margin:0 0 6px;">{escape(text)}</p>'


def link(address: str, words: str) -> str:
    """A link among small words."""
    return f'<a href="{escape(address)}" style="color:#2456b8;">{escape(words)}</a>'
