"""Leads as files: nothing lost, nothing live, no more memory for more rows."""

from __future__ import annotations

import csv
import io
import tracemalloc

import openpyxl
from hypothesis import given
from hypothesis import strategies as st

from rapport.http import sheets
from rapport.kernel.listing import Asked, Page
from rapport.leads import exporting
from rapport.rules.cells import guarded

LIVE = '=HYPERLINK("http://evil.example","x")'
STARTS = "=+-@\t\r\x00\uff1d\uff0b\uff0d\uff20"
TEXTS = st.text(max_size=20) | st.builds(str.__add__, st.sampled_from(STARTS), st.text(max_size=10))


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=4), min_size=1, max_size=5))
def test_what_csv_says_comes_back_and_no_cell_begins_like_a_formula(cells):
    guarded_cells = [[guarded(each) for each in row] for row in cells]

    content = b"".join(sheets.as_csv(guarded_cells, bom=False)).decode("utf-8", "surrogatepass")

    assert list(csv.reader(io.StringIO(content, newline=""))) == guarded_cells
    for row, original in zip(guarded_cells, cells, strict=True):
        for cell, text in zip(row, original, strict=True):
            assert cell.removeprefix("'") == text or cell == text
            assert cell[:1] not in STARTS or cell[:1] == "" or float(cell) < 0 or cell == "-0"


def test_a_negative_number_stays_a_number_and_a_sum_does_not():
    assert [guarded(each) for each in ("-5", "-5.25", "-5+3", "+49 30 1", " =1")] == [
        "-5",
        "-5.25",
        "'-5+3",
        "'+49 30 1",
        "' =1",
    ]


def test_leads_leave_as_csv_by_the_filters_of_the_list(stage):
    stage.lead("Ada Lovelace", company=LIVE, tags=["vip", "a"], custom={"budget": "@SUM(1)", "note": "50%"})
    stage.lead("Özge Çelik", company='Says "hi", twice')
    stage.lead("Somebody Else", of=stage.globex)

    answer = stage.bob.get(f"/leads/export.csv?sort=name&order=asc&filter[client_id]={stage.acme.id}")

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "leads.csv" in answer.headers["Content-Disposition"]
    rows = rows_of(answer.data)
    assert [each["first_name"] for each in rows] == ["Ada", "Özge"]
    assert rows[0]["company"] == "'" + LIVE
    assert rows[0]["tags"] == "a, vip"
    assert (rows[0]["custom.budget"], rows[0]["custom.note"]) == ("'@SUM(1)", "50%")
    assert rows[1]["company"] == 'Says "hi", twice'
    assert answer.data[:3] != b"\xef\xbb\xbf"
    assert stage.bob.get("/leads/export.csv?bom=true").data[:3] == b"\xef\xbb\xbf"
    assert len(rows_of(stage.bob.get("/leads/export.csv?filter[tag]=vip").data)) == 1
    assert stage.bob.get("/leads/export.csv?filter[shoe_size]=1").status_code == 422


def test_leads_leave_as_xlsx_without_a_formula(stage):
    stage.lead("Ada Lovelace", company=LIVE, website="https://engines.example")

    answer = stage.bob.get("/leads/export.xlsx")

    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    header, row = ([cell.value for cell in each] for each in sheet.iter_rows())
    found = dict(zip(header, row, strict=True))
    assert found["company"] == "'" + LIVE
    assert found["website"] == "https://engines.example"
    assert {cell.data_type for each in sheet.iter_rows() for cell in each} <= {"s", "n", "inlineStr"}
    assert all(cell.value is None for each in sheet.iter_rows() for cell in each if cell.data_type == "n")


def test_a_file_of_another_client_has_no_row_of_ours(stage):
    stage.lead("Ada Lovelace", custom={"secret": "1"})

    content = stage.carol.get("/leads/export.csv").data

    assert rows_of(content) == []
    assert b"secret" not in content
    assert rows_of(stage.carol.get(f"/leads/export.csv?filter[client_id]={stage.acme.id}").data) == []


def test_more_rows_than_a_page_all_leave_once(stage):
    from tests.rooms.leads.test_bulk import crowd

    made = crowd(stage, exporting.PAGE + 7)

    rows = rows_of(stage.bob.get("/leads/export.csv").data)

    assert sorted(each["id"] for each in rows) == sorted(made)


def test_the_do_not_contact_list_leaves_as_csv(stage):
    stage.alice.post("/do-not-contact", {"client_id": stage.acme.id, "kind": "company", "value": "=Evil Corp"})

    rows = rows_of(stage.bob.get("/do-not-contact/export.csv").data)

    assert [(each["kind"], each["value"]) for each in rows] == [("company", "'=Evil Corp")]
    assert rows_of(stage.carol.get("/do-not-contact/export.csv").data) == []


def peak_of(count: int) -> int:
    """Most memory held while this many rows leave."""
    item = dict.fromkeys(exporting.LEAD_COLUMNS, "some text of a lead")

    def turn(asked: Asked) -> Page:
        start = int(asked.after[1]) if asked.after else 0
        upto = min(start + exporting.PAGE, count)
        return Page([dict(item) for _ in range(start, upto)], (upto, str(upto)) if upto < count else None)

    tracemalloc.start()
    rows = 0
    for piece in sheets.as_csv(exporting.table(exporting.rows(turn, Asked()), exporting.LEAD_COLUMNS), bom=False):
        rows += piece.count(b"\r\n")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows == count + 1
    return peak


def test_a_hundred_thousand_rows_need_no_more_memory_than_five_thousand():
    assert peak_of(100_000) < peak_of(5_000) * 1.2 + 1_000_000
