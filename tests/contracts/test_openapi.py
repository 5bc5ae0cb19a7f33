"""The document says what the service does: nothing that is served is missing, nothing that is said is untrue."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from rapport.http.errors import STATUS, ErrorShape
from rapport.kernel.errors import CATALOGUE
from tests.databases import fresh_database
from tests.stage import Stage

ROOT = Path(__file__).resolve().parents[2]
METHODS = ("get", "post", "put", "patch", "delete")
"""Endpoints outside the document: the redirect from / to the docs."""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A service on SQLite, and the document it serves."""
    with fresh_database("sqlite", tmp_path_factory.mktemp("served")) as database:
        stage = Stage(database)
        yield stage
        stage.close()


@pytest.fixture(scope="module")
def document(served) -> dict[str, Any]:
    return unfolded(served.nobody.get("/openapi.json").json)


def unfolded(document: dict[str, Any]) -> dict[str, Any]:
    """The document with every shared refusal back where it is referred to."""
    shared = document["components"]["responses"]
    used = set()
    for _, _, operation in operations(document):
        for status, answer in operation["responses"].items():
            if "$ref" in answer:
                name = answer["$ref"].rpartition("/")[2]
                used.add(name)
                operation["responses"][status] = shared[name]
    assert used == set(shared)
    return document


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, item[method]) for path, item in document["paths"].items() for method in METHODS if method in item
    ]


def each_problem(document: dict[str, Any], judge) -> list[str]:
    return [
        f"{method.upper()} {path}: {problem}"
        for method, path, operation in operations(document)
        for problem in judge(method, path, operation)
    ]


def test_the_copy_under_openapi_is_what_the_app_serves(served):
    copy = (ROOT / "openapi" / "openapi.yaml").read_bytes()
    assert served.nobody.get("/openapi.yaml").data == copy, "run `python -m rapport openapi` and commit the file"


def test_json_and_yaml_say_the_same(served):
    assert yaml.safe_load(served.nobody.get("/openapi.yaml").data) == served.nobody.get("/openapi.json").json


def test_it_is_openapi_3_1(document):
    assert document["openapi"] == "3.1.0"
    assert jsonschema_rs.meta.is_valid({"$schema": "https://json-schema.org/draft/2020-12/schema", **_defs(document)})


def test_every_operation_is_told_to_people(document):
    def judge(_method, _path, operation):
        for part in ("summary", "description", "tags", "operationId"):
            if not operation.get(part):
                yield f"has no {part}"
        if operation.get("summary", "").endswith("."):
            return
        yield "its summary is no sentence"

    assert each_problem(document, judge) == []
    told = {tag["name"] for tag in document["tags"] if tag.get("description")}
    assert {tag for _, _, operation in operations(document) for tag in operation["tags"]} <= told


def test_operation_ids_are_unique(document):
    counted = Counter(operation["operationId"] for _, _, operation in operations(document))
    assert [name for name, times in counted.items() if times > 1] == []


def test_every_route_is_documented_and_every_documented_route_exists(served, document):
    routes = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in served.app.url_map.iter_rules()
        if not rule.endpoint.startswith("console-")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert routes == {(method, path) for method, path, _ in operations(document)}


def test_every_example_is_what_its_schema_describes(document):
    looked_at = Counter()

    def judge(_method, _path, operation):
        contents = [operation["requestBody"]["content"]] if "requestBody" in operation else []
        contents += [answer["content"] for answer in operation["responses"].values() if "content" in answer]
        for content in contents:
            for media in content.values():
                examples = [media["example"]] if "example" in media else []
                examples += [each["value"] for each in media.get("examples", {}).values()]
                for example in examples:
                    looked_at["examples"] += 1
                    yield from _faults(document, media["schema"], example)

    assert each_problem(document, judge) == []
    assert looked_at["examples"] > 300


def test_an_example_that_does_not_fit_is_found(document):
    schema = {"$ref": "#/components/schemas/ClientIn"}
    assert _faults(document, schema, {"name": "Acme", "timezone": "Europe/Berlin"}) == []
    assert _faults(document, schema, {"name": "Acme", "timezone": "Europe/Berlin", "owner": "me"}) != []


def test_every_body_and_every_first_answer_has_an_example(document):
    def judge(_method, _path, operation):
        for media in operation.get("requestBody", {"content": {}})["content"].values():
            if "example" not in media:
                yield "its body has no example"
        first = min(operation["responses"])
        for name, media in operation["responses"][first].get("content", {}).items():
            if name == "application/json" and "example" not in media:
                yield f"its {first} has no example"

    assert each_problem(document, judge) == []


