"""Reading delimited text: what a writer wrote is read back, from any place on, however the bytes arrive."""

from __future__ import annotations

import csv
import io
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from rapport.leads.importing.delimited import Broken, Place, Reader, Record

_CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
_NASTY = st.sampled_from(['"', '""', ",", ";", "\n", "\r\n", "\r", "a\nb", '"quoted"', "\ufeff", " x ", "\u2028", "é"])
_ROWS = st.lists(st.lists(_CELL | _NASTY, min_size=3, max_size=3), min_size=1, max_size=12)


def written(rows, delimiter, ending) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue().encode()


def pieces(content: bytes, size: int) -> list[bytes]:
    return [content[start : start + size] for start in range(0, len(content), size)]


@given(_ROWS, st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n", "\r"]), st.integers(1, 40))
def test_what_was_written_is_read_back_however_the_bytes_arrive(rows, delimiter, ending, size):
    content = written(rows, delimiter, ending)

    found = list(Reader(pieces(content, size), delimiter=delimiter, start=Place(), width=3))

    assert [each.cells for each in found if isinstance(each, Record)] == rows
    assert not [each for each in found if isinstance(each, Broken)]


_MESS = st.lists(st.sampled_from([b"a", b",", b'"', b"\n", b"\r", b"\r\n", b"\x00", b"\xfc", b"b,c,d\n"]), max_size=80)


@given(_MESS.map(b"".join), st.integers(1, 50), st.integers(0, 12))
def test_reading_goes_on_at_any_place_as_if_it_had_not_stopped(content, size, stop):
    def reader(start: Place) -> Reader:
        return Reader(pieces(content[start.offset :], size), delimiter=",", start=start, width=3)

    whole = list(reader(Place()))
    first = reader(Place())
    before = list(islice(first, stop))
    after = list(reader(first.place)) if len(before) == stop else []

    assert before + after == whole


@given(st.lists(st.sampled_from(["a,b,c", 'd,"e",f', "ü,ö,ä"]), min_size=1, max_size=20), st.data())
def test_a_quotation_mark_that_is_never_closed_costs_its_own_line_only(lines, data):
    at = data.draw(st.integers(0, len(lines)))
    broken = [*lines[:at], 'x,"never closed,y', *lines[at:]]

    found = list(Reader(["\r\n".join(broken).encode()], delimiter=",", start=Place(), width=3))

    assert [each.line for each in found if isinstance(each, Broken)] == [at + 1]
    assert len([each for each in found if isinstance(each, Record)]) == len(lines)


def test_a_row_of_many_megabytes_is_told_and_not_held():
    content = [b"a,b,c\n", b"x" * 1_000_000, b"x" * 1_000_000, b"x" * 1_000_000, b"\nd,e,f\n"]

    found = list(Reader(content, delimiter=",", start=Place(), width=3))

    assert [each.cells for each in found if isinstance(each, Record)] == [["a", "b", "c"], ["d", "e", "f"]]
    assert [each.line for each in found if isinstance(each, Broken)] == [2]
