"""One visit of a page: who comes, what they ask the API for, and how the page comes out.

    pages = Pages("accounts")

    @pages.get("/accounts")
    def accounts(visit: Visit) -> Response:
        return visit.show("accounts/list.html", found=visit.ask.read(list_accounts))

A page that is read sees one instant. A form that is refused is answered with what is wrong alone, which the browser
puts into the form, so that nothing that was typed is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, redirect, request

from rapport.console import signing
from rapport.console.render import render
from rapport.http import errors
from rapport.http.context import Service
from rapport.http.context import service as here
from rapport.http.guards import ANONYMOUS, require
from rapport.http.inside import Inside
from rapport.inbox.api.sharing import show_counters
from rapport.kernel.errors import RATE_LIMITED, UNAUTHENTICATED, RapportError
from rapport.kernel.principal import Principal
from rapport.people.api.auth import show_profile
from rapport.people.api.clients import list_clients
from rapport.rules.permissions import Permission

Page = Callable[..., Response]
SIGN_IN = "/sign-in"


@dataclass
class Visit:
    """Somebody on a page."""

    service: Service
    principal: Principal
    ask: Inside = field(init=False)

    def __post_init__(self) -> None:
        self.ask = Inside(self.service, self.principal)

    @property
    def may_write(self) -> bool:
        return self.principal.may(Permission.WRITE)

    @property
    def may_manage(self) -> bool:
        return self.principal.may(Permission.MANAGE)

    @property
    def may_work(self) -> bool:
        """Whether jobs and the like are theirs to look after."""
        return self.may_write

    @property
    def in_part(self) -> bool:
        """Whether htmx asks for a part of a page."""
        return "HX-Request" in request.headers

    @cached_property
    def me(self) -> dict[str, Any]:
        return self.ask.read(show_profile)

    @cached_property
    def clients(self) -> list[dict[str, Any]]:
        """The clients one may choose between, by name."""
        return self.ask.read(list_clients, {"limit": "200"})["items"]

    @cached_property
    def client(self) -> dict[str, Any] | None:
        """The client that was chosen; None is all of them."""
        wanted = request.args.get("client", request.cookies.get(signing.CLIENT, ""))
        if len(self.clients) == 1:
            return self.clients[0]
        return next((each for each in self.clients if each["id"] == wanted), None)

    @cached_property
    def client_names(self) -> dict[str, str]:
        return {each["id"]: each["name"] for each in self.clients}

    @cached_property
    def counted(self) -> dict[str, Any]:
        """How many conversations stand how."""
        found: dict[str, Any] = self.ask.read(show_counters, {"client_id": self.client["id"]} if self.client else {})
        return found

    def of_client(self, **query: str) -> dict[str, str]:
        """The query of a list, within the chosen client."""
        return {**query, "filter[client_id]": self.client["id"]} if self.client is not None else query

    def show(self, template: str, *, status: int = 200, **more: Any) -> Response:
        """A whole page."""
        said = signing.said(self.service, request)
        page = render(template, visit=self, here=request.path, args=request.args, said=said, **self._frame(), **more)
        answer = Response(page, status, mimetype="text/html")
        if said is not None:
            signing.forget(self.service, answer, signing.SAID)
        if "client" in request.args:
            signing.keep(self.service, answer, signing.CLIENT, self.client["id"] if self.client else "")
        return answer

    def part(self, template: str, *, status: int = 200, **more: Any) -> Response:
        """A part of a page."""
        page = render(template, visit=self, here=request.path, args=request.args, **self._frame(), **more)
        return Response(page, status, mimetype="text/html")

    def go(self, where: str, said: str | None = None, *, tone: str = "good") -> Response:
        """On to another page, which says what was done."""
        told = Response(status=204, headers={"HX-Redirect": where})
        answer: Any = told if self.in_part else redirect(where, 303)
        if said is not None:
            signing.say(self.service, answer, said, tone=tone)
        return answer

    def back(self, otherwise: str) -> str:
        """Where a form wants to go on: a page of ours."""
        given = request.form.get("back")
        return signing.next_page(given) if given else otherwise

    def _frame(self) -> dict[str, Any]:
        theme = request.cookies.get(signing.THEME, "")
        return {
            "theme": theme if theme in signing.THEMES else "",
            "form_word": signing.form_word(self.service, self.principal),
            "now": self.service.clock.now(),
        }


class Pages(Blueprint):
    """Some of the console's pages."""

    def __init__(self, name: str) -> None:
        super().__init__(f"console-{name}", __name__)

    def get(self, rule: str, *, may: Permission = Permission.READ) -> Callable[[Page], Page]:
        return self._page("GET", rule, may)

    def post(self, rule: str, *, may: Permission = Permission.WRITE) -> Callable[[Page], Page]:
        return self._page("POST", rule, may)

    def _page(self, method: str, rule: str, may: Permission) -> Callable[[Page], Page]:
        def declare(view: Page) -> Page:
            def endpoint(**path: Any) -> Response:
                service: Service = here()
                request.environ["rapport.route"] = rule
                request.environ["rapport.page"] = True
                try:
                    visit = _admit(service)
                except RapportError as refusal:
                    if refusal.code is not UNAUTHENTICATED:
                        raise
                    return _ask_to_sign_in()
                require(visit.principal, (may,))
                if method == "POST":
                    signing.refuse_forged(request, service, visit.principal)
                    return _fresh(view(visit, **path))
                with visit.ask.at_one_instant():
                    return _fresh(view(visit, **path))

            self.add_url_rule(rule, f"{method.lower()}_{view.__name__}", endpoint, methods=[method])
            return view

        return declare


