"""What is open, how it is dressed, and what a hostile text costs."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator

import pytest
from marshmallow import Schema, validate

import rapport
from rapport.kernel.log import redact_text
from rapport.kernel.schema import Body
from tests.http.routes import ROUTES, is_page
from tests.http.walking import rules
from tests.stage import PRODUCTION

HUNDRED_KB = 100_000
BUDGET = 0.010
HOSTILE = [
    "a",
    "a@a.",
    "a.",
    "-a",
    " ",
    "\t\n ",
    "eyJ",
    "-eyJ",
    "eyJ.",
    "://a:",
    "x://u:p",
    "bearer ",
    "bearer  ",
    "rk_",
    "a-",
    "0-",
    "[a",
    "filter[a]",
    "DETAIL:",
    "[SQL:",
    "%",
]


def test_what_needs_no_credential_is_what_the_table_says(stage):
    open_routes = set()
    for route in rules(stage):
        method, rule = route.split(" ", 1)
        path = re.sub(r"<id:\w+>", "0190a1b2-ffff-7e4f-8a9b-0c1d2e3f4a5b", rule)
        path = re.sub(r"<string:\w+>", "start.js", path)
        path = re.sub(r"<int:\w+>", "7", re.sub(r"<path:\w+>", "walked", path))
        if is_page(route):
            answer = stage.nobody.visit(path, {} if method == "POST" else None)
            shut = answer.status_code == 401 or "/sign-in?next=" in answer.headers.get("Location", "")
        else:
            shut = stage.nobody.call(method, path).status_code == 401
        if not shut:
            open_routes.add(route)

    said = {"POST /api/v1/auth/refresh", "POST /sign-in", "POST /api/v1/webhooks/resend"}
    said |= {"POST /api/v1/webhooks/postmark/inbound"}  # 401 when what is shown is not good
    assert open_routes - said == {route for route, row in ROUTES.items() if not row.may} - said


def test_every_answer_wears_the_security_headers(stage):
    for path in ("/", "/sign-in", "/api/v1/docs", "/api/v1/clients", "/nowhere", "/health/live", "/api/v1/auth/login"):
        headers = stage.http.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "unsafe-inline" not in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "Set-Cookie" not in headers, "whoever did not sign in is given none"
        assert "Access-Control-Allow-Origin" not in headers
        assert "Server" not in headers


def test_production_asks_for_an_encrypted_connection(make_stage):
    stage = make_stage(settings=PRODUCTION)

    assert "max-age=31536000" in stage.nobody.get("/health/live").headers["Strict-Transport-Security"]


def _patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Every expression of the product: of its modules, and of what its bodies are checked by."""
    for module in pkgutil.walk_packages(rapport.__path__, "rapport."):
        if module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, re.Pattern):
                yield f"{module.name}.{name}", value
    for schema in _bodies(Body):
        for name, field in schema().fields.items():
            for each in field.validators:
                if isinstance(each, validate.Regexp):
                    yield f"{schema.__name__}.{name}", each.regex


def _bodies(base: type[Schema]) -> Iterator[type[Schema]]:
    for each in base.__subclasses__():
        yield each
        yield from _bodies(each)


def _cost(act, text: str) -> float:
    took = []
    for _ in range(3):
        began = time.process_time()
        act(text)
        took.append(time.process_time() - began)
    return min(took)


def test_no_expression_is_slow_on_a_hostile_text(record_property):
    patterns = dict(_patterns())
    texts = [(piece * HUNDRED_KB)[:HUNDRED_KB] + end for piece in HOSTILE for end in ("", "!", "\n")]
    slow = [
        f"{name} took {cost * 1000:.0f} ms on {text[:12]!r}…{text[-2:]!r}"
        for name, pattern in patterns.items()
        for text in texts
        if (cost := _cost(pattern.fullmatch, text.encode() if isinstance(pattern.pattern, bytes) else text)) > BUDGET
    ]
    slow += [
        f"the log took {cost * 1000:.0f} ms on {text[:12]!r}"
        for text in texts
        if (cost := _cost(redact_text, text)) > BUDGET
    ]

    record_property("says", f"expressions: {len(patterns)} on {len(texts)} hostile texts of 100 KB, {len(slow)} slow")
    assert slow == []
    assert len(patterns) > 20


def test_the_measure_would_see_a_slow_expression():
    assert _cost(re.compile(r"(a|aa)+$").match, "a" * 26 + "!") > BUDGET


@pytest.mark.parametrize("sort", ["password_hash", "id; DROP TABLE client", "name,created_at", "_sort", "", "NAME"])
def test_only_what_is_listed_can_be_sorted_by(stage, sort):
    assert stage.root.get("/users", query_string={"sort": sort}).status_code == 422


@pytest.mark.parametrize(
    "name",
    [
        "filter[password_hash]",
        "filter[name][regex]",
        "filter[name;--]",
        "filter[email][contains][x]",
        "filter[role][contains]",
        "filter[]",
        "filter",
        "filter[__class__]",
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_only_what_is_listed_can_be_filtered_by(stage, name):
    refused = stage.root.get("/users", query_string={name: "x"})

    assert (refused.status_code, refused.json["code"]) == (422, "VALIDATION_FAILED")
    assert name in refused.json["details"]


def test_a_value_is_a_value_whatever_it_looks_like(stage):
    assert stage.alice.id
    for hostile in (
        "' OR 1=1 --",
        "%",
        "_",
        "\\",
        "') UNION SELECT password_hash FROM user --",
        "\U0001d4b3",
        "\u202e",
        "a" * 200,
    ):
        for name in ("filter[name]", "filter[name][contains]", "filter[email][in]", "filter[email][ne]"):
            answer = stage.root.get("/users", query_string={name: hostile})
            assert answer.status_code == 200
            if not name.endswith("[ne]"):
                assert answer.json["items"] == []


def test_a_cursor_is_good_for_the_list_question_and_caller_it_was_given_to(stage):
    for number in range(3):
        stage.account(f"Sender {number}")
        stage.account(f"Other {number}", of=stage.globex)
    first = stage.alice.get("/linkedin-accounts", query_string={"limit": 1, "sort": "name"}).json["next_cursor"]

    def code(person, path="/linkedin-accounts", **query):
        answer = person.get(path, query_string={"limit": 1, "sort": "name", "cursor": first, **query})
        return answer.json.get("code")

    assert code(stage.alice) is None
    assert code(stage.bob) is None, "the same rows in the same order"
    assert code(stage.carol) == "CURSOR_MISMATCH"
    assert code(stage.root) == "CURSOR_MISMATCH"
    assert code(stage.alice, sort="created_at") == "CURSOR_MISMATCH"
    assert code(stage.alice, order="asc") == "CURSOR_MISMATCH"
    assert code(stage.alice, **{"filter[name]": "x"}) == "CURSOR_MISMATCH"
    assert code(stage.alice, "/clients") == "CURSOR_MISMATCH"
    bent = [first[:at] + ("A" if first[at] != "A" else "B") + first[at + 1 :] for at in range(0, len(first) - 1, 3)]
    for forged in (*bent, first[:-4], first + "AAAA", "AAAA", "!", "%00", "a" * 2000):
        assert code(stage.alice, cursor=forged) == "CURSOR_INVALID"
