"""The OpenAPI document, made from what runs, and Swagger UI to read it with."""

from __future__ import annotations

import importlib.resources
import mimetypes
from collections.abc import Callable
from typing import Any

import orjson
import yaml
from flask import Flask, current_app
from flask_smorest import Api
from marshmallow import fields
from werkzeug.routing import BaseConverter

from rapport.http import aliases
from rapport.http.context import Call, Reply
from rapport.http.documentation import OTHER_FORMS
from rapport.http.errors import STATUS, ErrorShape
from rapport.http.folding import fold
from rapport.http.operation import Room
from rapport.kernel.errors import CATALOGUE, NOT_FOUND, RapportError
from rapport.kernel.schema import Shown

PREFIX = "/api/v1"
_SWAGGER_FILES = frozenset(
    {"swagger-ui.css", "index.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js", "favicon-32x32.png"}
)
_PAGE = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Rapport API</title>
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/index.css">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/swagger-ui-standalone-preset.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
_START = b"""window.ui = SwaggerUIBundle({
  url: new URL('openapi.json', document.baseURI).href,
  dom_id: '#swagger-ui',
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: 'BaseLayout',
});
"""
_ABOUT = """LinkedIn outreach that never sends twice, never after a reply, never over the line.

Sign in at `POST /api/v1/auth/login` and send the access token as `Authorization: Bearer ...`, or make an API
key and send it as `Authorization: Bearer rk_...` or `X-API-Key`. Lists are paged by `cursor`, filtered by
`filter[field]` or `filter[field][operator]`. A POST with an `Idempotency-Key` may be repeated. Another
client's id is answered like an unknown one, with 404.

Every error is `{code, message, details}`. The codes:

"""

room = Room("documentation", "", "The API, described by itself.")


class IdConverter(BaseConverter):
    """An id in a path. What cannot be one is not found, whatever it is."""

    regex = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


class KeyConverter(BaseConverter):
    """A key in a path, longer than any name that stands beside it."""

    regex = "[A-Za-z0-9_-]{20,80}"


class _Documented(Api):
    """smorest's Api with our one error shape and without its own error handlers or pages."""

    ERROR_SCHEMA = ErrorShape
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Errors are `errors.register`'s."""

    def _register_doc_blueprint(self) -> None:
        """The document is served by the operations below, like everything else."""


def register(app: Flask, rooms: list[tuple[str, Room]]) -> None:
    """Mount every room and describe it. A room of another prefix than the API's gives its own."""
    app.config.update(
        API_TITLE="Rapport",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={
            "info": {"description": _ABOUT + _catalogue()},
            "servers": [{"url": "/"}],
            "components": {
                "securitySchemes": {
                    "bearer": {"type": "http", "scheme": "bearer", "description": "Access token or API key."},
                    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                }
            },
        },
    )
    app.url_map.converters |= {"id": IdConverter, "key": KeyConverter}
    for prefix, each in rooms:
        app.register_blueprint(each, url_prefix=prefix + (each.url_prefix or ""))
    app.extensions["rapport-rooms"] = [each for _, each in rooms]


def document() -> dict[str, Any]:
    """The document of the running application; made when it is first asked for, for it takes a while."""
    found: dict[str, Any] | None = current_app.extensions.get("rapport-document")
    if found is None:
        found = current_app.extensions["rapport-document"] = _describe(current_app._get_current_object())  # noqa: SLF001
    return found


def _describe(app: Flask) -> dict[str, Any]:
    api = _Documented(app)
    api.register_converter(IdConverter, lambda _converter: {"type": "string", "format": "uuid"})
    api.register_converter(KeyConverter, lambda found: {"type": "string", "pattern": f"^{found.regex}$"})
    for each in app.extensions["rapport-rooms"]:
        each.register_views_in_doc(api, app, api.spec, name=each.name, parameters=None)
        api.spec.tag({"name": each.name, "description": each.description})
    found: dict[str, Any] = api.spec.to_dict()
    del found["components"]["schemas"]["PaginationMetadata"]  # smorest's own way to page, which is not ours
    for path, item in found["paths"].items():
        historic = aliases.of(path)
        if historic:
            item["x-aliases"] = historic
        for operation in item.values():
            for form in operation.pop(OTHER_FORMS, ()) if isinstance(operation, dict) else ():
                operation["responses"]["200"]["content"][form] = {"schema": {"type": "string"}}
    fold(found)
    return found


def as_yaml(spec: dict[str, Any]) -> bytes:
    """The document as it is checked in under `openapi/`."""
    plain = orjson.loads(orjson.dumps(spec))
    return yaml.dump(plain, Dumper=yaml.CSafeDumper, sort_keys=True, allow_unicode=True, width=120).encode()


def _written(form: str, write: Callable[[dict[str, Any]], bytes]) -> bytes:
    """The document's bytes, kept: writing it as YAML takes a second that no stranger should cost us twice."""
    name = f"rapport-document-{form}"
    kept: bytes | None = current_app.extensions.get(name)
    if kept is None:
        kept = current_app.extensions[name] = write(document())
    return kept


class ErrorCode(Shown):
    """One kind of error."""

    code = fields.String(required=True)
    status = fields.Integer(required=True)
    meaning = fields.String(required=True)


class ErrorCatalogue(Shown):
    """Every error code."""

    items = fields.List(fields.Nested(ErrorCode), required=True)
    example = {"items": [{"code": "NOT_FOUND", "status": 404, "meaning": CATALOGUE["NOT_FOUND"].meaning}]}


@room.get("/openapi.json", may=None, out=None)
def openapi_json(_call: Call) -> Reply:
    """This document as JSON."""
    return Reply(_written("json", orjson.dumps))


@room.get("/openapi.yaml", may=None, out=None, content_type="application/yaml")
def openapi_yaml(_call: Call) -> Reply:
    """This document as YAML."""
    return Reply(_written("yaml", as_yaml))


@room.get("/errors", may=None, out=ErrorCatalogue)
def list_error_codes(_call: Call) -> dict[str, Any]:
    """Every error code with its status and meaning."""
    return {
        "items": [
            {"code": code.name, "status": STATUS[code.name], "meaning": code.meaning} for code in CATALOGUE.values()
        ]
    }


@room.get("/docs", may=None, out=None, content_type="text/html; charset=utf-8")
def swagger_ui(_call: Call) -> Reply:
    """Swagger UI: read and try this API in a browser."""
    return Reply(_PAGE)


@room.get("/docs/<string:file>", may=None, out=None, errors=[NOT_FOUND], content_type="*/*")
def swagger_ui_file(_call: Call, file: str) -> Reply:
    """A file of Swagger UI, from our own host."""
    if file == "start.js":
        return Reply(_START, content_type="text/javascript")
    if file not in _SWAGGER_FILES:
        raise RapportError(NOT_FOUND)
    content = importlib.resources.files("flask_swagger_ui").joinpath("dist", file).read_bytes()
    return Reply(
        content,
        content_type=mimetypes.guess_type(file)[0] or "application/octet-stream",
        headers={"Cache-Control": "public, max-age=86400"},
    )


def _catalogue() -> str:
    rows = [f"| `{code.name}` | {STATUS[code.name]} | {code.meaning} |" for code in CATALOGUE.values()]
    return "\n".join(["| code | status | meaning |", "| --- | --- | --- |", *rows])
