"""Writes wait for each other, and nobody can tell but by counting."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from rapport.accounts.models import Account
from rapport.enrollments.models import Line
from rapport.kernel.once import Once
from rapport.kernel.principal import SYSTEM
from rapport.kernel.tenancy import Prepared, ScopeError, only
from rapport.leads.models import Lead
from tests.plans import asked

_A = Account.__table__
_L = Lead.__table__
RENAME = Once(update(_A).where(_A.c.id == bindparam("of")), row="of")
ADD = Once(update(_A).where(_A.c.id == bindparam("of")).values(name=_A.c.name + bindparam("more")), row="of")
BY_NAME = Once(update(_A).where(_A.c.name == bindparam("was")))
NOTE = Prepared(update(_L).where(_L.c.id == bindparam("lead")), owner=_L.c.client_id, row="lead")
COPY = Once(
    update(_L)
    .where(_L.c.id == bindparam("lead"))
    .values(title=select(func.max(_A.c.name)).where(_A.c.id == bindparam("of")).scalar_subquery()),
    row="lead",
)
LINE = Once(insert(Line.__table__))
NAMES = Prepared(select(_A.c.name).order_by(_A.c.id), owner=_A.c.client_id)
TITLES = Prepared(select(_L.c.title), owner=_L.c.client_id)


@pytest.fixture
def two(stage):
    return sorted(stage.account(f"Sender {number}").id for number in range(2))


@pytest.fixture
def lead(stage):
    return stage.lead("Ada")


def names(stage):
    with stage.reading() as reading:
        return list(reading.rows(NAMES).scalars())


def test_what_nobody_reads_goes_at_the_end_and_to_postgresql_as_one_statement(stage, two, lead):
    one_by_one = stage.service.engine.dialect.name == "sqlite"
    with asked(stage) as said, stage.tx() as tx:
        tx.write(RENAME, {"of": two[0], "name": "A % sign: %(of)s"})
        tx.change(NOTE, lead=lead, title="Countess")
        tx.write(RENAME, {"of": two[1], "name": "B"})
        assert said == []

    assert len(said) == (3 if one_by_one else 1)
    assert names(stage) == ["A % sign: %(of)s", "B"]
    with stage.reading() as reading:
        assert reading.rows(TITLES).scalar() == "Countess"


def test_whoever_reads_a_table_sees_what_waits_for_it_and_others_do_not_make_it_go(stage, two, lead):
    with asked(stage) as said, stage.tx() as tx:
        tx.write(RENAME, {"of": two[0], "name": "Seen"})
        assert tx.rows(TITLES).scalar() is None
        assert not [each for each, _ in said if each.startswith("UPDATE")]
        assert tx.rows(NAMES).first().name == "Seen"
        tx.write(RENAME, {"of": two[0], "name": "Seen too"})
        assert tx.rows(select(_A.c.name).where(_A.c.id == two[0])).scalar() == "Seen too"


def test_mapped_rows_show_what_waited_and_from_then_on_nothing_waits(stage, two, lead):
    with stage.tx() as tx:
        tx.write(RENAME, {"of": two[0], "name": "Before"})
        account = tx.session.get_one(Account, two[0])
        assert account.name == "Before"
        account.name = "Mapped"
        tx.write(ADD, {"of": two[0], "more": " and more"})
        tx.session.refresh(account)
        assert account.name == "Mapped and more"


@pytest.mark.parametrize("between", [[], ["other"]])
def test_writes_of_one_row_are_done_in_the_order_in_which_they_were_asked_for(stage, two, between):
    with stage.tx() as tx:
        tx.write(RENAME, {"of": two[0], "name": "1"})
        for _ in between:
            tx.write(RENAME, {"of": two[1], "name": "other"})
        tx.write(ADD, {"of": two[0], "more": "2"})
        tx.write(ADD, {"of": two[0], "more": "3"})

    assert names(stage)[0] == "123"


def test_a_write_that_does_not_say_its_row_or_reads_another_table_comes_after_those_before_it(stage, two, lead):
    with stage.tx() as tx:
        tx.write(RENAME, {"of": two[0], "name": "1"})
        tx.write(BY_NAME, {"was": "1", "name": "2"})
        tx.write(ADD, {"of": two[0], "more": "3"})
        tx.write(COPY, {"lead": lead, "of": two[0]})

    assert names(stage)[0] == "23"
    with stage.reading() as reading:
        assert reading.rows(TITLES).scalar() == "23"


def test_several_rows_at_once_come_after_what_waits(stage, two):
    with stage.tx() as tx:
        tx.write(RENAME, {"of": two[0], "name": "1"})
        tx.write(ADD, *({"of": each, "more": "2"} for each in two))

    assert names(stage) == ["12", "Sender 12"]


@pytest.mark.parametrize("reads", [False, True])
def test_what_a_constraint_refuses_undoes_everything_and_nobody_hears_of_a_commit(stage, two, reads):
    heard = []
    stage.service.signals.on("heard", lambda: heard.append(True))

    def refused():
        with stage.tx() as tx:
            tx.signal("heard")
            tx.write(RENAME, {"of": two[0], "name": "Not kept"})
            tx.write(LINE, {"account_id": two[0], "campaign_id": "none", "kind": "invite", "client_id": stage.acme.id})
            if reads:
                with pytest.raises(IntegrityError):
                    tx.rows(NAMES)
                raise RuntimeError("the verb gives up")

    before = names(stage)
    with pytest.raises(RuntimeError if reads else IntegrityError):
        refused()

    assert (names(stage), heard) == (before, [])


def test_what_waits_is_forgotten_with_a_transaction_that_fails(stage, two):
    def fails():
        with stage.tx() as tx:
            tx.write(RENAME, {"of": two[0], "name": "Not kept"})
            raise RuntimeError("the verb fails")

    with asked(stage) as said, pytest.raises(RuntimeError, match="the verb fails"):
        fails()

    assert said == []


def test_a_row_beyond_the_scope_is_refused_when_it_is_asked_for(stage, two):
    with stage.service.transaction(actor=SYSTEM, scope=only([stage.acme.id])) as tx, pytest.raises(ScopeError):
        tx.write(LINE, {"account_id": two[0], "campaign_id": "x", "kind": "invite", "client_id": stage.globex.id})


def test_a_transaction_that_says_nothing_asks_nothing(stage):
    seen = stage.service.engine.pool.checkedout()
    with asked(stage) as said, stage.tx():
        assert stage.service.engine.pool.checkedout() == seen

    assert said == []
