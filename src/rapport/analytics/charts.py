"""Charts as SVG: lines over days, bars with the interval they lie in, and a heat map of the week.

Pure text from numbers. Each says in words what it shows (`title`, `desc`), holds no script, takes nothing from
elsewhere and follows the reader's light or dark; where it stands in a page, the page's variables `--chart-*` win.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT = 720, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 44, 40
_ROW = 30
_LABELS = 8
"""So many dates stand below an axis at most."""
_STYLE = """
svg{--ink:var(--chart-ink,#1f2430);--soft:var(--chart-soft,#6b7280);--line:var(--chart-line,#e3e6ec);
--paper:var(--chart-paper,#ffffff);--a:var(--chart-a,#2563eb);--b:var(--chart-b,#d97706);--c:var(--chart-c,#059669)}
@media (prefers-color-scheme:dark){svg{--ink:var(--chart-ink,#e8eaf0);--soft:var(--chart-soft,#9aa3b2);
--line:var(--chart-line,#333a47);--paper:var(--chart-paper,#171a21);--a:var(--chart-a,#7aa2ff);
--b:var(--chart-b,#f5b14c);--c:var(--chart-c,#4ad3a5)}}
text{fill:var(--ink)}.s{fill:var(--soft)}
.g{stroke:var(--line)}.p{fill:var(--paper)}.i{stroke:var(--ink)}
.a{fill:var(--a)}.b{fill:var(--b)}.c{fill:var(--c)}.la{stroke:var(--a)}.lb{stroke:var(--b)}.lc{stroke:var(--c)}
"""
_PLAIN = {
    "": 'fill="#1f2430"',
    "s": 'fill="#6b7280"',
    "p": 'fill="#ffffff"',
    "g": 'stroke="#e3e6ec"',
    "h": 'fill="#1f2430" font-size="15" font-weight="600"',
    "i": 'stroke="#1f2430" stroke-width="1.5"',
    "a": 'fill="#2563eb"',
    "b": 'fill="#d97706"',
    "c": 'fill="#059669"',
    "la": 'stroke="#2563eb"',
    "lb": 'stroke="#d97706"',
    "lc": 'stroke="#059669"',
}
"""How each class looks where no style is read: under a policy that forbids it, and in mail."""
_INKS = "abc"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it is of, how long, the interval it lies in, and what stands at its end."""

    label: str
    value: float | None
    said: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name and a value for each label of the axis; None is a gap."""

    name: str
    values: Sequence[float | None]


def lines(title: str, about: str, labels: Sequence[str], series: Sequence[Series]) -> str:
    """Lines over an axis of labels."""
    top = _ceiling(max((value for each in series for value in each.values if value is not None), default=0.0))
    wide, high = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    parts = _axis(top, high)
    step = wide / max(len(labels) - 1, 1)
    every = max(1, ceil(len(labels) / _LABELS))
    for place in range(0, len(labels), every):
        parts.append(_text(_LEFT + place * step, HEIGHT - 14, labels[place], "s", "middle"))
    for ink, each in zip(_INKS, series, strict=False):
        points = [
            None if value is None else (_LEFT + place * step, _TOP + high - high * value / top)
            for place, value in enumerate(each.values)
        ]
        parts += [_path(run, f"l{ink}") if len(run) > 1 else _dot(run[0], ink) for run in _runs(points)]
    parts += _legend([each.name for each in series])
    return _svg(title, about, HEIGHT, parts)


def bars(title: str, about: str, items: Sequence[Bar], *, most: float | None = None) -> str:
    """Bars from the left, one below the other; an interval is a thin line across the bar's end."""
    found = [value for item in items for value in (item.value, item.high) if value is not None]
    top = most or max(found, default=0.0) or 1.0
    left = min(190, 24 + 8 * max((len(_short(item.label)) for item in items), default=0))
    wide = WIDTH - left - 120
    parts = []
    for place, item in enumerate(items):
        y = _TOP + place * _ROW
        parts.append(_text(left - 10, y + 17, _short(item.label), "", "end"))
        length = wide * min(max(item.value or 0.0, 0.0) / top, 1.0)
        parts.append(f'<rect {_look("a")} x="{left}" y="{y + 4}" width="{_n(length)}" height="18" rx="3"/>')
        end = length
        if item.low is not None and item.high is not None:
            low, end = (wide * min(max(each / top, 0.0), 1.0) for each in (item.low, item.high))
            parts.append(_line(left + low, y + 13, left + end, y + 13, "i"))
        parts.append(_text(left + max(end, length) + 8, y + 17, item.said, "s"))
    if not items:
        parts.append(_text(WIDTH / 2, _TOP + 17, "Nothing yet", "s", "middle"))
    return _svg(title, about, _TOP + max(len(items), 1) * _ROW + 16, parts)


def heat(title: str, about: str, rows: Sequence[str], cells: Sequence[Sequence[tuple[float | None, str]]]) -> str:
    """A field of cells, one row for each label: the darker, the more; one without a value is empty."""
    top = max((value for row in cells for value, _ in row if value is not None), default=0.0) or 1.0
    columns = max((len(row) for row in cells), default=1)
    wide, tall = (WIDTH - _LEFT - 44 - _RIGHT) / columns, 28
    parts = []
    for place, (label, row) in enumerate(zip(rows, cells, strict=True)):
        y = _TOP + place * tall
        parts.append(_text(_LEFT + 34, y + 18, label, "", "end"))
        for column, (value, said) in enumerate(row):
            strength = 0.06 if value is None else 0.12 + 0.88 * value / top
            place_x = _n(_LEFT + 44 + column * wide)
            parts.append(
                f'<rect {_look("a")} x="{place_x}" y="{y}" width="{_n(wide - 2)}" height="{tall - 2}" rx="2" '
                f'fill-opacity="{_n(strength)}"><title>{escape(said)}</title></rect>'
            )
    below = _TOP + len(rows) * tall + 16
    parts += [
        _text(_LEFT + 44 + (column + 0.5) * wide, below, f"{column:02d}", "s", "middle")
        for column in range(0, columns, 3)
    ]
    return _svg(title, about, below + 14, parts)


def _svg(title: str, about: str, height: float, parts: Sequence[str]) -> str:
    body = "".join(parts)
    size = f'viewBox="0 0 {WIDTH} {_n(height)}" width="{WIDTH}" height="{_n(height)}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="system-ui,sans-serif" font-size="12" '
        f'role="img" aria-label="{escape(title)}"><title>{escape(title)}</title><desc>{escape(about)}</desc>'
        f'<style>{_STYLE}</style><rect {_look("p")} width="{WIDTH}" height="{_n(height)}"/>'
        f"{_text(16, 26, title, 'h')}{body}</svg>"
    )


def _axis(top: float, high: float) -> list[str]:
    parts = []
    for quarter in range(5):
        y = _TOP + high - high * quarter / 4
        parts.append(_line(_LEFT, y, WIDTH - _RIGHT, y, "g"))
        parts.append(_text(_LEFT - 8, y + 4, _n(top * quarter / 4), "s", "end"))
    return parts


def _legend(names: Sequence[str]) -> list[str]:
    parts = []
    x = float(WIDTH - _RIGHT)
    for ink, name in reversed(list(zip(_INKS, names, strict=False))):
        x -= 8 * len(name) + 24
        parts.append(f'<rect {_look(ink)} x="{_n(x)}" y="17" width="10" height="10" rx="2"/>')
        parts.append(_text(x + 16, 26, name, "s"))
    return parts


def _runs(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    """The stretches without a gap."""
    found: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is not None:
            found[-1].append(point)
        elif found[-1]:
            found.append([])
    return [run for run in found if run]


def _path(points: Sequence[tuple[float, float]], ink: str) -> str:
    where = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
    return f'<polyline {_look(ink)} fill="none" stroke-width="2" stroke-linejoin="round" points="{where}"/>'


def _dot(point: tuple[float, float], ink: str) -> str:
    return f'<circle {_look(ink)} cx="{_n(point[0])}" cy="{_n(point[1])}" r="3"/>'


def _line(x: float, y: float, to_x: float, to_y: float, ink: str) -> str:
    return f'<line {_look(ink)} x1="{_n(x)}" y1="{_n(y)}" x2="{_n(to_x)}" y2="{_n(to_y)}"/>'


def _text(x: float, y: float, said: str, kind: str, anchor: str = "start") -> str:
    return f'<text {_look(kind)} x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}">{escape(said)}</text>'


def _look(kind: str) -> str:
    return f'class="{kind}" {_PLAIN[kind]}' if kind else _PLAIN[kind]


def _short(label: str) -> str:
    return label if len(label) <= 26 else label[:25] + "…"


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _ceiling(most: float) -> float:
    """The next round number: what the axis ends at."""
    if most <= 0:
        return 1.0
    size = 10.0 ** floor(log10(most))
    return next((step * size for step in (1, 2, 4, 5, 10) if step * size >= most), 10 * size)
