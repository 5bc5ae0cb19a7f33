"""What is compiled once answers and fails as SQLAlchemy itself does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from rapport.accounts.models import Account
from rapport.enrollments.models import Line
from rapport.kernel.once import Once
from rapport.kernel.principal import SYSTEM
from rapport.kernel.tenancy import Prepared, only
from rapport.leads.models import Lead
from tests import scopes
from tests.plans import asked

_A = Account.__table__
_L = Lead.__table__
_OF_ACCOUNTS = select(_A).where(_A.c.id.in_(bindparam("ids", expanding=True))).order_by(_A.c.id)
_FEW = Prepared(_OF_ACCOUNTS, owner=_A.c.client_id)


@pytest.fixture
def accounts(stage):
    return sorted(stage.account(f"Sender {number}").id for number in range(5))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5])
def test_a_list_of_any_length_is_answered_as_sqlalchemy_answers_it(stage, accounts, count):
    wanted = accounts[:count]
    with stage.tx() as tx:
        ours = tx.rows(_FEW, ids=wanted).all()
        theirs = tx.session.connection().execute(_OF_ACCOUNTS, {"ids": wanted}).all()

    assert len(ours) == count
    assert [dict(row._mapping) for row in ours] == [dict(row._mapping) for row in theirs]


def test_a_list_of_texts_means_these_very_texts(stage, accounts):
    odd = ['a "quoted" one', "back\\slash", "com,ma", "{brace}", "NULL"]
    named = Prepared(select(_A.c.name).where(_A.c.name.in_(bindparam("names", expanding=True))), owner=_A.c.client_id)
    rename = Once(update(_A).where(_A.c.id == bindparam("of")))
    with stage.tx() as tx:
        tx.write(rename, *({"of": each, "name": name} for each, name in zip(accounts, odd, strict=True)))
        for name in odd:
            assert tx.rows(named, names=[name, "nobody's", "ü", "", None]).scalars().all() == [name]
        assert tx.rows(named, names=["a", "quoted", "back", "slash", "com", "ma", "brace", None]).all() == []


def test_after_an_error_a_connection_serves_the_next_as_before(stage, accounts):
    double = Once(insert(Line.__table__))
    row = {"account_id": accounts[0], "campaign_id": "none", "kind": "invite", "client_id": stage.acme.id}

    def refused():
        with stage.tx() as tx:
            tx.rows(_FEW, ids=accounts)
            tx.write(double, row, row)

    for _ in range(3):
        with pytest.raises(IntegrityError):
            refused()
        with stage.tx() as tx:
            assert len(tx.rows(_FEW, ids=accounts).all()) == 5


def test_every_kind_of_value_comes_back_as_it_was_written(stage, accounts):
    lead_id = stage.lead("Ada")
    every = Prepared(select(_L).where(_L.c.id == bindparam("id")), owner=_L.c.client_id)
    change = Prepared(update(_L).where(_L.c.id == bindparam("lead")), owner=_L.c.client_id)
    given = {"custom": {"a": [1, "ü", None]}, "replied_at": stage.clock.now() + timedelta(seconds=0.25)}
    with stage.tx() as tx:
        tx.rows(change, lead=lead_id, **given)
    with stage.reading() as reading:
        (row,) = reading.rows(every, id=lead_id)

    assert {name: row._mapping[name] for name in given} == given


def test_a_write_of_several_rows_writes_them_all(stage, accounts):
    rename = Once(update(_A).where(_A.c.id == bindparam("of")))
    with stage.tx() as tx:
        tx.write(rename, *({"of": each, "name": f"Named {number}"} for number, each in enumerate(accounts)))
    with stage.reading() as reading:
        assert [row.name for row in reading.rows(_FEW, ids=accounts)] == [f"Named {n}" for n in range(5)]


def test_what_a_constraint_refuses_is_an_integrity_error_and_undoes_the_transaction(stage, accounts):
    double = Once(insert(Line.__table__))
    row = {"account_id": accounts[0], "campaign_id": "none", "kind": "invite", "client_id": stage.acme.id}

    def change_and_double():
        with stage.tx() as tx:
            tx.session.get_one(Account, accounts[1]).name = "Not kept"
            tx.write(double, row, row)

    with pytest.raises(IntegrityError):
        change_and_double()

    with stage.reading() as reading:
        assert "Not kept" not in {each.name for each in reading.rows(_FEW, ids=accounts)}


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_connection_that_is_lost_is_given_up_and_the_next_transaction_has_another(stage, accounts):
    """SQLite has no connection to lose."""

    def lose():
        with stage.tx() as tx:
            mine = tx.session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            with stage.service.engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": mine})
            tx.rows(_FEW, ids=accounts)

    with pytest.raises(DBAPIError) as lost:
        lose()

    assert lost.value.connection_invalidated
    with stage.tx() as tx:
        assert len(tx.rows(_FEW, ids=accounts).all()) == 5


def test_whoever_listens_to_statements_hears_these_too(stage, accounts):
    before = scopes.judged["statements"]
    with stage.service.reading(actor=SYSTEM, scope=only([stage.acme.id])) as reading, asked(stage) as said:
        reading.rows(_FEW, ids=accounts)

    assert len(said) == 1
    assert scopes.judged["statements"] == before + 1


def test_one_that_forgot_the_scope_is_told(stage, accounts):
    forgotten = Prepared(_OF_ACCOUNTS, owner=None)

    with (
        stage.service.reading(actor=SYSTEM, scope=only([stage.acme.id])) as reading,
        pytest.raises(scopes.UnscopedError),
    ):
        reading.rows(forgotten, ids=accounts)
