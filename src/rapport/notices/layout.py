"""The mail that every notice is: made of tables and inline styles, for mail programs know no better; light and dark.

Whatever comes from outside is escaped. Programs that drop the style sheet show the light form, and those that turn
colours around find pairs that stay readable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

FONT = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_STYLE = """
:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
.page{background:#14161a!important}.card{background:#1e2127!important;border-color:#343943!important}
.ink{color:#f1f3f6!important}.soft{color:#a9b1bd!important}
.quote{background:#262a32!important;border-color:#5b8def!important;color:#e4e8ee!important}
.line{border-color:#343943!important}.button{background:#5b8def!important}.button a{color:#0b1220!important}
.tile{background:#262a32!important}.rail{background:#343943!important}.bar{background:#5b8def!important}
.reply{background:#43b383!important}.up{color:#5fd0a0!important}.down{color:#f0a07a!important}
.soft a{color:#a9c3ff!important}
}
@media (max-width:620px){.card{border-radius:0!important}.inner{padding:20px!important}}
"""


@dataclass(frozen=True, slots=True)
class Block:
    """One thing that is told: a headline, when, what was written, where to look."""

    headline: str | None
    when: str | None
    quote: str | None
    link: str | None
    link_words: str = "Open the conversation"


def html_of(*, title: str, lead: str, blocks: Sequence[Block], footer: str) -> str:
    """The HTML of a notice's mail."""
    return page_of(title=title, lead=lead, inside="".join(_block(each) for each in blocks), footer=escape(footer))


def page_of(*, title: str, lead: str, inside: str, footer: str) -> str:
    """The HTML of any mail of ours. What is inside, and the footer, are markup already."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        '<body class="page" style="margin:0;padding:0;background:#f2f4f7;">'
        f'<div style="display:none;max-height:0;overflow:hidden;">{escape(lead)}</div>'
        '<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" '
        'style="background:#f2f4f7;"><tr><td align="center" style="padding:24px 0;">'
        '<table role="presentation" class="card" width="600" cellpadding="0" cellspacing="0" border="0" '
        'style="width:100%;max-width:600px;background:#ffffff;border:1px solid #dfe3e8;border-radius:10px;">'
        f'<tr><td class="inner" style="padding:28px 32px;font-family:{FONT};">'
        '<p class="soft" style="margin:0 0 18px;font-size:13px;letter-spacing:.04em;color:#5d6673;">RAPPORT</p>'
        f'<h1 class="ink" style="margin:0 0 6px;font-size:21px;line-height:28px;color:#14181f;">{escape(title)}</h1>'
        f'<p class="soft" style="margin:0 0 8px;font-size:15px;line-height:22px;color:#5d6673;">{escape(lead)}</p>'
        f"{inside}"
        f'<p class="soft line" style="margin:28px 0 0;padding-top:16px;border-top:1px solid #dfe3e8;font-size:12px;'
        f'line-height:18px;color:#5d6673;">{footer}</p>'
        "</td></tr></table></td></tr></table></body></html>"
    )


def text_of(*, title: str, lead: str, blocks: Sequence[Block], footer: str) -> str:
    """The same for plain programs."""
    parts = [title, lead]
    for block in blocks:
        lines = [f"* {block.headline}", f"  {block.when}"] if block.headline else []
        if block.quote:
            lines += [f"  > {line}" for line in block.quote.splitlines()]
        if block.link:
            lines.append(f"  {block.link}")
        parts.append("\n".join(lines))
    return "\n\n".join([*parts, f"-- \n{footer}"]) + "\n"


def _block(block: Block) -> str:
    head, quote, button = "", "", ""
    if block.headline and block.when:
        head = (
            f'<tr><td class="ink" style="font-size:16px;line-height:23px;font-weight:600;color:#14181f;">'
            f"{escape(block.headline)}</td></tr>"
            f'<tr><td class="soft" style="padding:2px 0 10px;font-size:13px;line-height:19px;color:#5d6673;">'
            f"{escape(block.when)}</td></tr>"
        )
    if block.quote:
        lines = "<br>".join(escape(line) for line in block.quote.splitlines())
        quote = (
            '<tr><td class="quote" style="padding:12px 16px;background:#f5f7fa;border-left:3px solid #2f6fed;'
            f'font-size:15px;line-height:23px;color:#1f2630;">{lines}</td></tr>'
        )
    if block.link:
        button = (
            '<tr><td style="padding-top:14px;"><table role="presentation" cellpadding="0" cellspacing="0" border="0">'
            '<tr><td class="button" style="background:#2f6fed;border-radius:6px;">'
            f'<a href="{escape(block.link)}" style="display:inline-block;padding:10px 18px;font-size:14px;'
            f'font-weight:600;color:#ffffff;text-decoration:none;">{escape(block.link_words)}</a>'
            "</td></tr></table></td></tr>"
        )
    return (
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" '
        f'style="margin-top:20px;font-family:{FONT};">'
        f"{head}{quote}{button}</table>"
    )
