"""Importing a file: good rows come in, bad ones are told by line and reason, and nothing is lost or doubled."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
import zlib
from pathlib import Path

import pytest
from sqlalchemy import select

from rapport.leads.models import ImportPart, LeadTag
from rapport.people import clients
from rapport.runtime import loops
from tests.rooms.leads.import_files import make
from tests.rooms.leads.importing import (
    CSV,
    imported,
    leads,
    problems,
    repacked,
    shown,
    started,
    upload,
    uploaded,
    workbook,
)
from tests.stage import MONDAY
from tests.together import together

ROOT = Path(__file__).parents[3]
SEED = 20260302
SMALL = "Name,Email\nAda Lovelace,ada@acme.example\nBob Bad,bob at acme\n"


def test_a_messy_file_is_taken_in_as_its_maker_says_it_must_be(stage):
    made = make(1_400, seed=SEED, bad_every=50, cell_bytes=300_000)

    done = imported(stage, made.content)

    assert done["state"] == "done", done
    assert problems(stage, done["id"]) == made.problems
    assert {lead["public_identifier"] for lead in leads(stage)} == made.people
    assert len(leads(stage)) == len(made.people)
    assert done["rows_created"] == len(made.people)
    assert (done["rows_bad"], done["rows_done"]) == (len(made.problems), made.good + len(made.problems))
    assert done["percent"] == 100


def test_work_goes_on_after_two_kills_and_ends_with_the_same_leads(stage):
    made = make(4_400, seed=SEED, cell_bytes=150_000)
    import_id = started(stage, uploaded(stage, made.content))

    reached = [_killed_after_a_step(stage, import_id) for _ in range(2)]
    stage.run_due_jobs(most=100)

    assert 0 < reached[0] < reached[1] < 4_400
    done = shown(stage, import_id)
    assert done["state"] == "done"
    assert done["rows_created"] == len(leads(stage)) == len(made.people)
    assert {lead["public_identifier"] for lead in leads(stage)} == made.people
    assert problems(stage, import_id) == made.problems


def _killed_after_a_step(stage, import_id: str) -> int:
    """How many rows a worker brought in that was killed in its second step; the sweep then frees what it held."""
    killed = subprocess.run(
        [
            *(sys.executable, "-m", "tests.rooms.leads.dying_importer"),
            *(stage.database.kind, stage.database.url, str(stage.database.home), "1", stage.clock.now().isoformat()),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        timeout=90,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    stage.wait(minutes=11)
    loops.sweep_turn(stage.service)
    stage.wait(minutes=1)
    return shown(stage, import_id)["rows_done"]


def test_two_imports_of_one_file_at_once_make_one_lead_of_each_person(stage):
    made = make(1_500, seed=SEED, bad_every=10_000)
    for _ in range(2):
        started(stage, uploaded(stage, made.content))

    together(*[lambda: stage.run_due_jobs(most=20)] * 2)
    stage.wait(minutes=10)  # a step that waited for the other for too long is tried again
    stage.run_due_jobs(most=20)

    both = stage.alice.get("/leads/imports").json["items"]
    assert [each["state"] for each in both] == ["done", "done"]
    assert sum(each["rows_created"] for each in both) == len(leads(stage)) == len(made.people)
    assert sum(each["rows_done"] for each in both) == 2 * made.good


def test_the_same_file_again_changes_nothing(stage):
    imported(stage, SMALL)

    again = imported(stage, SMALL)

    assert (again["rows_created"], again["rows_unchanged"], again["rows_bad"]) == (0, 1, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
def test_the_encoding_is_found(stage, encoding):
    text = "Vorname;Nachname;E-Mail\r\n" + "Zoë;Müller-Lüdenscheidt;zoe@acme.example\r\n" * 3

    done = imported(stage, text.encode(encoding))

    assert done["state"] == "done"
    assert [(lead["first_name"], lead["last_name"]) for lead in leads(stage)] == [("Zoë", "Müller-Lüdenscheidt")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(stage, delimiter):
    rows = [["First name", "Last name", "Email"], ["Ada", "Love, lace; x", "ada@acme.example"]]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)

    assert imported(stage, text)["format"]["delimiter"] == delimiter
    assert [lead["last_name"] for lead in leads(stage)] == ["Love, lace; x"]


def test_unknown_columns_become_custom_fields_unless_they_are_left_out(stage):
    text = "Email,Favourite Tool,Internal no.,Labels\nada@acme.example,n8n,17,vip; fair\n"

    done = imported(stage, text, mapping={"Internal no.": None}, tags=["2026"])

    assert done["mapping"]["Favourite Tool"] == "custom.favourite_tool"
    assert leads(stage)[0]["custom"] == {"favourite_tool": "n8n"}
    with stage.reading() as reading:
        tags = set(reading.session.execute(select(LeadTag.tag)).scalars())
    assert tags == {"vip", "fair", "2026"}


def test_a_header_that_stands_twice_is_told_and_its_second_column_left_out(stage):
    made = upload(stage, "Email,Email,Name\nada@acme.example,other@acme.example,Ada\n").json

    assert made["format"]["columns"] == ["Email", "Email (2)", "Name"]
    assert made["mapping"] == {"Email": "email", "Email (2)": None, "Name": "full_name"}
    assert any("more than once" in warning for warning in made["format"]["warnings"])


def test_a_file_without_a_header_is_known_by_what_stands_in_it(stage):
    done = imported(
        stage, "Ada,ada@acme.example,https://www.linkedin.com/in/ada\nBo,bo@acme.example,linkedin.com/in/bo\n"
    )

    assert done["format"]["has_header"] is False
    assert {lead["public_identifier"] for lead in leads(stage)} == {"ada", "bo"}
    assert done["rows_created"] == 2


def test_a_preview_shows_rows_as_they_would_be_taken_and_writes_nothing(stage):
    imported(stage, "Email\nada@acme.example\n")
    import_id = uploaded(stage, SMALL)

    seen = stage.bob.get(f"/leads/imports/{import_id}/preview").json

    assert seen["rows"][0]["person"]["fields"] == {"first_name": "Ada", "last_name": "Lovelace"}
    assert seen["rows"][1]["problem"] == {
        "row": 3,
        "column": "Email",
        "reason": "Is no email address.",
        "value": "bob at acme",
    }
    assert (seen["sample_rows"], seen["sample_good"], seen["sample_bad"], seen["sample_known"]) == (2, 1, 1, 1)
    assert len(leads(stage)) == 1


def a_zip_of_a_version_to_come() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    content = bytearray(made.getvalue())
    content[content.index(b"PK\x01\x02") + 6] = 255  # the version that it takes to read it
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n", "empty"),
        (b"%PDF-1.7 and so on", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, ".xls"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (bytes(range(256)) * 20, "neither"),
        (b"PK\x03\x04 and no zip", "damaged"),
        pytest.param(a_zip_of_a_version_to_come(), "damaged", id="a zip of a version to come"),
        (b",".join(b"c%d" % number for number in range(10_000)), "10,000 columns"),
        (b",".join(b"column" for _ in range(1_000_000)), "longer than"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_the_reason(stage, content, word):
    answer = upload(stage, content)

    assert (answer.status_code, answer.json["code"]) == (422, "IMPORT_NOT_READABLE")
    assert word in answer.json["message"]
    assert stage.alice.get("/leads/imports").json["items"] == []


def test_more_than_50_megabytes_are_refused_before_they_are_read(stage):
    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size=-1):
            Endless.taken += max(size, 0)
            return b"x" * size

    answer = stage.alice.post(
        f"/leads/imports?client_id={stage.acme.id}",
        headers=CSV,
        environ_overrides={"CONTENT_LENGTH": str(200 << 20), "wsgi.input": Endless()},
    )

    assert (answer.status_code, answer.json["code"]) == (413, "BODY_TOO_LARGE")
    assert Endless.taken == 0


def test_other_paths_keep_their_smaller_limit(stage):
    answer = stage.alice.post(
        "/leads/imports/search", data=b"x" * (2 << 20), headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 413


def test_an_import_can_be_cancelled_and_what_came_in_stays(stage):
    made = make(2_500, seed=SEED, bad_every=10_000)
    import_id = started(stage, uploaded(stage, made.content))
    stage.run_due_jobs(most=1)

    answer = stage.alice.post(f"/leads/imports/{import_id}/cancel")
    stage.run_due_jobs()

    assert (answer.status_code, answer.json["state"]) == (200, "cancelled")
    assert shown(stage, import_id)["rows_done"] == 1_000
    assert 900 < len(leads(stage)) <= 1_000


def test_what_does_not_fit_the_state_is_refused(stage):
    done = imported(stage, SMALL)

    for method, path, body in (("POST", "/start", None), ("POST", "/cancel", None), ("PATCH", "", {"tags": []})):
        refused = stage.alice.call(method, f"/leads/imports/{done['id']}{path}", json=body)
        assert (refused.status_code, refused.json["code"]) == (409, "IMPORT_STATE"), (method, path)


def test_a_mapping_must_make_sense(stage):
    import_id = uploaded(stage, "Name,Email,Mail\nAda,ada@acme.example,x\n")

    for mapping in ({"Nobody": "email"}, {"Mail": "email"}, {"Name": "custom.First Name"}, {"Name": "custom.email"}):
        refused = stage.alice.patch(f"/leads/imports/{import_id}", {"mapping": mapping})
        assert (refused.status_code, list(refused.json["details"])) == (422, ["mapping"]), mapping
    stage.alice.patch(f"/leads/imports/{import_id}", {"mapping": {"Email": None}})
    assert stage.alice.post(f"/leads/imports/{import_id}/start").status_code == 422


def test_the_file_can_be_deleted_and_is_deleted_a_week_after_the_end(stage):
    done = imported(stage, SMALL)
    waiting = uploaded(stage, SMALL)
    assert stage.alice.delete(f"/leads/imports/{done['id']}/file").status_code == 204
    assert stage.alice.get(f"/leads/imports/{done['id']}/preview").status_code == 409

    stage.wait(days=6)
    _forget(stage)
    assert shown(stage, waiting)["has_file"] is True
    stage.wait(days=2)
    _forget(stage)

    assert (shown(stage, waiting)["state"], shown(stage, waiting)["has_file"]) == ("cancelled", False)
    with stage.reading() as reading:
        assert reading.session.execute(select(ImportPart.number)).all() == []
    assert problems(stage, done["id"]) == {3: ("Email", "Is no email address.")}


def _forget(stage):
    stage.root.post("/jobs", {"type": "leads.forget_import_files", "client_id": None})
    stage.run_due_jobs()


def test_an_import_whose_job_gives_up_says_so(stage):
    import_id = started(stage, uploaded(stage, SMALL))
    job_id = shown(stage, import_id)["job_id"]

    stage.root.post(f"/jobs/{job_id}/dismiss", {"reason": "Wrong file."})
    while loops.consumer_turn(stage.service) == stage.clock.now():
        pass

    assert shown(stage, import_id)["state"] == "failed"


def test_problems_can_be_taken_along_as_csv_without_formulas(stage):
    done = imported(stage, "Email\n=HYPERLINK(1)\n+49 30 1234\n")

    csv = stage.bob.get(f"/leads/imports/{done['id']}/problems.csv")

    assert csv.headers["Content-Type"].startswith("text/csv")
    lines = csv.data.decode("utf-8-sig").splitlines()
    assert lines == [
        "row,column,reason,value",
        "2,Email,Is no email address.,'=HYPERLINK(1)",
        "3,Email,Is no email address.,'+49 30 1234",
    ]


def test_an_upload_with_a_key_may_be_repeated(stage):
    once = [upload(stage, SMALL, headers={"Idempotency-Key": "fair-2026"}).json["id"] for _ in range(2)]
    other = upload(stage, SMALL + "Cy,cy@acme.example\n", headers={"Idempotency-Key": "fair-2026"})

    assert once[0] == once[1]
    assert other.json["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_another_client_sees_nothing_of_an_import(stage):
    import_id = uploaded(stage, SMALL)

    for path in ("", "/preview", "/problems", "/problems.csv"):
        assert stage.carol.get(f"/leads/imports/{import_id}{path}").status_code == 404
    for path in ("/start", "/cancel"):
        assert stage.carol.post(f"/leads/imports/{import_id}{path}").status_code == 404
    assert upload(stage, SMALL, by=stage.carol).status_code == 404
    assert upload(stage, SMALL, by=stage.bob).status_code == 403
    assert stage.carol.get("/leads/imports").json["items"] == []


def test_a_workbook_is_known_by_its_content_and_its_sheets_can_be_chosen(stage):
    content = workbook(
        ("First", [["Name", "Email"], ["Ada", "ada@acme.example"]]),
        (
            "Second",
            [["Name", "Email", "Since", "Size"], [], ["Bo\nB", "bo@acme.example", MONDAY.date(), 12.0], ["x", "y"]],
        ),
    )

    done = imported(stage, content, sheet="Second")

    assert done["format"]["sheets"] == ["First", "Second"]
    assert [lead["custom"] for lead in leads(stage)] == [{"since": "2026-03-02", "size": "12"}]
    assert problems(stage, done["id"]) == {4: ("Email", "Is no email address.")}
    assert imported(stage, content)["rows_created"] == 1


def test_a_workbook_that_would_unpack_to_a_gigabyte_is_refused_at_once(stage):
    content = _bomb()
    began = time.monotonic()

    refused = upload(stage, content)

    assert refused.json["code"] == "IMPORT_NOT_READABLE"
    assert time.monotonic() - began < 2


def _bomb() -> bytes:
    """A workbook whose sheet is a gigabyte of spaces: one deflated megabyte, a thousand times over."""
    packer = zlib.compressobj(wbits=-15)
    megabyte = packer.compress(b" " * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    whole = repacked(workbook(("A", [["Email"]])), sheet1=megabyte * 1024 + packer.flush())
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for entry in old.namelist():
            new.writestr(entry, old.read(entry))
        sheet = new.getinfo("xl/worksheets/sheet1.xml")
        sheet.compress_type, sheet.file_size = zipfile.ZIP_DEFLATED, 1 << 30
    return out.getvalue()


_SHEET = (
    b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%s</worksheet>'
)


@pytest.mark.parametrize(
    ("sheet", "word"),
    [
        (
            _SHEET % b'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&e;</t></is></c></row></sheetData>',
            "entities",
        ),
        (
            _SHEET.partition(b"]>")[2] % b'<dimension ref="A1:J1000000"/><sheetData/>',
            "cells",
        ),
        (b"<worksheet", "damaged"),
    ],
)
def test_a_wicked_workbook_is_refused(stage, sheet, word):
    refused = upload(stage, repacked(workbook(("A", [["Email"]])), sheet1=sheet))

    assert refused.json["code"] == "IMPORT_NOT_READABLE"
    assert word in refused.json["message"]


def test_a_zip_that_is_no_workbook_is_refused(stage):
    assert "no XLSX" in upload(stage, _zip()).json["message"]


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "hello")
    return out.getvalue()


def test_an_import_to_an_archived_client_is_refused(stage):
    with stage.tx() as tx:
        clients.archive(tx, clients.get(tx, stage.acme.id))

    assert upload(stage, SMALL, by=stage.root).json["code"] == "CLIENT_ARCHIVED"