def test_every_operation_documents_the_errors_that_can_happen(document):
    def judge(method, path, operation):
        wanted = {"400", "422", "429", "500", "503"}
        if operation["security"]:
            wanted |= {"401", "403"}
        if "{" in path:
            wanted |= {"404"}
        if "requestBody" in operation:
            wanted |= {"413", "415"}
        if method != "get":
            wanted |= {"409"}
        if any(parameter["name"] == "If-Match" for parameter in operation.get("parameters", ())):
            wanted |= {"412"}
        if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", ())):
            wanted |= {"409", "413"}
        for status in sorted(wanted - set(operation["responses"])):
            yield f"does not document {status}"

    assert each_problem(document, judge) == []


def test_every_error_answer_has_the_one_shape_and_names_its_codes(document):
    shape = {"$ref": "#/components/schemas/ErrorShape"}

    def judge(_method, path, operation):
        for status, answer in operation["responses"].items():
            if int(status) < 400 or (path == "/health/ready" and status == "503"):
                continue
            media = answer["content"]["application/json"]
            if media["schema"] != shape:
                yield f"{status} has another shape"
            for code, example in media["examples"].items():
                if STATUS[code] != int(status) or example["value"]["code"] != code:
                    yield f"{code} stands under {status}"

    assert each_problem(document, judge) == []


def test_reads_document_their_etag_and_304_exactly_when_they_give_them(served, document):
    problems = []
    for method, path, operation in operations(document):
        if method != "get" or "{" in path or path in ("/metrics", "/api/v1/jobs/next"):
            continue
        if any(each.get("required") for each in operation.get("parameters", ())) and not path.endswith("/events"):
            continue
        first = served.root.get(path, query_string={"client_id": served.acme.id} if path.endswith("/events") else None)
        said = "304" in operation["responses"]
        if said != ("ETag" in first.headers):
            problems.append(f"{path}: documents 304 is {said}, ETag given is {'ETag' in first.headers}")
        elif said and path != "/api/v1/admin/status":  # its numbers of connections move by themselves
            again = served.root.get(
                path, query_string=first.request.query_string.decode(), headers={"If-None-Match": first.headers["ETag"]}
            )
            if (again.status_code, again.data) != (304, b""):
                problems.append(f"{path}: answers {again.status_code} to its own ETag")
    assert problems == []


def test_every_error_code_has_a_status_and_stands_in_the_catalogue(served, document):
    assert set(STATUS) == set(CATALOGUE)
    listed = {each["code"]: (each["status"], each["meaning"]) for each in served.nobody.get("/errors").json["items"]}
    assert listed == {name: (STATUS[name], code.meaning) for name, code in CATALOGUE.items()}
    for name, (status, meaning) in listed.items():
        assert f"| `{name}` | {status} | {meaning} |" in document["info"]["description"]


def test_every_error_code_that_is_not_of_the_framework_stands_at_an_operation(document):
    told = {
        code
        for _, _, operation in operations(document)
        for status, answer in operation["responses"].items()
        if int(status) >= 400
        for code in answer.get("content", {}).get("application/json", {}).get("examples", {})
    }
    assert set(CATALOGUE) - told == {"METHOD_NOT_ALLOWED", "NOT_ACCEPTABLE", "REQUEST_TIMEOUT"}


def test_patterns_are_understood_by_every_language(document):
    """JSON Schema's patterns are ECMAScript's: an inline flag such as (?s) breaks clients and Swagger UI."""
    found = set(re.findall(r"'pattern': '((?:[^'\\]|\\.)*)'", str(document)))
    assert found
    assert [pattern for pattern in found if re.search(r"\(\?[a-zA-Z]|\\[AZz]|\(\?P", pattern)] == []


def test_every_component_is_used_and_named_for_people(document):
    text = str({"paths": document["paths"], "schemas": document["components"]["schemas"]})
    names = document["components"]["schemas"]
    assert [name for name in names if f"'#/components/schemas/{name}'" not in text] == []
    assert [name for name in names if name.startswith("_")] == []


def test_historic_paths_stand_beside_the_canonical_ones(document):
    assert document["paths"]["/api/v1/jobs/next"]["x-aliases"] == ["/api/jobs/next"]
    assert document["paths"]["/api/v1/auth/login"]["x-aliases"] == ["/api/auth/login"]
    assert document["paths"]["/api/v1/inbox/counters"]["x-aliases"] == ["/api/inbox/counters"]
    assert "x-aliases" not in document["paths"]["/api/v1/clients"]


def test_the_error_shape_has_exactly_three_members():
    assert set(ErrorShape().fields) == {"code", "message", "details"}


def _defs(document: dict[str, Any]) -> dict[str, Any]:
    return {"components": document["components"]}


def _faults(document: dict[str, Any], schema: dict[str, Any], example: Any) -> list[str]:
    judge = jsonschema_rs.Draft202012Validator({**schema, **_defs(document)}, validate_formats=True)
    return [f"{error.message} at {'/'.join(map(str, error.instance_path))}" for error in judge.iter_errors(example)]
