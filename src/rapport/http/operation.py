"""Operations: what a room's `api` module declares, once, to be both served and documented.

    room = Room("clients", "/clients", "The agency's clients.")

    @room.get("/<id:client_id>", may=Permission.READ, out=ClientOut, errors=[NOT_FOUND])
    def show_client(call: Call, client_id: str) -> dict:
        '''Show a client.'''

A read runs in autocommit, a write in one transaction that also keeps the answer for its Idempotency-Key.
A view returns a value; status, ETag, cache, headers and documentation are made here from the declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import Schema
from werkzeug.datastructures import MultiDict

from rapport.http import cache, crossing, documentation, files, formats, idempotency
from rapport.http.bodies import json_body, load
from rapport.http.context import Call, Reply, Service, service
from rapport.http.declaration import DECLARED, Operation
from rapport.http.etags import dump, etag_of, matches
from rapport.http.guards import ANONYMOUS, require
from rapport.http.lists import asked_of, list_query, page_body, refuse_repeats
from rapport.http.repeating import answered
from rapport.http.transaction import reading
from rapport.kernel.errors import METHOD_NOT_ALLOWED, RATE_LIMITED, VALIDATION_FAILED, Code, RapportError
from rapport.kernel.listing import Asked, Listing, Page
from rapport.kernel.principal import Principal
from rapport.kernel.tx import Tx
from rapport.rules.permissions import Permission

View = Callable[..., Any]
NO_READING: Any = None
"""What a view that begins its own transactions has in place of one."""


class Room(Blueprint):
    """A room's part of the API."""

    def __init__(self, name: str, prefix: str, about: str) -> None:
        super().__init__(name, name, url_prefix=prefix, description=about)
        self.operations: list[Operation] = []
        self._docstrings: list[str] = []

    def get(self, rule: str, **declared: Any) -> Callable[[View], View]:
        return self._operation("GET", rule, **{"status": 200, "reads_only": True, **declared})

    def post(self, rule: str, **declared: Any) -> Callable[[View], View]:
        return self._operation("POST", rule, **{"status": 201, "once": True, **declared})

    def put(self, rule: str, **declared: Any) -> Callable[[View], View]:
        return self._operation("PUT", rule, **{"status": 200, **declared})

    def patch(self, rule: str, **declared: Any) -> Callable[[View], View]:
        return self._operation("PATCH", rule, **{"status": 200, **declared})

    def delete(self, rule: str, **declared: Any) -> Callable[[View], View]:
        return self._operation("DELETE", rule, **{"status": 204, "out": None, **declared})

    def _operation(
        self,
        method: str,
        rule: str,
        *,
        may: Permission | tuple[Permission, ...] | None,
        out: type[Schema] | None,
        status: int,
        **declared: Any,
    ) -> Callable[[View], View]:
        def declare(view: View) -> View:
            listing: Listing | None = declared.get("listing")
            if listing is not None and "query" not in declared:
                declared["query"] = list_query(listing)
            errors: Iterable[Code] = declared.pop("errors", ())
            permissions = () if may is None else may if isinstance(may, tuple) else (may,)
            operation = Operation(
                method, rule, view.__name__, permissions, out, status, errors=tuple(errors), **declared
            )
            endpoint = _endpoint(operation, view)
            self.operations.append(operation)
            DECLARED[view] = operation
            self._docstrings.append(view.__doc__ or "")
            if operation.origins is None:
                self.add_url_rule(rule, view.__name__, endpoint, methods=[method])
            else:  # a browser asks first whether the page may ask
                methods = [method, "OPTIONS"]
                self.add_url_rule(rule, view.__name__, endpoint, methods=methods, provide_automatic_options=False)
            return view

        return declare

    def _store_endpoint_docs(self, *_: Any, **__: Any) -> None:
        """Nothing yet: describing every operation takes longer than the rest of a start, and few starts need it."""

    def register_views_in_doc(self, *where: Any, **named: Any) -> None:
        self._docs = {
            operation.name: {
                operation.method.lower(): documentation.described(operation, docstring, self),
                "parameters": None,
            }
            for operation, docstring in zip(self.operations, self._docstrings, strict=True)
        }
        super().register_views_in_doc(*where, **named)


def _endpoint(operation: Operation, view: View) -> View:
    body_schema = operation.body() if operation.body else None
    query_of = _query_reader(operation)

    def endpoint(**path: Any) -> Response:
        if request.method == "HEAD" and not operation.reads_only:
            raise RapportError(METHOD_NOT_ALLOWED)
        here: Service = service()
        if operation.origins is not None:
            crossing.let_in(request, here, operation.origins, path)
            if request.method == "OPTIONS":
                return Response(status=204)
        principal = admit(here, operation)
        query = query_of(request.environ.get("QUERY_STRING", ""))
        body = json_body(request, body_schema) if body_schema is not None else {}
        asked = (
            asked_of(operation.listing, query, route=_route(operation), scope=principal.scope, keys=here.keys)
            if operation.listing is not None
            else Asked()
        )
        if operation.own:
            call = Call(here, principal, NO_READING, body=body, query=query, asked=asked)
            return _reply_to(view(call, **path), operation)
        if operation.reads_only:
            return _read(here, operation, view, principal, path, query, asked)
        if operation.file is not None:
            upload = files.take(request, most=operation.file, folder=here.settings.home)
            with closing(upload):
                return _write(here, operation, view, principal, path, query, body, upload)
        return _write(here, operation, view, principal, path, query, body)

    endpoint.__name__ = view.__name__
    return endpoint


