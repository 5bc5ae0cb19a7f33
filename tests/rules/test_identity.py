"""Two spellings, one person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.rules import identity
from rapport.rules.identity import Identity

ADA = Identity("public_identifier", "ada-lovelace")


@pytest.mark.parametrize(
    "spelling",
    [
        "ada-lovelace",
        "Ada-Lovelace",
        " ada-lovelace \n",
        "https://www.linkedin.com/in/ada-lovelace",
        "https://www.linkedin.com/in/ada-lovelace/",
        "http://linkedin.com/in/ADA-LOVELACE?trk=people#about",
        "https://de.linkedin.com/in/ada-lovelace/en",
        "https://m.linkedin.com/in/ada-lovelace/detail/contact-info/",
        "www.linkedin.com/in/ada-lovelace",
        "linkedin.com/in/ada-lovelace",
        "//www.linkedin.com/in/ada-lovelace",
        "https://www.linkedin.com/in/ada%2Dlovelace",
        "\ufeffhttps://www.linkedin.com/in/ada-lovelace\u200e",
    ],
)
def test_any_spelling_of_a_profile_is_one_person(spelling):
    assert identity.profile(spelling) == ADA


@pytest.mark.parametrize(
    ("spelling", "found"),
    [
        ("ACoAABx2y3zAbC", Identity("provider_id", "ACoAABx2y3zAbC")),
        ("https://www.linkedin.com/in/ACoAABx2y3zAbC", Identity("provider_id", "ACoAABx2y3zAbC")),
        ("urn:li:fsd_profile:ACoAABx2y3zAbC", Identity("provider_id", "ACoAABx2y3zAbC")),
        (
            "https://www.linkedin.com/sales/lead/ACwAABx2y3zAbC,NAME_SEARCH,x1",
            Identity("provider_id", "ACwAABx2y3zAbC"),
        ),
        ("urn:li:member:12345", Identity("member_id", "12345")),
        ("https://www.linkedin.com/in/j%C3%BCrgen-m%C3%BCller", Identity("public_identifier", "jürgen-müller")),
        ("https://www.linkedin.com/in/ju\u0308rgen-mu\u0308ller", Identity("public_identifier", "jürgen-müller")),
        ("https://www.linkedin.com/in/李小龙", Identity("public_identifier", "李小龙")),
    ],
)
def test_every_kind_of_identity_is_told_apart(spelling, found):
    assert identity.profile(spelling) == found


@pytest.mark.parametrize(
    "spelling",
    [
        "",
        "https://www.linkedin.com/company/acme",
        "https://evil.example/in/ada",
        "https://linkedin.com.evil.example/in/ada",
        "https://notlinkedin.com/in/ada",
        "https://[::1/in/ada",
        "ada lovelace",
        "ada@example.com",
        "x" * 500,
    ],
)
def test_what_names_nobody_is_nobody(spelling):
    assert identity.profile(spelling) is None


@pytest.mark.parametrize("spelling", ["Ada@Example.COM", " <ada@example.com> ", "mailto:ada@example.com"])
def test_an_address_has_one_spelling(spelling):
    assert identity.email(spelling) == Identity("email", "ada@example.com")


@pytest.mark.parametrize("spelling", ["ada", "ada@", "@example.com", "a b@example.com", "ada@localhost", "a@b@c.d"])
def test_what_is_no_address_is_none(spelling):
    assert identity.email(spelling) is None


@pytest.mark.parametrize(
    ("pasted", "found"),
    [
        ("example.com", "example.com"),
        ("https://www.Example.com/about", "example.com"),
        ("ada@example.com", "example.com"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("localhost", None),
        ("not a domain", None),
    ],
)
def test_a_domain_is_found_in_what_people_paste(pasted, found):
    assert identity.domain(pasted) == found


@pytest.mark.parametrize("spelling", ["ACME GmbH", "Acme, GmbH", "acme", "A.C.M.E.", "ÀCME Inc."])
def test_a_company_is_compared_without_its_decoration(spelling):
    assert identity.company_key(spelling) == "acme"


def test_a_row_gives_all_its_identities_and_the_url_fills_in():
    assert identity.identities(
        {"profile_url": "linkedin.com/in/Ada-Lovelace", "email": "ADA@x.org", "member_id": "7"}
    ) == {
        "member_id": "7",
        "public_identifier": "ada-lovelace",
        "email": "ada@x.org",
    }


@given(st.text(max_size=120))
def test_no_text_breaks_the_readers(text):
    for reader in (identity.profile, identity.email, identity.domain, identity.company_key, identity.member_id):
        reader(text)


@given(st.text(max_size=60))
def test_reading_what_was_read_gives_the_same_person(text):
    found = identity.profile(text)

    if found is not None and found.kind == "public_identifier":
        assert identity.profile(found.value) == found
