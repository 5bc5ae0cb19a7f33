"""Do-not-contact lists: they act at once, for one client or for all."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from rapport.kernel.ids import AGENCY
from rapport.leads import arriving, forbidden, suppression
from rapport.leads.forbidden import Target
from rapport.leads.models import Lead, LeadSource, SuppressionKind
from rapport.leads.queries import register
from rapport.leads.suppression import Line
from rapport.rules.lead_fields import read


def put(person, client, kind, value, **more):
    return person.post(
        "/do-not-contact", {"client_id": client.id if client else None, "kind": kind, "value": value, **more}
    )


def test_an_entry_shows_on_every_lead_it_names_at_once(stage):
    ada = stage.lead("Ada Lovelace", company="Analytical Engines Ltd", email="ada@engines.example")
    grace = stage.lead("Grace Hopper", profile_url="grace")
    assert stage.alice.get("/leads?filter[do_not_contact]=true").json["items"] == []

    for kind, value in (
        ("company", "ANALYTICAL ENGINES"),
        ("domain", "https://www.engines.example/about"),
        ("person", "mailto:Ada@engines.example"),
    ):
        entry = put(stage.alice, stage.acme, kind, value, reason="Asked us to stop.")
        assert entry.status_code == 201, entry.json
        shown = stage.bob.get(f"/leads/{ada}").json
        assert shown["do_not_contact"] is True
        assert [each["id"] for each in shown["do_not_contact_entries"]] == [entry.json["id"]]
        assert [each["id"] for each in stage.bob.get("/leads?filter[do_not_contact]=true").json["items"]] == [ada]
        assert [each["id"] for each in stage.bob.get("/leads?filter[do_not_contact]=false").json["items"]] == [grace]
        assert stage.alice.delete(f"/do-not-contact/{entry.json['id']}").status_code == 204
        assert stage.bob.get(f"/leads/{ada}").json["do_not_contact_entries"] == []


def test_the_list_for_all_clients_is_the_admins(stage):
    ada = stage.lead("Ada Lovelace", email="ada@engines.example")
    eve = stage.lead("Eve", of=stage.globex, email="eve@engines.example")

    assert put(stage.alice, None, "domain", "engines.example").status_code == 403
    entry = put(stage.root, None, "domain", "engines.example")

    assert entry.json["client_id"] is None
    assert stage.alice.get(f"/leads/{ada}").json["do_not_contact"] is True
    assert stage.carol.get(f"/leads/{eve}").json["do_not_contact"] is True
    assert stage.alice.get("/do-not-contact").json["items"] == []
    assert len(stage.root.get("/do-not-contact").json["items"]) == 1
    assert stage.alice.delete(f"/do-not-contact/{entry.json['id']}").status_code == 404


def test_a_clients_list_is_its_own(stage):
    entry = put(stage.alice, stage.acme, "domain", "engines.example").json
    eve = stage.lead("Eve", of=stage.globex, email="eve@engines.example")

    assert stage.carol.get(f"/leads/{eve}").json["do_not_contact"] is False
    assert stage.carol.get("/do-not-contact").json["items"] == []
    assert stage.carol.delete(f"/do-not-contact/{entry['id']}").status_code == 404
    assert put(stage.carol, stage.acme, "domain", "x.example").status_code == 404
    assert stage.bob.delete(f"/do-not-contact/{entry['id']}").status_code == 403


def test_the_same_thing_twice_is_refused_in_any_spelling(stage):
    put(stage.alice, stage.acme, "person", "https://linkedin.com/in/Ada")

    again = put(stage.alice, stage.acme, "person", "ada")

    assert again.json["code"] == "SUPPRESSION_ALREADY_EXISTS"
    assert put(stage.alice, stage.acme, "person", "linkedin.com/company/acme").status_code == 422
    assert put(stage.alice, stage.acme, "domain", "no domain").status_code == 422


def test_many_lines_are_answered_one_by_one(stage):
    put(stage.alice, stage.acme, "domain", "known.example")
    lines = [
        {"kind": "domain", "value": "new.example"},
        {"kind": "domain", "value": "known.example"},
        {"kind": "domain", "value": "not a domain"},
        {"kind": "domain", "value": "WWW.new.example", "reason": "twice"},
        {"kind": "person", "value": "ada@engines.example"},
    ]

    done = stage.alice.post("/do-not-contact/bulk", {"client_id": stage.acme.id, "lines": lines}).json

    assert [each["result"] for each in done["lines"]] == ["added", "known", "unreadable", "known", "added"]
    assert (done["added"], done["known"], done["unreadable"]) == (2, 2, 1)
    assert done["lines"][2]["problem"].startswith("Must be a domain")
    assert len(stage.alice.get("/do-not-contact").json["items"]) == 3
    too_many = {"client_id": stage.acme.id, "lines": lines[:1] * 1001}
    assert stage.alice.post("/do-not-contact/bulk", too_many).status_code == 422


def test_a_lead_put_on_the_list_is_there_by_all_that_identifies_it(stage):
    ada = stage.lead("Ada Lovelace", profile_url="ada", email="ada@engines.example")

    shown = stage.alice.post(f"/leads/{ada}/do-not-contact", {"reason": "No."}).json

    assert sorted(each["value"] for each in shown["do_not_contact_entries"]) == ["ada", "ada@engines.example"]
    timeline = stage.alice.get(f"/leads/{ada}/timeline").json["items"]
    assert timeline[0]["title"] == "Ada Lovelace must not be contacted: No."
    assert stage.alice.post(f"/leads/{ada}/do-not-contact", {}).status_code == 200
    assert len(stage.alice.get(f"/leads/{ada}/timeline").json["items"]) == len(timeline)


def test_the_log_names_a_listed_person_by_their_lead_only(stage):
    put(stage.alice, stage.acme, "person", "unknown@person.example", reason="asked")

    log = stage.alice.get(f"/events?client_id={stage.acme.id}").text

    assert "A person must not be contacted" in log
    assert "unknown@person.example" not in log


DOMAINS = st.sampled_from(["a.example", "b.example", "sub.a.example"])
COMPANIES = st.sampled_from(["Acme GmbH", "acme", "Globex", "Initech"])
EMAILS = st.builds(lambda name, domain: f"{name}@{domain}", st.sampled_from("xyz"), DOMAINS)
ENTRIES = st.one_of(
    st.tuples(st.just("domain"), DOMAINS),
    st.tuples(st.just("company"), COMPANIES),
    st.tuples(st.just("person"), EMAILS),
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    leads=st.lists(st.tuples(EMAILS, COMPANIES), min_size=1, max_size=6, unique_by=lambda each: each[0]),
    entries=st.lists(st.tuples(st.booleans(), ENTRIES), max_size=3),
)
def test_the_condition_and_the_question_agree(stage, leads, entries):
    client = stage.client(f"Twins {stage.number()}")
    ids = [stage.lead("Some One", of=client, email=email, company=company) for email, company in leads]
    with stage.tx() as tx:
        twice = [read({"profile_url": "two", "email": f"second@{each}.example"}) for each in ("c", "b")]
        came = arriving.arrive(tx, client.id, twice, source=LeadSource.IMPORT, said_by="import")
        ids.append(came[0].lead_id)
        for for_all, (kind, value) in entries:
            owner = AGENCY if for_all else client.id
            suppression.add_many(tx, owner, [Line(SuppressionKind(kind), value, None)], created_by=None)
    with stage.reading() as reading:
        rows = reading.session.execute(select(Lead).where(Lead.client_id == client.id)).scalars().all()
        targets = [Target(row.id, row.client_id, row.company_key, row.email_domain) for row in rows]
        asked = set(forbidden.entries_against(reading, targets))
        shown = {each for each in ids if register.seen(reading, each)["do_not_contact_entries"]}
    flagged = stage.root.get(f"/leads?limit=200&filter[client_id]={client.id}&filter[do_not_contact]=true").json
    assert {each["id"] for each in flagged["items"]} == asked == shown
