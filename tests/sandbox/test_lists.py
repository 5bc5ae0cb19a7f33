"""What all lists share: limits that are checked, cursors that are opaque, bound, and good for a while."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest

from tests.sandbox.stage import Stage, refusal, said

LISTS = {
    "/accounts": 250,
    "/chats": 250,
    "/messages": 250,
    "/chat_attendees": 250,
    "/webhooks": 250,
    "/users/relations": 1_000,
    "/users/invite/sent": 100,
}


@pytest.mark.parametrize(("path", "maximum"), LISTS.items())
def test_a_limit_outside_its_bounds_is_refused(stage: Stage, path: str, maximum: int) -> None:
    for limit in (1, maximum):
        assert stage.get(path, account_id=stage.account.id, limit=limit).status == 200
    for limit in ("0", "-1", maximum + 1, "ten", "1.5", ""):
        answer = stage.get(path, account_id=stage.account.id, limit=limit)
        assert refusal(answer) == (400, "invalid_parameters")


def test_a_cursor_is_base64_and_cannot_be_forged(stage: Stage) -> None:
    cursor = said(stage.get("/users/relations", account_id=stage.account.id, limit=2))["cursor"]
    raw = b64decode(cursor, validate=True)
    forged = b64encode(raw.replace(b'"p":2', b'"p":3')).decode()

    for wrong in (forged, "rubbish", "", "%%%"):
        answer = stage.get("/users/relations", account_id=stage.account.id, cursor=wrong)
        assert refusal(answer) == (400, "invalid_parameters")


def test_a_cursor_belongs_to_its_list(stage: Stage) -> None:
    cursor = said(stage.get("/users/relations", account_id=stage.account.id, limit=2))["cursor"]

    answer = stage.get("/users/invite/sent", account_id=stage.account.id, cursor=cursor)

    assert refusal(answer) == (400, "invalid_parameters")


def test_a_cursor_expires(stage: Stage) -> None:
    cursor = said(stage.get("/users/relations", account_id=stage.account.id, limit=2))["cursor"]
    stage.advance(6 * 3_600)
    assert stage.get("/users/relations", account_id=stage.account.id, cursor=cursor).status == 200

    stage.advance(1)

    answer = stage.get("/users/relations", account_id=stage.account.id, cursor=cursor)
    assert refusal(answer) == (400, "invalid_parameters")


def test_a_cursor_keeps_the_filters_of_its_first_page(stage: Stage) -> None:
    for position in range(4):
        stage.write(stage.friend(position), f"to {position}")
    owner = stage.account.owner.provider_id
    first = said(stage.get("/messages", account_id=stage.account.id, limit=2, sender_id=owner))

    second = said(stage.get("/messages", cursor=first["cursor"]))

    assert [one["text"] for one in first["items"] + second["items"]] == ["to 3", "to 2", "to 1", "to 0"]
    assert second["cursor"] is None


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/chats", {"unread": "maybe"}),
        ("/chats", {"account_type": "FAX"}),
        ("/chats", {"after": "today"}),
        ("/users/relations", {"account_id": ""}),
        ("/linkedin/search/parameters", {"type": "WEATHER"}),
        ("/linkedin/search/parameters", {}),
    ],
)
def test_a_wrong_parameter_is_refused(stage: Stage, path: str, query: dict[str, str]) -> None:
    answer = stage.get(path, **{"account_id": stage.account.id, **query})
    assert refusal(answer) == (400, "invalid_parameters")


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("text/plain", b"{}", (415, "unsupported_media_type")),
        (None, b"{}", (415, "unsupported_media_type")),
        ("application/json", b"{", (400, "malformed_request")),
        ("application/json", b"[]", (400, "invalid_parameters")),
        ("application/json", b'{"provider_id": 5}', (400, "invalid_parameters")),
        ("application/json", b'{"provider_id": "x", "account_id": null}', (400, "invalid_parameters")),
    ],
)
def test_a_body_that_is_not_the_right_json_is_refused(
    stage: Stage, kind: str | None, body: bytes, expected: tuple[int, str]
) -> None:
    assert refusal(stage.call("POST", "/users/invite", body=body, kind=kind)) == expected
