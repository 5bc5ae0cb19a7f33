"""A report as a mail: the same facts for mail programs and for plain ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from rapport.notices.layout import page_of
from rapport.outbox.mails import Mail
from rapport.reports import layout
from rapport.reports.layout import Bars, Tile

_LABELS = {
    "contacted": "People written to",
    "invited": "Invitations",
    "accepted": "Accepted",
    "messages": "Messages",
    "replied": "Replied",
    "interested": "Interested",
}
_RATES = {"acceptance": "of invitations accepted", "reply": "of people written to replied"}
_KINDS = {
    "invite": ("invitation", "invitations"),
    "message": ("message", "messages"),
    "inmail": ("InMail", "InMails"),
    "email": ("email", "emails"),
    "visit": ("profile visit", "profile visits"),
    "follow": ("follow", "follows"),
    "react": ("reaction", "reactions"),
    "withdraw": ("withdrawal", "withdrawals"),
}
_OUTCOMES = {"interested": "interested", "meeting": "a meeting", "not_now": "not now", "wrong_person": "wrong person"}
_TOLD = {"meetings_held": "Meetings held", "deals": "deals", "spend": "spent", "revenue": "revenue"}
_FOOTER = "You get this every week because {client} named your address for it."
Facts = Mapping[str, Any]


def mail_of(facts: Facts, *, opt_out: str) -> Mail:
    """The mail of a report. `opt_out` is the address at which whoever gets it says that they want no more."""
    title = f"{facts['client']}: your week {_days(facts)}"
    lead = _lead(facts)
    return Mail(
        subject=title,
        html=_html(facts, title, lead, opt_out),
        text=_text(facts, title, lead, opt_out),
        headers={"List-Unsubscribe": f"<{opt_out}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )


def _html(facts: Facts, title: str, lead: str, opt_out: str) -> str:
    parts = [layout.tiles([_tile(each) for each in facts["figures"]])]
    parts.append("".join(layout.said(each) for each in _shares(facts)))
    parts.append(layout.section("Day by day", layout.bars(_bars(facts["days"]))))
    if facts["best"] is not None:
        parts.append(layout.section("Best campaign", layout.said(_best(facts["best"]))))
    if facts["campaigns"]:
        header = ("Campaign", "Written to", "Accepted", "Replied", "Interested")
        parts.append(layout.section("Campaigns", layout.table(header, _rows(facts))))
    if elsewhere := _elsewhere(facts["external"]):
        parts.append(layout.section("What came of it", layout.said(elsewhere)))
    words = "".join(
        layout.quote(each["who"], _about(each, facts["timezone"]), each["text"]) for each in facts["replies"]
    )
    parts.append(layout.section("Worth reading", words or layout.said("Nobody wrote this week.")))
    parts.append(layout.section("Planned for the next seven days", "".join(map(layout.said, _coming(facts)))))
    footer = f"{escape(_FOOTER.format(client=facts['client']))} {layout.link(opt_out, 'Send me no more of these')}."
    return page_of(title=title, lead=lead, inside="".join(parts), footer=footer)


def _text(facts: Facts, title: str, lead: str, opt_out: str) -> str:
    figures = [f"{tile.label}: {tile.value} ({tile.change})" for tile in map(_tile, facts["figures"])]
    days = [f"{each.label}: {each.sent} sent, {each.replies} back" for each in _bars(facts["days"])]
    parts = [title, lead, "\n".join([*figures, *_shares(facts)]), _under("Day by day", days)]
    if facts["best"] is not None:
        parts.append(_under("Best campaign", [_best(facts["best"])]))
    if facts["campaigns"]:
        lines = [
            f"{name}: {a} written to, {b} accepted, {c} replied, {d} interested" for name, a, b, c, d in _rows(facts)
        ]
        parts.append(_under("Campaigns", lines))
    if elsewhere := _elsewhere(facts["external"]):
        parts.append(_under("What came of it", [elsewhere]))
    words = [_quoted(each, facts["timezone"]) for each in facts["replies"]]
    parts.append(_under("Worth reading", words or ["Nobody wrote this week."]))
    parts.append(_under("Planned for the next seven days", _coming(facts)))
    parts.append(f"-- \n{_FOOTER.format(client=facts['client'])}\nSend me no more of these: {opt_out}")
    return "\n\n".join(parts) + "\n"


def _under(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title.upper(), *lines])


def _quoted(word: Facts, zone: str) -> str:
    lines = [f"  > {line}" for line in word["text"].splitlines()]
    return "\n".join([f"* {word['who']}, {_about(word, zone)}", *lines])


def _days(facts: Facts) -> str:
    first, last = (date.fromisoformat(facts[name]) for name in ("from", "to"))
    begins = f"{first:%-d %B}" if first.month != last.month else f"{first:%-d}"
    return f"{begins} to {last:%-d %B %Y}"


def _lead(facts: Facts) -> str:
    number = {each["figure"]: each["value"] for each in facts["figures"]}
    people = _several(number["replied"], "person", "people")
    if not number["contacted"] and not number["replied"]:
        return "A quiet week: nobody was written to, and nobody replied."
    return f"{people} replied, {_several(number['interested'], 'is', 'are')} interested."


def _several(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _tile(figure: Facts) -> Tile:
    change = figure["change"]
    told = f"{change:+,} on the week before" if change else "as the week before"
    way = (change > 0) - (change < 0)
    return Tile(_LABELS[figure["figure"]], f"{figure['value']:,}", told.replace("-", "\N{MINUS SIGN}"), way)


def _shares(facts: Facts) -> list[str]:
    said = []
    for each in facts["rates"]:
        if each["value"] is None:
            continue
        before = f", {each['before']:.0%} the week before" if each["before"] is not None else ""
        said.append(f"{each['value']:.0%} {_RATES[each['rate']]}{before}.")
    return said


def _bars(days: Sequence[Facts]) -> list[Bars]:
    most = max([1, *(each[name] for each in days for name in ("sent", "replies"))])
    return [
        Bars(
            f"{date.fromisoformat(each['day']):%a %-d %b}",
            each["sent"],
            each["replies"],
            round(100 * each["sent"] / most),
            round(100 * each["replies"] / most),
        )
        for each in days
    ]


def _best(best: Facts) -> str:
    share = f" ({best['reply_rate']:.0%})" if best["reply_rate"] is not None else ""
    return f"{best['campaign']}: {best['replied']} of {best['contacted']} people written to replied{share}."


def _rows(facts: Facts) -> list[list[str]]:
    names = ("contacted", "accepted", "replied", "interested")
    rows = [[each["campaign"], *(f"{each[name]:,}" for name in names)] for each in facts["campaigns"]]
    if facts["campaigns_left_out"]:
        rows.append([f"and {facts['campaigns_left_out']} more", *[""] * len(names)])
    return rows


def _elsewhere(told: Facts) -> str:
    """What others count, as far as any of it is more than nothing."""
    parts = [f"{label}: {told[name]:,.10g}" for name, label in _TOLD.items() if told[name]]
    return ", ".join(parts) + "." if parts else ""


def _about(word: Facts, zone: str) -> str:
    at = datetime.fromisoformat(word["at"]).astimezone(ZoneInfo(zone))
    parts = [word["company"], word["campaign"], _OUTCOMES.get(word["outcome"] or ""), f"{at:%A %-d %B, %H:%M}"]
    return " · ".join(part for part in parts if part)


def _coming(facts: Facts) -> list[str]:
    if facts["coming"] is None:
        return ["The campaigns go on; with so many people under way, each day is decided as it comes."]
    return [_plan(each) for each in facts["coming"]] or ["Nothing: no campaign is running."]


def _plan(campaign: Facts) -> str:
    sends = [f"{number:,} {_KINDS[kind][number != 1]}" for kind, number in campaign["sends"].items()]
    told = ", ".join(sends) if sends else "nothing to send, unless somebody answers"
    return f"{campaign['campaign']}: {told}."
