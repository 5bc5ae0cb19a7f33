"""The walk itself: every rule, as every kind of caller, with every place an id can stand in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from werkzeug.test import TestResponse

from rapport.http import openapi
from rapport.kernel.principal import Actor
from rapport.people import keys, sessions, users
from rapport.people.models import Client, User, UserSession
from rapport.rules.permissions import Permission, Role
from tests.http.routes import GRANTS, IDS, PLAIN, ROUTES, UNKNOWN, Row, fill_with, is_page
from tests.stage import Person, Stage
from tests.statements import statements

_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
_FILTER = re.compile(r"filter\[(\w+)\](?:\[in\])?")
CLIENT_SCOPES = (Permission.READ, Permission.WRITE, Permission.JOBS, Permission.CALLBACKS)
Ids = dict[str, str]


@dataclass
class Caller:
    """Somebody who calls, what they may do, and whose rows are theirs."""

    name: str
    kind: str
    person: Person
    side: Side | None
    """None: all clients are theirs, or none at all."""
    user: User | None = None
    refused: bool = False
    """Their credential is no good (any more)."""

    @property
    def actor(self) -> Actor:
        return Actor("user" if self.user is not None else "api_key", self.person.id)

    @property
    def sees_all(self) -> bool:
        return self.kind in ("admin", "agency key")


@dataclass
class Side:
    """One of the two clients: whose name nobody of the other may ever read."""

    client: Client
    mark: str
    user: User
    agent: Person
    ids: Ids = field(default_factory=dict)


@dataclass
class Walk:
    """What was walked, and every answer that was not as it must be."""

    cells: Counter[str] = field(default_factory=Counter)
    breaches: list[str] = field(default_factory=list)
    marks: int = 0


class World:
    """Two clients full of marked text, and everybody who might call."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.sides = [self._side("acme"), self._side("globex")]
        self.callers = list(self._callers())
        with stage.app.app_context():
            self.document = openapi.document()

    def _side(self, name: str) -> Side:
        stage = self.stage
        mark = f"canary{name}"
        client = stage.client(f"{mark} GmbH")
        user = stage.user(mark, Role.AGENT, client)
        side = Side(client, mark, user, stage.signed_in(user))
        stage.user(f"{mark}2", Role.VIEWER, client)
        fill_with(stage, client, side.agent, mark)
        self.renew(side, IDS)
        return side

    def renew(self, side: Side, names: Iterable[str]) -> None:
        """Make a client's things anew, of which there are ids with these names."""
        its_agent = Caller("its agent", "agent", side.agent, side, side.user)
        side.ids |= {name: IDS[name](self.stage, side.client, its_agent) for name in names if name in IDS}

    def _callers(self) -> Iterator[Caller]:
        stage = self.stage
        acme, globex = self.sides
        viewer = stage.user("viewer", Role.VIEWER, acme.client)
        yield Caller("anonymous", "anonymous", stage.nobody, None, refused=True)
        yield Caller("viewer of A", "viewer", stage.signed_in(viewer), acme, viewer)
        yield Caller("agent of A", "agent", acme.agent, acme, acme.user)
        yield Caller("expired token of A", "agent", self._expired(acme.user), acme, acme.user, refused=True)
        yield Caller("ended session of A", "agent", self._ended(acme.user), acme, acme.user, refused=True)
        yield Caller("key of A", "key", stage.key(*CLIENT_SCOPES, of=acme.client), acme)
        yield Caller("callback key of A", "callback key", stage.key(Permission.CALLBACKS, of=acme.client), acme)
        yield Caller("reading key of A", "reading key", stage.key(Permission.READ, of=acme.client), acme)
        yield Caller("revoked key of A", "key", self._revoked(acme.client), acme, refused=True)
        yield Caller("deactivated agent of A", "agent", self._deactivated(acme.client), acme, refused=True)
        yield Caller("agent of B", "agent", globex.agent, globex, globex.user)
        yield Caller("key of B", "key", stage.key(*CLIENT_SCOPES, of=globex.client), globex)
        root = stage.user("rooted", Role.ADMIN)
        yield Caller("admin", "admin", stage.signed_in(root), None, root)
        agency = stage.key(*(set(Permission) - {Permission.SELF}))
        yield Caller("agency key", "agency key", agency, None)

    def standing_ids(self, caller: Caller) -> Ids:
        """Ids of the caller's client that are there for the whole walk."""
        side = caller.side or self.sides[0]
        return side.ids | {name: make(self.stage) for name, make in PLAIN.items()}

    def path(self, rule: str, ids: Ids) -> str:
        return _ARGUMENT.sub(lambda match: ids[match[1]], rule)

    def _expired(self, user: User) -> Person:
        stage = self.stage
        person = stage.signed_in(user)
        person.credential = stage.service.tokens.mint(
            user_id=user.id,
            session_id=person.session_id,
            token_id=UNKNOWN,
            now=stage.clock.now() - timedelta(hours=1),
            life=timedelta(minutes=15),
        )
        person.cookie = stage.service.cookies.mint(
            user_id=user.id,
            session_id=person.session_id,
            token_id=UNKNOWN,
            now=stage.clock.now() - timedelta(hours=1),
            life=timedelta(minutes=15),
        )
        return person

    def _revoked(self, client: Client) -> Person:
        person = self.stage.key(*CLIENT_SCOPES, of=client)
        with self.stage.tx() as tx:
            keys.revoke(tx, keys.get(tx, person.id))
        return person

    def _deactivated(self, client: Client) -> Person:
        user = self.stage.user("gone", Role.AGENT, client)
        person = self.stage.signed_in(user)
        with self.stage.tx() as tx:
            users.change(tx, users.get(tx, user.id), {"active": False})
        return person

    def _ended(self, user: User) -> Person:
        person = self.stage.signed_in(user)
        with self.stage.tx() as tx:
            sessions.end_session(tx, tx.session.get_one(UserSession, person.session_id), reason="signed_out")
        return person


