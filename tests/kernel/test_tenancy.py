"""Rows of a tenant are touched within a scope, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, exists, func, insert, select, text, update
from sqlalchemy.orm import aliased

from rapport.accounts.models import Account
from rapport.kernel.principal import SYSTEM
from rapport.kernel.tenancy import (
    ALL_CLIENTS,
    NO_CLIENTS,
    Scope,
    ScopedSession,
    ScopeError,
    only,
    owned_tables,
    within,
)
from rapport.people.models import Client, Membership, User
from tests import scopes

_A = Account.__table__
_M = Membership.__table__

BY_CLASS: dict[str, Callable[[], Any]] = {
    "rows": lambda: select(Account.name),
    "an alias": lambda: select(aliased(Account).name),
    "a join": lambda: select(Account.name).join(Client, Client.id == Account.client_id),
    "a subquery of users": lambda: select(User.name).where(User.id.in_(select(Membership.user_id))),
    "an exists": lambda: select(User.name).where(exists().where(Membership.user_id == User.id)),
    "a union": lambda: select(Account.name).union(select(Account.name)),
    "a count in a from": lambda: select(select(Account.name).subquery().c.name),
}
BARE: dict[str, Callable[[], Any]] = {
    "rows": lambda: select(_A.c.name),
    "a count": lambda: select(func.count()).select_from(_A),
    "a union": lambda: select(_A.c.name).union(select(_A.c.name)),
    "a join with a class": lambda: select(User.name).join(_M, _M.c.user_id == User.id),
    "beside a class": lambda: select(User.name).where(User.id == _M.c.user_id),
    "a subquery of a class": lambda: select(User.name).where(User.id.in_(select(_M.c.user_id))),
    "an update": lambda: update(_A).values(name="taken"),
    "a delete": lambda: delete(_A),
    "an insert": lambda: insert(_A).values(id="x"),
    "plain text": lambda: text("SELECT name FROM account"),
}


@pytest.fixture
def senders(stage):
    """One sender with each client, and one person."""
    stage.account("of Acme", of=stage.acme)
    stage.account("of Globex", of=stage.globex)
    assert stage.alice.id != stage.carol.id
    return stage


def seen(stage, statement: Any, scope: Scope) -> set[str]:
    with stage.service.reading(actor=SYSTEM, scope=scope) as reading:
        return set(reading.session.execute(statement).scalars())


def test_what_is_read_by_class_is_limited_to_the_scope_wherever_it_stands(senders):
    for shape, made in BY_CLASS.items():
        mine = seen(senders, made(), only([senders.acme.id]))

        assert mine in ({"of Acme"}, {"Alice"}), shape
        assert mine < seen(senders, made(), ALL_CLIENTS), shape
        assert seen(senders, made(), NO_CLIENTS) == set(), shape


@pytest.mark.parametrize("scope", [ALL_CLIENTS, NO_CLIENTS], ids=["all", "none"])
def test_a_bare_table_that_does_not_say_within_is_refused_even_to_those_who_see_all(senders, scope):
    let_through = []
    for shape, made in BARE.items():
        with senders.service.transaction(actor=SYSTEM, scope=scope) as tx:
            try:
                tx.session.execute(made())
                let_through.append(shape)
            except ScopeError:
                continue

    assert let_through == []


def test_a_session_without_a_scope_touches_nothing(senders):
    for made in BY_CLASS.values():
        with ScopedSession(senders.service.engine) as session, pytest.raises(ScopeError, match="no scope"):
            session.execute(made())


def test_a_session_without_a_scope_writes_nothing(senders):
    with ScopedSession(senders.service.engine) as session:
        session.add(Membership(user_id=senders.alice.id, client_id=senders.globex.id))
        with pytest.raises(ScopeError, match="no scope"):
            session.flush()


def test_a_row_of_another_client_cannot_be_fetched_written_changed_or_told_of(senders):
    foreign = senders.account("another of Globex", of=senders.globex)
    mine = only([senders.acme.id])

    with senders.service.transaction(actor=SYSTEM, scope=mine) as tx:
        assert tx.session.get(Account, foreign.id) is None
        assert tx.session.execute(update(Account).values(name="taken")).rowcount == 1
        assert tx.session.execute(delete(Account).where(Account.id == foreign.id)).rowcount == 0
    with pytest.raises(ScopeError), senders.service.transaction(actor=SYSTEM, scope=mine) as tx:
        tx.session.add(Membership(user_id=senders.alice.id, client_id=senders.globex.id, created_at=tx.now))
    with pytest.raises(ScopeError), senders.service.transaction(actor=SYSTEM, scope=mine) as tx:
        tx.emit("account.added", client_id=senders.globex.id, data={"name": "x"})

    assert seen(senders, select(Account.name), ALL_CLIENTS) == {"taken", "of Globex", "another of Globex"}


def test_a_row_cannot_be_moved_to_another_client(senders):
    with pytest.raises(ScopeError), senders.service.transaction(actor=SYSTEM, scope=only([senders.acme.id])) as tx:
        tx.session.execute(select(Account)).scalar_one().client_id = senders.globex.id


def test_every_table_with_a_client_is_known_to_belong_to_it():
    """A model that has a client_id but forgot the mixin would be read by everybody."""
    from rapport.assembly import METADATA

    about_clients = {"event_stream", "event_cursor"}  # how far logs go: read by client id, shown to admins
    with_client = {table.name for table in METADATA.sorted_tables if "client_id" in table.c}

    assert with_client - owned_tables() == about_clients
    assert owned_tables() - with_client == {"client"}


def test_the_run_catches_a_statement_that_only_says_it_is_scoped(senders):
    mine = only([senders.acme.id])
    let_through = []
    with senders.service.reading(actor=SYSTEM, scope=mine) as reading:
        held, same_owner = within(mine, _A.c.client_id), _M.c.client_id == _A.c.client_id
        members_of_mine = within(mine, _M.c.client_id)
        for shape, forgotten in {
            "no condition": select(_A.c.name),
            "a foreign client's": select(_A.c.name).where(_A.c.client_id == senders.globex.id),
            "a foreign scope's": select(_A.c.name).where(within(only([senders.globex.id]), _A.c.client_id)),
            "a join on what is no owner": select(_A.c.name, _M.c.user_id).where(held, _M.c.user_id != _A.c.id),
            "an owner that is not held": select(_A.c.name, _M.c.user_id).where(same_owner),
            "one side of an or": select(_A.c.name).where(held | (_A.c.name != "")),
            "what is denied": select(_A.c.name).where(~(held & (_A.c.name != ""))),
            "a column": select(_A.c.name, held),
            "an outer join's": select(_A.c.name).outerjoin(_M, same_owner & members_of_mine),
            "a full join's": select(_A.c.name).join(_M, same_owner & held, full=True),
            "a column's subquery's": select(
                _A.c.name, select(func.count(_M.c.user_id)).where(same_owner, members_of_mine).scalar_subquery()
            ),
            "an absence's": select(_A.c.name).where(~exists(_M.c.user_id).where(same_owner, members_of_mine)),
        }.items():
            try:
                reading.rows(forgotten)
                let_through.append(shape)
            except scopes.UnscopedError:
                continue
    with (
        pytest.raises(scopes.UnscopedError),
        senders.service.transaction(actor=SYSTEM, scope=NO_CLIENTS) as tx,
    ):
        tx.rows(insert(_M).values(user_id="x", client_id=senders.globex.id))
    assert let_through == []


def test_the_run_lets_pass_what_is_held_to_the_scope_by_itself_or_by_its_owner(senders):
    mine = only([senders.acme.id])
    held, same_owner = within(mine, _A.c.client_id), _M.c.client_id == _A.c.client_id
    members = select(func.count(_M.c.user_id)).where(same_owner).scalar_subquery()
    with senders.service.reading(actor=SYSTEM, scope=mine) as reading:
        for shape, scoped in {
            "itself": select(_A.c.name).where(held),
            "a join": select(_A.c.name).join(_M, same_owner).where(held).distinct(),
            "a join held from the other side": select(_A.c.name)
            .join(_M, same_owner)
            .where(within(mine, _M.c.client_id))
            .distinct(),
            "an outer join": select(_A.c.name).outerjoin(_M, same_owner).where(held).distinct(),
            "a column's subquery": select(_A.c.name, members).where(held),
            "a presence": select(_A.c.name).where(held, exists(_M.c.user_id).where(same_owner)),
        }.items():
            before = scopes.judged["statements"]
            assert set(reading.rows(scoped).scalars()) == {"of Acme"}, shape
            assert scopes.judged["statements"] == before + 1, shape
