"""What people and companies are called in a message."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rapport.rules import names


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Ada", "Ada"),
        ("🚀 DR. ADA LOVELACE, PhD", "Ada Lovelace"),
        ("JEAN-LUC O'NEIL", "Jean-Luc O'Neil"),
        ("D\u2019ANGELO", "D\u2019Angelo"),
        ("josé maría", "José María"),
        ("McDonald", "McDonald"),
        ("van der Berg", "van der Berg"),
        ("李小龙", "李小龙"),
        ("محمد\u200f", "محمد"),
        ("\u202eevil\u202c", "Evil"),
        ("Ada (she/her)", "Ada"),
        ("Ada, MBA, PMP", "Ada"),
        ("Prof. Dr. Kim", "Kim"),
        ("👩‍💻 Zoë ✨", "Zoë"),
        ("Dr.", "Dr."),
        ("A", "A"),
    ],
)
def test_a_name_is_said_without_its_decoration(written, said):
    assert names.clean_name(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Acme, Inc.", "Acme"),
        ("Analytical Engines GmbH & Co. KG (Berlin)", "Analytical Engines"),
        ("Foo S.r.l.", "Foo"),
        ("Bar Sp. z o.o.", "Bar"),
        ("SAP SE", "SAP"),
        ("Co", "Co"),
        ("株式会社", "株式会社"),
        ("Tabasco", "Tabasco"),
    ],
)
def test_a_company_is_said_without_its_legal_form(written, said):
    assert names.short_company(written) == said


@given(st.text(max_size=80))
@example("a0ß")
@example("( ())")
def test_cleaning_twice_changes_nothing_more(text):
    once = names.clean_name(text)

    assert names.clean_name(once) == once


@given(st.text(max_size=80))
def test_nothing_hidden_stays(text):
    assert not any(mark in names.without_hidden(text) for mark in "\x00\u200e\u200f\u202a\u202e\u2066\ufeff")
