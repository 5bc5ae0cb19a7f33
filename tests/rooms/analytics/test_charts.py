"""Charts: words for whoever cannot see them, nothing that runs, and bars as long as their numbers."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from rapport.analytics.charts import Bar, Series, bars, heat, lines

SVG = "{http://www.w3.org/2000/svg}"
NASTY = '<script>alert(1)</script>&"'


def drawn(svg: str) -> ET.Element:
    return ET.fromstring(svg)


CHARTS = {
    "lines": lines(NASTY, NASTY, [NASTY, "b", "c"], [Series(NASTY, [1, None, 3]), Series("two", [None, 2, 4])]),
    "bars": bars(NASTY, NASTY, [Bar(NASTY, 0.5, NASTY, 0.2, 0.8), Bar("b", None, "none")]),
    "heat": heat(NASTY, NASTY, [NASTY], [[(0.5, NASTY), (None, "empty")]]),
    "nothing to draw in lines": lines(NASTY, NASTY, [], []),
    "nothing to draw in bars": bars(NASTY, NASTY, []),
}


@pytest.mark.parametrize("svg", CHARTS.values(), ids=CHARTS.keys())
def test_a_chart_says_what_it_shows_and_runs_nothing(svg):
    root = drawn(svg)

    assert root.get("role") == "img"
    assert root.get("aria-label") == root.findtext(f"{SVG}title") == root.findtext(f"{SVG}desc") == NASTY
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= {
        *("svg", "title", "desc", "style", "rect", "text", "line", "polyline", "circle")
    }
    assert not [name for each in root.iter() for name in each.attrib if name.startswith("on") or "href" in name]
    style = root.findtext(f"{SVG}style") or ""
    assert "prefers-color-scheme:dark" in style
    assert "url(" not in style
    assert "@import" not in style


def test_bars_are_as_long_as_their_numbers_and_intervals_lie_across_their_ends():
    root = drawn(bars("Title", "About", [Bar("a", 10, "10", 5, 20), Bar("b", 20, "20"), Bar("c", 0, "0")]))

    drawn_bars = [each for each in root.iter(f"{SVG}rect") if each.get("class") == "a"]
    lengths = [float(each.get("width", "0")) for each in drawn_bars]
    assert lengths[0] * 2 == pytest.approx(lengths[1])
    assert lengths[2] == 0
    (interval,) = root.iter(f"{SVG}line")
    ends = [float(interval.get(name, "0")) - float(drawn_bars[0].get("x", "0")) for name in ("x1", "x2")]
    assert ends == pytest.approx([lengths[0] / 2, lengths[0] * 2])


def test_a_gap_in_a_line_is_a_gap():
    root = drawn(lines("Title", "About", list("abcde"), [Series("one", [1, 2, None, 3, 4]), Series("two", [1] * 5)]))

    points = [len(each.get("points", "").split()) for each in root.iter(f"{SVG}polyline")]
    assert points == [2, 2, 5]
