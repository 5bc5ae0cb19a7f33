"""The API's operations asked from inside the process: the same rights, checks and scope, without a wire between.

    asked.read(campaigns.show_campaign, campaign_id=…)
    asked.write(campaigns.pause_campaign, {"reason": "A holiday."}, campaign_id=…)

What is asked is the view itself, so that nothing can be asked that the API does not offer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rapport.http.bodies import load
from rapport.http.context import Call, Reply, Service
from rapport.http.declaration import DECLARED, Operation
from rapport.http.files import Upload
from rapport.http.guards import require
from rapport.http.lists import asked_of, page_body
from rapport.http.transaction import reading, transaction
from rapport.kernel.listing import Asked, Page
from rapport.kernel.principal import Principal
from rapport.kernel.tx import Reading

View = Callable[..., Any]
NO_READING: Any = None


class Inside:
    """Asks for one caller."""

    def __init__(self, service: Service, principal: Principal) -> None:
        self._service = service
        self._principal = principal
        self._reading: Reading | None = None

    def may(self, view: View) -> bool:
        """Whether the caller may ask for this at all."""
        operation = DECLARED[view]
        return not operation.may or not self._principal.permissions.isdisjoint(operation.may)

    @contextmanager
    def at_one_instant(self) -> Iterator[None]:
        """All reads inside are of one connection and bear one instant."""
        with reading(self._service, self._principal) as opened:
            self._reading = opened
            try:
                yield
            finally:
                self._reading = None

    def read(self, view: View, query: Mapping[str, str] | None = None, **path: Any) -> Any:
        """The answer of an operation that reads."""
        operation = DECLARED[view]
        asked, checked = self._checked(operation, query)
        if operation.own:
            return _plain(view(self._call(NO_READING, asked=asked, query=checked), **path))
        if self._reading is None:
            with self.at_one_instant():
                return self._answer(operation, view, asked, checked, path)
        return self._answer(operation, view, asked, checked, path)

    def fetch(self, view: View, **path: Any) -> Reply:
        """The answer of an operation that gives bytes, with its headers."""
        operation = DECLARED[view]
        asked, checked = self._checked(operation, None)
        found = view(self._call(NO_READING, asked=asked, query=checked), **path)
        return found if isinstance(found, Reply) else Reply(found)

    def write(
        self,
        view: View,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        file: Upload | None = None,
        **path: Any,
    ) -> Any:
        """The answer of an operation that writes, in a transaction of its own."""
        operation = DECLARED[view]
        _, checked = self._checked(operation, query)
        given = load(operation.body(), dict(body or {})) if operation.body else {}
        if operation.own:
            return _plain(view(self._call(NO_READING, body=given, query=checked, file=file), **path))
        prepared = None
        if operation.before is not None:
            prepared = operation.before(self._call(NO_READING, body=given, query=checked, file=file), **path)
        with transaction(self._service, self._principal) as tx:
            return _plain(view(self._call(tx, body=given, query=checked, file=file, prepared=prepared), **path))

    def _answer(self, operation: Operation, view: View, asked: Asked, query: dict[str, Any], path: Any) -> Any:
        found = view(self._call(self._reading, asked=asked, query=query), **path)
        if isinstance(found, Page):
            return page_body(found, asked, route=operation.name, scope=self._principal.scope, keys=self._service.keys)
        return _plain(found)

    def _checked(self, operation: Operation, query: Mapping[str, str] | None) -> tuple[Asked, dict[str, Any]]:
        if operation.may:
            require(self._principal, operation.may)
        checked = load(operation.query(), dict(query or {})) if operation.query is not None else {}
        if operation.listing is None:
            return Asked(), checked
        scope, keys = self._principal.scope, self._service.keys
        return asked_of(operation.listing, checked, route=operation.name, scope=scope, keys=keys), checked

    def _call(self, opened: Any, **more: Any) -> Call:
        return Call(self._service, self._principal, opened, **more)


def _plain(answer: Any) -> Any:
    return answer.body if isinstance(answer, Reply) else answer
