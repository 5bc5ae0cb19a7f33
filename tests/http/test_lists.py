"""Paging: cursors are signed, belong to one list and one caller, and together the pages are the list."""

from __future__ import annotations

import base64

import pytest

from tests.http.asking import refused


@pytest.fixture
def crowd(stage):
    """Acme with seven senders, Globex with one."""
    for number in range(7):
        stage.account(f"Sender {number}")
        stage.wait(seconds=number % 2)  # some were made at the same instant
    stage.account("Kim", of=stage.globex)
    return stage


def pages(person, path: str) -> list[list[str]]:
    found, cursor = [], ""
    while cursor is not None:
        answer = person.get(f"{path}{cursor and '&cursor='}{cursor}")
        assert answer.status_code == 200, answer.data
        found.append([each["name"] for each in answer.json["items"]])
        cursor = answer.json["next_cursor"]
    return found


@pytest.mark.parametrize("sort", ["created_at", "name"])
@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 2, 7, 200])
def test_the_pages_are_the_list_whatever_their_size(crowd, sort, order, limit):
    found = pages(crowd.alice, f"/linkedin-accounts?limit={limit}&sort={sort}&order={order}")
    names = [name for each in found for name in each]
    assert sorted(names) == [f"Sender {number}" for number in range(7)]
    assert [len(each) for each in found[:-1]] == [limit] * (len(found) - 1)
    if sort == "name":
        assert names == sorted(names, reverse=order == "desc")


def test_rows_that_come_or_go_shift_no_page(crowd):
    first = crowd.alice.get("/linkedin-accounts?limit=3&sort=name&order=asc").json
    crowd.account("Aaron")
    gone = first["items"][1]["id"]
    assert crowd.alice.delete(f"/linkedin-accounts/{gone}").status_code == 204
    rest = crowd.alice.get(f"/linkedin-accounts?limit=200&sort=name&order=asc&cursor={first['next_cursor']}").json
    assert [each["name"] for each in rest["items"]] == ["Sender 3", "Sender 4", "Sender 5", "Sender 6"]


def test_a_cursor_is_refused_with_another_list_filter_order_or_caller(crowd):
    cursor = crowd.alice.get("/linkedin-accounts?limit=2&sort=name").json["next_cursor"]
    assert crowd.alice.get(f"/linkedin-accounts?limit=5&sort=name&cursor={cursor}").status_code == 200
    assert crowd.bob.get(f"/linkedin-accounts?limit=2&sort=name&cursor={cursor}").status_code == 200, "same clients"
    for path in (
        "/linkedin-accounts?limit=2",
        "/linkedin-accounts?limit=2&sort=created_at",
        "/linkedin-accounts?limit=2&sort=name&order=asc",
        "/linkedin-accounts?limit=2&sort=name&filter[status]=ok",
        "/clients?limit=2&sort=name",
        "/jobs?limit=2",
    ):
        refused(crowd.alice.get(f"{path}&cursor={cursor}"), 400, "CURSOR_MISMATCH")
    for other in (crowd.carol, crowd.root):
        refused(other.get(f"/linkedin-accounts?limit=2&sort=name&cursor={cursor}"), 400, "CURSOR_MISMATCH")


def test_a_cursor_that_was_altered_or_made_up_is_refused(crowd):
    cursor = crowd.alice.get("/linkedin-accounts?limit=2").json["next_cursor"]
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    altered = []
    for place in range(len(raw)):
        raw[place] ^= 1
        altered.append(base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode())
        raw[place] ^= 1
    for forged in (*altered, cursor[:-4], cursor + "AAAA", "x", "====", "é", "A" * 2000, "%00", "null", "0"):
        answer = crowd.alice.get("/linkedin-accounts", query_string={"limit": "2", "cursor": forged})
        assert answer.status_code == 400, forged
        assert answer.json["code"] in ("CURSOR_INVALID", "CURSOR_MISMATCH")
    too_long = crowd.alice.get("/linkedin-accounts", query_string={"cursor": "A" * 2001})
    refused(too_long, 422, "VALIDATION_FAILED")


def test_filters_pick_what_they_say(crowd):
    def names(query: str) -> list[str]:
        answer = crowd.alice.get(f"/linkedin-accounts?sort=name&order=asc&{query}")
        assert answer.status_code == 200, answer.data
        return [each["name"][-1] for each in answer.json["items"]]

    assert names("filter[name]=Sender 3") == ["3"]
    assert names("filter[name][in]=Sender 1,Sender 4,Kim") == ["1", "4"]
    assert names("filter[name][ne]=Sender 0") == list("123456")
    assert names("filter[name][contains]=sender") == list("0123456")
    assert names("filter[name][contains]=%25") == []
    assert names("filter[paused_at][is_null]=false") == []
    assert names("filter[status]=disconnected&filter[name][contains]=2") == ["2"]
    assert names("filter[created_at][gt]=2026-03-02T09:00:00Z") == names(
        "filter[created_at][gt]=2026-03-02T10:00:00%2B01:00"
    )
    assert names(f"filter[client_id]={crowd.globex.id}") == []