def admit(here: Service, operation: Operation) -> Principal:
    """Establish the caller, count the request, and check the permission."""
    environ = request.environ
    environ["rapport.route"] = _route(operation)
    if not operation.may:
        principal = ANONYMOUS
        key = request.remote_addr or "-"
    else:
        token = request.args.get("token") if operation.stream else None
        principal = here.door.identify(request) if token is None else here.door.by_stream_token(token)
        key = principal.actor.id or "-"
    environ["rapport.principal"] = principal
    if operation.limited:
        allowance = environ.get("rapport.allowance")  # counted before, by the layer of kept answers
        if allowance is None:
            allowance = here.counters.hit("api", key, limit=here.settings.rate_limit_per_minute)
            environ["rapport.allowance"] = allowance
        if not allowance.allowed:
            raise RapportError(RATE_LIMITED, retry_after=allowance.reset_in)
    if operation.may:
        require(principal, operation.may)
    return principal


def _read(
    here: Service, operation: Operation, view: View, principal: Principal, path: Any, query: Any, asked: Asked
) -> Response:
    environ = request.environ
    form = formats.chosen(environ, operation, query)
    caching = operation.cached and form is None and here.settings.cache_seconds > 0 and not cache.bypassed(environ)
    key: str = environ.get("rapport.cache_key", "")
    if caching and not key:
        key = cache.key_of(here, principal, environ)
        kept = cache.find(here, key)
        if kept is not None:
            return _conditional(kept.body, kept.etag, operation, hit="hit")
    with reading(here, principal) as opened:
        result = view(Call(here, principal, opened, query=query, asked=asked), **path)
    if isinstance(result, Page):
        result = page_body(result, asked, route=_route(operation), scope=principal.scope, keys=here.keys)
    if isinstance(result, Reply):
        if isinstance(result.body, bytes) and result.status is None:
            return _conditional(result.body, etag_of(result.body), operation, hit=None, reply=result)
        return _reply(result, operation)
    if form is not None:
        made = formats.made(form, operation, result, at=here.clock.now())
        return _conditional(made.body, etag_of(made.body), operation, hit=None, reply=made)
    body = dump(result)
    etag = etag_of(body)
    if caching:
        cache.keep(here, key, cache.Cached(etag, body))
    return _conditional(body, etag, operation, hit="miss" if caching else None)


def _write(
    here: Service,
    operation: Operation,
    view: View,
    principal: Principal,
    path: Any,
    query: Any,
    body: Any,
    upload: files.Upload | None = None,
) -> Response:
    route = f"{operation.method} {_route(operation)}"
    once = idempotency.once_of(request, principal, route, file=upload) if operation.once else None
    prepared = None
    if operation.before is not None:
        prepared = operation.before(Call(here, principal, NO_READING, body=body, query=query, file=upload), **path)

    def act(tx: Tx) -> Response:
        call = Call(here, principal, tx, body=body, query=query, file=upload, prepared=prepared)
        return _reply_to(view(call, **path), operation)

    return answered(here, principal, once, act)


def _reply_to(result: Any, operation: Operation) -> Response:
    if isinstance(result, Response):
        return result
    return _reply(result if isinstance(result, Reply) else Reply(result), operation)


def _reply(reply: Reply, operation: Operation) -> Response:
    status = reply.status or operation.status
    if isinstance(reply.body, bytes | Iterator):
        answer = Response(reply.body, status, content_type=reply.content_type or operation.content_type)
    elif reply.body is None:
        answer = Response(b"", status)
        del answer.headers["Content-Type"]
    else:
        body = dump(reply.body)
        answer = Response(body, status, content_type="application/json")
        if operation.if_match:
            answer.headers["ETag"] = etag_of(body)
    for name, value in reply.headers.items():
        answer.headers[name] = value
    if operation.no_store:
        answer.headers["Cache-Control"] = "no-store"
    return answer


def _conditional(
    body: bytes, etag: str, operation: Operation, *, hit: str | None, reply: Reply | None = None
) -> Response:
    """The body, or 304 when the caller has it already."""
    headers = cache.headers(etag, hit, operation)
    given = request.environ.get("HTTP_IF_NONE_MATCH")
    if given is not None and matches(given, etag):
        answer = Response(status=304, headers=headers)
    else:
        content_type = (reply.content_type if reply is not None else None) or operation.content_type
        answer = Response(body, operation.status, headers=headers, content_type=content_type)
    if operation.no_store:
        answer.headers["Cache-Control"] = "no-store"
    if reply is not None:
        answer.headers.update(reply.headers)
    return answer


def _query_reader(operation: Operation) -> Callable[[str], dict[str, Any]]:
    """Reads a query string; the same string is checked once, for it means the same each time."""
    schema = operation.query() if operation.query is not None else None

    @lru_cache(maxsize=512)
    def read(text: str) -> dict[str, Any]:
        given = MultiDict(parse_qsl(text, keep_blank_values=True, errors="replace"))
        if schema is None:
            if given:
                raise RapportError(VALIDATION_FAILED, details={name: ["Unknown parameter."] for name in given})
            return {}
        refuse_repeats([name for name, _ in given.items(multi=True)])
        if any("\x00" in value for value in given.values()):
            raise RapportError(VALIDATION_FAILED, details={"query": ["NUL characters are not accepted."]})
        return load(schema, given.to_dict())

    return read


def _route(operation: Operation) -> str:
    return str(request.url_rule) if request.url_rule is not None else operation.rule