def rules(stage: Stage) -> list[str]:
    """Every route of the running application, as `METHOD rule`; what deletes comes last."""
    found = {
        f"{method} {rule.rule}"
        for rule in stage.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    return sorted(found, key=lambda route: (route.startswith("DELETE"), route))


def walk(world: World, *, harmful: bool = False) -> Walk:
    """Call everything as everybody, first with others' ids, then with one's own (which changes things).

    Where it is expected that others' things are changed, `harmful`, each route finds new ones.
    """
    done = Walk()
    for route in rules(world.stage):
        row = ROUTES[route]
        for side in world.sides if harmful else ():
            world.renew(side, _ARGUMENT.findall(route))
        for caller in _who_calls(world, route):
            _Steps(world, done, route, row, caller).foreign()
    for route in rules(world.stage):
        row = ROUTES[route]
        for caller in _who_calls(world, route):
            _Steps(world, done, route, row, caller).own()
    return done


_WITHOUT_A_BROWSER = ("callback key of A", "reading key of A", "revoked key of A", "key of B", "agency key")


def _who_calls(world: World, route: str) -> list[Caller]:
    """Everybody; of those who have no cookie one is enough for a page."""
    return [caller for caller in world.callers if not is_page(route) or caller.name not in _WITHOUT_A_BROWSER]


class _Steps:
    """All cells of one route and one caller."""

    def __init__(self, world: World, done: Walk, route: str, row: Row, caller: Caller) -> None:
        self.world, self.done, self.route, self.row, self.caller = world, done, route, row, caller
        self.stage = world.stage
        self.method, self.rule = route.split(" ", 1)
        self.page = is_page(route)
        self.stranger = caller.refused or (self.page and caller.user is None)
        """Nobody who is let in here: of a page, also whoever has no browser that signed in."""
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", self.rule)
        self.parameters = [
            parameter["name"]
            for parameter in world.document["paths"].get(path, {}).get(self.method.lower(), {}).get("parameters", [])
            if isinstance(parameter, dict) and "name" in parameter
        ]

    # One's own

    def own(self) -> None:
        caller, row = self.caller, self.row
        if not row.may:
            expected = row.answers
        elif self.stranger:
            expected = 303 if self.page and self.method == "GET" else 401
        elif GRANTS[caller.kind].isdisjoint(row.may.split()):
            expected = 403
        else:
            expected = row.answers
        person = caller.person
        if expected == row.answers and "self" in row.may and self.method != "GET" and caller.user is not None:
            caller = self._twin()
            person = caller.person
        needed = {*_ARGUMENT.findall(self.rule), *wanted(row.body), *wanted(row.query)}
        ids = self._fresh_ids(caller, needed) if expected == row.answers else self._standing_ids()
        answer = self._call(person, ids, ids)
        self._judge("own ids", answer, [expected])
        if self.page and self.stranger and row.may and expected == 303 and "/sign-in" not in answer.headers["Location"]:
            self._breach("own ids", f"sent to {answer.headers['Location']}, not to the door")

    def _twin(self) -> Caller:
        """Somebody like the caller who may be signed out or changed without consequence for the walk."""
        assert self.caller.user is not None
        of = [self.caller.side.client] if self.caller.side else []
        user = self.stage.user(f"twin{self.stage.number()}", Role(self.caller.user.role), *of)
        return Caller(self.caller.name, self.caller.kind, self.stage.signed_in(user), self.caller.side, user)

    def _fresh_ids(self, caller: Caller, needed: set[str]) -> Ids:
        if caller.side is not None:
            client = caller.side.client
        else:  # whoever sees all may also archive: not what the others still need
            client = self.stage.client(f"client {self.stage.number()}") if needed else self.world.sides[0].client
        made = {name: IDS[name](self.stage, client, caller) for name in needed if name in IDS}
        return made | {name: PLAIN[name](self.stage) for name in needed if name in PLAIN}

    # Another client's

    def foreign(self) -> None:
        if self.caller.sees_all:
            return
        self.caller.person.get("/auth/me")  # so that the door knows the caller, whichever id is asked for first
        if self.page and self.caller.person.cookie is not None:
            self.caller.person.visit("/leads/imports/new")
        for other in self.world.sides:
            if other is self.caller.side:
                continue
            self._in_path(other)
            self._in_query(other)
            self._in_filters(other)
            self._in_body(other)
            self._by_cursor(other)
            self._by_idempotency_key(other)

    def _standing_ids(self) -> Ids:
        return self.world.standing_ids(self.caller)

    def _in_path(self, other: Side) -> None:
        for name in _ARGUMENT.findall(self.rule):
            if name in IDS:
                self._alike(f"{name} in the path", other, path={name: other.ids[name]}, unknown={name: UNKNOWN})

    def _in_query(self, other: Side) -> None:
        for name in set(wanted(self.row.query)):
            self._alike(f"{name} in the query", other, rest={name: other.ids[name]}, unknown={name: UNKNOWN})

    def _in_body(self, other: Side) -> None:
        for name in set(wanted(self.row.body)) & set(IDS):
            self._alike(f"{name} in the body", other, rest={name: other.ids[name]}, unknown={name: UNKNOWN})

    def _in_filters(self, other: Side) -> None:
        for parameter in self.parameters:
            match = _FILTER.fullmatch(parameter)
            if match is None or match[1] not in IDS:
                continue
            self._compare(
                parameter,
                other,
                other.ids[match[1]],
                lambda value, parameter=parameter: self._call(
                    self.caller.person, self._standing_ids(), self._standing_ids(), query={parameter: value}
                ),
                allowed=(200, 401, 403),
            )

    def _by_cursor(self, other: Side) -> None:
        if "cursor" not in self.parameters:
            return
        ids = other.ids | {name: make(self.stage) for name, make in PLAIN.items()}
        first = self._call(other.agent, ids, ids, query={"limit": "1"})
        if first.status_code != 200 or not first.json or not first.json["next_cursor"]:
            return
        mine = self._standing_ids()
        answer = self._call(self.caller.person, mine, mine, query={"limit": "1", "cursor": first.json["next_cursor"]})
        # The list of one's own sessions looks alike to everybody in scope; its rows are still one's own.
        own_only = "self" in self.row.may
        self._judge("cursor", answer, [400, 401, 403, *([200] if own_only else [])], other)

    def _by_idempotency_key(self, other: Side) -> None:
        """The other used this key with this very request: its answer is not for us."""
        if "Idempotency-Key" not in self.parameters or not {*wanted(self.row.body), *_ARGUMENT.findall(self.rule)}:
            return
        ids = other.ids | {name: make(self.stage) for name, make in PLAIN.items()}
        key = {"Idempotency-Key": f"{self.route}{self.stage.number()}".replace(" ", "-")}
        self._call(other.agent, ids, ids, headers=key)
        answer = self._call(self.caller.person, ids, ids, headers=key)
        unknown = {**ids, **dict.fromkeys(IDS, UNKNOWN)}
        plain = self._call(self.caller.person, unknown, unknown)
        self._judge("Idempotency-Key", answer, [plain.status_code], other)
        if "Idempotent-Replayed" in answer.headers:
            self._breach("Idempotency-Key", "got another's answer")
        if answer.get_data() != plain.get_data():
            self._breach("Idempotency-Key", f"{answer.get_data()!r}, unknown ids {plain.get_data()!r}")

    # How

    def _alike(
        self, place: str, other: Side, *, unknown: Ids, path: Ids | None = None, rest: Ids | None = None
    ) -> None:
        """With the other's id in one place all is as with an id that nobody has."""
        mine = self._standing_ids()
        value = next(iter((path or rest or {}).values()))
        name = next(iter(unknown))

        def call(given: str) -> TestResponse:
            changed = mine | {name: given}
            return self._call(self.caller.person, changed if path else mine, changed if rest else mine)

        allowed = (*((303,) if self.page and self.stranger else ()), 401, 403, 404)
        self._compare(place, other, value, call, allowed=allowed if path else None)

    def _compare(self, place: str, other: Side, foreign: str, call: Any, *, allowed: Any) -> None:
        with statements(self.stage) as for_foreign:
            answer = call(foreign)
        with statements(self.stage) as for_unknown:
            unknown = call(UNKNOWN)
        self._judge(place, answer, list(allowed or [unknown.status_code]), other)
        said, about = _said(answer, foreign), _said(unknown, UNKNOWN)
        if said != about:
            self._breach(place, f"said {said}, of an unknown id {about}")
        if for_foreign != for_unknown:
            self._breach(place, f"took {len(for_foreign)} statements, of an unknown id {len(for_unknown)}")

    def _call(self, person: Person, path_ids: Ids, rest_ids: Ids, *, query: Ids | None = None, **more: Any) -> Any:
        path = self.world.path(self.rule, path_ids)
        asked = {**filled(self.row.query, rest_ids), **(query or {})}
        self.done.cells[self.route] += 1
        if self.page:
            form = filled(self.row.body, rest_ids) if self.method != "GET" else None
            return person.visit(path, form, query_string=asked or None)
        return person.call(self.method, path, json=filled(self.row.body, rest_ids), query_string=asked or None, **more)

    def _judge(self, place: str, answer: TestResponse, allowed: list[int], other: Side | None = None) -> None:
        if answer.status_code not in allowed:
            said = answer.get_data()[:160]
            self._breach(place, f"answered {answer.status_code}, not {' or '.join(map(str, allowed))}: {said!r}")
        if self.caller.sees_all:
            return
        others = [other] if other else [side for side in self.world.sides if side is not self.caller.side]
        shown = answer.get_data().lower() + str(answer.headers).lower().encode()
        for side in others:
            if side.mark.encode() in shown:
                self.done.marks += 1
                self._breach(place, f"shows {side.mark}")

    def _breach(self, place: str, what: str) -> None:
        self.done.breaches.append(f"{self.route} · {self.caller.name} · {place}: {what}")


def wanted(template: Any) -> list[str]:
    """The names of ids that a template of a body or a query asks for."""
    if isinstance(template, str):
        match = re.fullmatch(r"<(\w+)>", template)
        return [match[1]] if match else []
    if isinstance(template, dict):
        return [name for each in template.values() for name in wanted(each)]
    return [name for each in template for name in wanted(each)] if isinstance(template, list) else []


def filled(template: Any, ids: Ids) -> Any:
    if isinstance(template, str) and (match := re.fullmatch(r"<(\w+)>", template)):
        return ids[match[1]]
    if isinstance(template, dict):
        return {key: filled(each, ids) for key, each in template.items()}
    return [filled(each, ids) for each in template] if isinstance(template, list) else template


def _said(answer: TestResponse, about: str) -> tuple[int, bytes]:
    """Status and body, with the id asked for taken out."""
    return answer.status_code, answer.get_data().replace(about.encode(), b"<id>")