def _admit(service: Service) -> Visit:
    """Establish who comes by their cookie, and count the visit as the API counts requests."""
    request.environ["rapport.principal"] = ANONYMOUS
    cookie = request.cookies.get(signing.session_cookie(service))
    if cookie is None:
        raise RapportError(UNAUTHENTICATED)
    try:
        principal = service.door.of_page(cookie)
    except RapportError:
        raise RapportError(UNAUTHENTICATED) from None  # also when it is merely too old: there is nothing to refresh
    request.environ["rapport.principal"] = principal
    allowance = service.counters.hit("api", principal.actor.id or "-", limit=service.settings.rate_limit_per_minute)
    if not allowance.allowed:
        raise RapportError(RATE_LIMITED, retry_after=allowance.reset_in)
    return Visit(service, principal)


def _ask_to_sign_in() -> Response:
    """To the sign-in, and back here afterwards; what was a form is not sent again by itself."""
    if "HX-Request" in request.headers:
        return Response(status=401, headers={"HX-Redirect": SIGN_IN})
    if request.method not in ("GET", "HEAD"):
        raise RapportError(UNAUTHENTICATED)
    return redirect(f"{SIGN_IN}?next={quote(request.full_path.rstrip('?'))}", 303)  # type: ignore[return-value]


def _fresh(answer: Response) -> Response:
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


_PLAIN_PATHS = ("/api/", "/health", "/metrics")


def dress(error: RapportError, answer: Response) -> Response:
    """A refusal as people read it, where a person asked; programs get the one shape that the API has."""
    if "rapport.page" not in request.environ:
        wants = request.accept_mimetypes.best_match(("application/json", "text/html")) == "text/html"
        if request.path.startswith(_PLAIN_PATHS) or not wants:
            return answer
    status = errors.STATUS[error.code.name]
    if "HX-Request" in request.headers and request.method != "GET":
        page = render("refused_form.html", error=error, status=status)
        dressed = Response(page, status, mimetype="text/html")
        dressed.headers["HX-Retarget"] = "find .problems"
        dressed.headers["HX-Reswap"] = "innerHTML"
    else:
        theme = request.cookies.get(signing.THEME, "")
        page = render(
            "error.html",
            error=error,
            status=status,
            theme=theme if theme in signing.THEMES else "",
            request_id=request.environ.get("rapport.request_id"),
        )
        dressed = Response(page, status, mimetype="text/html")
    for name in ("Retry-After", "Allow"):
        if name in answer.headers:
            dressed.headers[name] = answer.headers[name]
    dressed.headers["Cache-Control"] = "no-store"
    return dressed
