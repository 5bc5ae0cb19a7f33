"""What a lead's texts come out as: previewed, checked, and to the byte what will be sent."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rapport.campaigns import personalise, queries, survey
from rapport.campaigns.personalise import Broken, Lacking, TooLong, Words
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.leads import arriving
from rapport.leads.models import LeadSource
from rapport.rules import lead_fields, template
from rapport.rules.scripts import is_odd, scripts
from rapport.rules.sequences import Sequence, Step, StepKind, Variant
from tests.rooms.campaigns.world import (
    HELLO,
    a_campaign,
    a_lead,
    accepted,
    enroll,
    invite,
    message,
)


def lead(**more: Any) -> dict[str, Any]:
    known = dict.fromkeys(personalise.COLUMNS) | {"id": "1", "custom": {}, "first_name": "Ada", "last_name": "Lovelace"}
    return known | more


def made(kind: StepKind, body: str, subject: str = "", **more: Any) -> personalise.Made:
    return personalise.words(kind, Variant("a", 1, body, subject), personalise.values(lead(**more)))


def test_a_text_names_columns_the_full_name_and_custom_fields():
    body = "{{ first_name }}, {{ full_name }}, {{ company | company }}, {{ product }}"

    assert made(StepKind.MESSAGE, body, company="Acme GmbH", custom={"product": "Looms"}) == Words(
        "", "Ada, Ada Lovelace, Acme, Looms"
    )


def test_a_custom_field_does_not_speak_for_a_column():
    assert made(StepKind.MESSAGE, "{{ company }}", custom={"company": "Of another"}) == Lacking(("company",))


def test_what_a_lead_lacks_holds_it_and_is_named_once():
    subject, body = "{{ title }}", "{{ company }} {{ title }} {{ first_name }}"

    assert made(StepKind.INMAIL, body, subject) == Lacking(("title", "company"))


def test_what_a_lead_holds_is_never_read_as_a_text():
    for value in ("{{ company }}", "{{7*7}}", "{% raw %}"):
        assert made(StepKind.MESSAGE, "Hi {{ first_name }}", first_name=value) == Lacking(("first_name",))
    assert made(StepKind.MESSAGE, "{{ title }}", title="7*7") == Words("", "7*7")


def test_length_is_counted_as_the_provider_counts_and_after_rendering():
    wave = "\N{WAVING HAND SIGN}"
    fits, too_long = (made(StepKind.INVITE, "{{ product }}", custom={"product": wave * count}) for count in (150, 151))

    assert fits == Words("", wave * 150)
    assert isinstance(too_long, TooLong)
    assert (too_long.field, too_long.length, too_long.most) == ("body", 302, 300)
    subject = made(StepKind.INMAIL, "Hi", "{{ company }}", company="C" * 201)
    assert isinstance(subject, TooLong)
    assert subject.field == "subject"


def test_a_step_without_words_has_none():
    assert personalise.words(StepKind.INVITE, None, {}) == Words("", "")
    assert personalise.words(StepKind.VISIT, Variant("a", 1, "{{"), {}) == Words("", "")
    assert isinstance(personalise.words(StepKind.MESSAGE, Variant("a", 1, "{{"), {}), Broken)


_NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)


@given(names=st.lists(st.tuples(_NAMES, _NAMES), min_size=1, max_size=4))
def test_a_survey_counts_what_each_lead_would_get(names):
    step = Step(
        "hello", StepKind.INVITE, None, variants=(Variant("a", 1, "x" * 280 + "{{ first_name }}{{ company }}"),)
    )
    leads = [lead(id=str(n), first_name=first, company=company) for n, (first, company) in enumerate(names)]

    found = survey.survey(Sequence("s", 1, (step,)), leads).rendered(step, step.variants[0])

    one_by_one = [personalise.words(step.kind, step.variants[0], personalise.values(each)) for each in leads]
    assert found.too_long == sum(isinstance(each, TooLong) for each in one_by_one)
    lacking = [name for each in one_by_one if isinstance(each, Lacking) for name in each.variables]
    assert found.missing == {name: lacking.count(name) for name in set(lacking)}
    assert found.broken is None


def test_odd_is_another_script_than_the_text_or_a_picture():
    latin, cyrillic = scripts("Hi, nice to meet you"), scripts("Привет")

    assert not is_odd("Zoë Müller", beside=latin)
    assert is_odd("Владимир", beside=latin)
    assert not is_odd("Владимир", beside=cyrillic)
    assert is_odd("Ada", beside=cyrillic)
    assert is_odd("Ada 🚀", beside=latin)
    assert not is_odd("Владимир", beside=frozenset())
    assert not is_odd("", beside=latin)


def test_a_preview_shows_every_text_of_a_lead_to_the_byte(stage):
    campaign = a_campaign(stage, steps=[invite(note="Hello {{ first_name | clean }}"), accepted(), message()])
    lead_id = a_lead(stage, first_name="DR. ADA")

    shown = stage.bob.post(f"/campaigns/{campaign['id']}/preview", {"lead_id": lead_id}).json["leads"]

    assert shown[0]["lead"] == {"id": lead_id, "name": "DR. ADA Lovelace"}
    assert [(text["step"], text["body"]) for text in shown[0]["texts"]] == [
        ("invite", "Hello Ada"),
        ("hello", "Hi Ada, thank you for connecting."),
    ]
    with stage.reading() as reading:
        row = next(queries.leads(reading, stage.acme.id, queries.a_lead(lead_id)))
        sent = personalise.words(StepKind.MESSAGE, Variant("a", 1, HELLO), personalise.values(row))
    assert isinstance(sent, Words)
    assert shown[0]["texts"][1]["body"].encode() == sent.body.encode()
    assert shown[0]["texts"][1]["length"] == template.length(sent.body)


def test_a_preview_can_be_of_steps_that_are_not_written(stage):
    campaign = a_campaign(stage)
    body = {"lead_id": a_lead(stage), "steps": [invite(note="{{ company }}"), message(body="Dear {{ full_name }}")]}

    texts = stage.bob.post(f"/campaigns/{campaign['id']}/preview", body).json["leads"][0]["texts"]

    assert (texts[0]["missing"], texts[0]["body"]) == (["company"], None)
    assert texts[1]["body"] == "Dear Ada Lovelace"
    assert stage.alice.get(f"/campaigns/{campaign['id']}/sequence").json["steps"][0]["variants"] == []


def test_the_worst_leads_are_some_of_each_kind(stage):
    campaign = a_campaign(stage, steps=[invite(), accepted(), message(body="Hi {{ first_name }} of {{ company }}")])
    plain = [a_lead(stage, f"Plain {n}", company="Acme") for n in range(4)]
    long = a_lead(stage, "Long", company="C" * 150)
    cyrillic = a_lead(stage, "Владимир", company="Acme")
    lacking = [a_lead(stage, f"Lacking {n}") for n in range(4)]
    enroll(stage, campaign, *plain, long, cyrillic, *lacking)

    found = stage.bob.post(f"/campaigns/{campaign['id']}/preview", {"count": 4}).json["leads"]
    everybody = stage.bob.post(f"/campaigns/{campaign['id']}/preview", {}).json["leads"]

    assert [(each["lead"]["id"], each["why"]) for each in found[:3]] == [
        (lacking[0], ["missing"]),
        (cyrillic, ["odd_script"]),
        (long, ["longest"]),
    ]
    assert len(found) == 4
    assert len(everybody) == 10
    assert found[0]["texts"][0]["problem"] == "The lead lacks: company."


def test_leads_are_picked_by_tag_before_any_is_in_the_campaign(stage):
    campaign = a_campaign(stage)
    tagged = a_lead(stage, tag="sales")
    a_lead(stage, "Bo Ek", tag="legal")
    path = f"/campaigns/{campaign['id']}/preview"

    by_tag = stage.bob.post(path, {"tag": "sales"}).json["leads"]

    assert [each["lead"]["id"] for each in by_tag] == [tagged]
    assert stage.bob.post(path, {}).json["leads"] == []


def test_a_lead_of_another_client_is_as_good_as_unknown(stage):
    campaign = a_campaign(stage)
    foreign = a_lead(stage, of=stage.globex)

    for person in (stage.bob, stage.root):
        answer = person.post(f"/campaigns/{campaign['id']}/preview", {"lead_id": foreign})
        assert answer.status_code == 404


def test_leads_are_read_in_pieces_and_none_is_left_out(stage):
    persons = [lead_fields.read({"email": f"p{n}@people.example"}, None, ("all",)) for n in range(2_001)]
    with stage.tx() as tx:
        given = {"source": LeadSource.MANUAL, "said_by": arriving.OPERATOR}
        leads = [each.lead_id for each in arriving.arrive(tx, stage.acme.id, persons, **given)]

    with stage.reading() as reading:
        found = [row["id"] for row in queries.leads(reading, stage.acme.id, queries.tagged(ALL_CLIENTS, "all"))]

    assert found == sorted(leads)


def test_a_text_is_looked_at_before_it_stands_anywhere(stage):
    def check(**body: Any) -> Any:
        return stage.bob.post("/templates/check", body).json

    good = check(text='Hi {{ first_name | default: "there" }} of {{ product }}', kind="invite")
    assert good == {
        "good": True,
        "problems": [],
        "variables": [
            {"name": "first_name", "is_custom": False, "is_needed": False},
            {"name": "product", "is_custom": True, "is_needed": True},
        ],
        "fixed_length": 7,
        "most": 300,
    }
    broken = check(text="Hi\n  {{ first_name | shout }} {{")
    assert broken["good"] is False
    assert [(each["line"], each["column"]) for each in broken["problems"]] == [(2, 3), (2, 28)]
    assert check(text="x" * 301, kind="invite")["good"] is False
    assert check(text="x" * 201, kind="inmail", field="subject")["good"] is False
    assert check(text="x", kind="invite", field="subject")["code"] == "VALIDATION_FAILED"
    assert check(text="x", kind="visit")["code"] == "VALIDATION_FAILED"
    assert check(text="{{" * 9_000)["good"] is False
