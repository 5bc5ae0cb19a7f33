"""Making, changing, copying, listing and deleting campaigns."""

from __future__ import annotations

from tests.rooms.campaigns.world import (
    STEPS,
    a_campaign,
    a_lead,
    a_ready_campaign,
    a_running_campaign,
    a_sender,
    act,
    enroll,
    message,
    told,
)
from tests.together import together


def test_a_draft_works_nine_to_five_in_the_clients_zone_until_told_otherwise(stage):
    draft = stage.alice.post("/campaigns", {"client_id": stage.acme.id, "name": "Bavaria"}).json

    assert draft["state"] == "draft"
    assert draft["schedule"]["timezone"] == "Europe/Berlin"
    assert draft["schedule"]["week"]["monday"] == [{"opens": "09:00", "closes": "17:00"}]
    assert draft["schedule"]["weekend"] == ["saturday", "sunday"]
    assert draft["stops_on_reply_elsewhere"] is True
    assert draft["shares_leads"] is False
    assert draft["created_by"] == stage.alice.id
    assert stage.bob.get(f"/campaigns/{draft['id']}").json == draft
    assert told(stage, draft) == ["campaign.created"]


def test_two_names_that_read_alike_are_one_name(stage):
    a_campaign(stage, name="Heads of sales")

    for name in ("Heads of Sales", "  heads  OF sales ", "Heads of\u200f Sales", "\uff28eads of Sales"):
        answer = stage.alice.post("/campaigns", {"client_id": stage.acme.id, "name": name})

        assert answer.status_code == 409
        assert answer.json["code"] == "CAMPAIGN_ALREADY_EXISTS"
        assert answer.json["details"] == {"name": ["Is taken."]}


def test_another_client_may_use_the_same_name(stage):
    a_campaign(stage, name="Heads of sales")

    answer = stage.carol.post("/campaigns", {"client_id": stage.globex.id, "name": "Heads of sales"})

    assert answer.status_code == 201


def test_long_names_that_differ_only_at_their_end_are_two(stage):
    for last in "ab":
        a_campaign(stage, name="ß" * 119 + last)

    again = stage.alice.post("/campaigns", {"client_id": stage.acme.id, "name": "ß" * 119 + "a"})

    assert again.json["code"] == "CAMPAIGN_ALREADY_EXISTS"


def test_of_two_who_take_one_name_at_once_one_gets_it(stage):
    body = {"client_id": stage.acme.id, "name": "Bavaria"}
    alice, root = stage.alice, stage.root

    answers = together(lambda: alice.post("/campaigns", body), lambda: root.post("/campaigns", body))

    assert sorted(answer.status_code for answer in answers) == [201, 409]


def test_a_name_in_which_nothing_is_to_be_seen_is_refused(stage):
    for name in ("\u200e\u200f", "\u2066 \u2069", "\ufeff"):
        answer = stage.alice.post("/campaigns", {"client_id": stage.acme.id, "name": name})

        assert answer.status_code == 422
        assert "name" in answer.json["details"]


def test_direction_marks_do_not_stay_in_a_name(stage):
    draft = a_campaign(stage, name="\u202eelas\u202c 2026")

    assert draft["name"] == "elas 2026"


def test_a_draft_with_a_bad_sequence_is_not_made_at_all(stage):
    body = {"client_id": stage.acme.id, "name": "Bad", "steps": [message()]}

    answer = stage.alice.post("/campaigns", body)

    assert answer.status_code == 422
    assert answer.json["code"] == "SEQUENCE_INVALID"
    assert stage.alice.get("/campaigns").json["items"] == []


def test_an_archived_client_gets_no_campaign(stage):
    stage.root.post(f"/clients/{stage.acme.id}/archive")

    answer = stage.root.post("/campaigns", {"client_id": stage.acme.id, "name": "Late"})

    assert answer.json["code"] == "CLIENT_ARCHIVED"


def test_a_change_is_merged_field_by_field_and_day_by_day(stage):
    draft = a_campaign(stage)
    changes = {"goal": "interested", "schedule": {"week": {"friday": []}, "holidays_country": "DE"}}

    changed = stage.alice.patch(f"/campaigns/{draft['id']}", changes).json

    assert changed["goal"] == "interested"
    assert changed["schedule"]["week"]["friday"] == []
    assert changed["schedule"]["week"]["monday"] == draft["schedule"]["week"]["monday"]
    assert changed["schedule"]["holidays_country"] == "DE"
    assert changed["version"] == draft["version"] + 1
    assert told(stage, draft) == ["campaign.created", "campaign.changed"]


def test_a_change_that_changes_nothing_is_not_told(stage):
    draft = a_campaign(stage)

    stage.alice.patch(f"/campaigns/{draft['id']}", {"name": draft["name"], "schedule": draft["schedule"]})

    assert told(stage, draft) == ["campaign.created"]


def test_a_change_meant_for_another_state_of_the_campaign_is_refused(stage):
    draft = a_campaign(stage)
    path = f"/campaigns/{draft['id']}"
    etag = stage.alice.get(path).headers["ETag"]
    stage.alice.patch(path, {"goal": "connected"})

    late = stage.alice.patch(path, {"goal": "interested"}, headers={"If-Match": etag})

    assert late.status_code == 412
    assert stage.alice.get(path).json["goal"] == "connected"


def test_what_may_change_depends_on_the_state(stage):
    campaign = a_running_campaign(stage)
    path = f"/campaigns/{campaign['id']}"
    allowed: dict[str, list[str]] = {}
    for state, what in (("active", None), ("paused", "pause"), ("completed", "complete"), ("archived", "archive")):
        if what is not None:
            act(stage, campaign, what, None if what == "archive" else {"reason": "A test."})
        changes = {
            "name": f"Now {state}",
            "schedule": {"days_off": [f"2026-05-{len(state):02d}"]},
            "stops_on_reply_elsewhere": state != "active",
            "shares_leads": True,
        }
        allowed[state] = [
            field for field in changes if stage.alice.patch(path, {field: changes[field]}).status_code == 200
        ]

    assert allowed == {
        "active": ["name", "schedule", "stops_on_reply_elsewhere"],
        "paused": ["name", "schedule", "stops_on_reply_elsewhere"],
        "completed": ["name"],
        "archived": [],
    }


def test_a_refusal_by_state_names_every_field_and_changes_none(stage):
    campaign = a_running_campaign(stage)

    answer = stage.alice.patch(f"/campaigns/{campaign['id']}", {"name": "New", "shares_leads": True})

    assert answer.json["code"] == "CAMPAIGN_STATE"
    assert list(answer.json["details"]) == ["shares_leads"]
    assert stage.alice.get(f"/campaigns/{campaign['id']}").json["name"] == campaign["name"]


def test_an_active_campaign_is_not_given_a_schedule_that_never_opens(stage):
    campaign = a_running_campaign(stage)
    dead = {"schedule": {"weekend": list(campaign["schedule"]["week"])}}

    refused = stage.alice.patch(f"/campaigns/{campaign['id']}", dead)
    act(stage, campaign, "pause", {"reason": "A test."})
    taken = stage.alice.patch(f"/campaigns/{campaign['id']}", dead)

    assert refused.status_code == 422
    assert refused.json["details"] == {"schedule": ["The campaign has no working time."]}
    assert taken.status_code == 200


def test_a_copy_has_sequence_senders_and_working_time_but_neither_dates_nor_leads(stage):
    original = a_ready_campaign(
        stage,
        name="Bavaria",
        goal_target=20,
        schedule={"holidays_country": "DE", "starts_on": "2026-03-02", "ends_on": "2026-04-30"},
    )
    enroll(stage, original, a_lead(stage))

    copies = [act(stage, original, "duplicate", {}).json for _ in range(2)]

    assert [copy["name"] for copy in copies] == ["Bavaria (copy)", "Bavaria (copy 2)"]
    same = ("account_ids", "goal", "goal_target", "shares_leads")
    assert {field: copies[0][field] for field in same} == {field: original[field] for field in same}
    assert copies[0]["schedule"] == original["schedule"] | {"starts_on": None, "ends_on": None}
    steps = [stage.alice.get(f"/campaigns/{each['id']}/sequence").json["steps"] for each in (original, copies[0])]
    assert steps[0] == steps[1]
    assert act(stage, copies[0], "start").status_code == 200


def test_a_copy_can_be_changed_without_the_original(stage):
    original = a_campaign(stage)
    copy = act(stage, original, "duplicate", {"name": "Other"}).json

    stage.alice.put(f"/campaigns/{copy['id']}/sequence", {"steps": STEPS[:1]})

    assert len(stage.alice.get(f"/campaigns/{original['id']}/sequence").json["steps"]) == 3


def test_a_draft_without_leads_can_be_deleted(stage):
    draft = a_ready_campaign(stage)

    assert stage.alice.delete(f"/campaigns/{draft['id']}").status_code == 204
    assert stage.alice.get(f"/campaigns/{draft['id']}").status_code == 404
    assert told(stage, draft)[-1] == "campaign.deleted"


def test_a_draft_with_leads_is_archived_instead(stage):
    draft = a_campaign(stage)
    enroll(stage, draft, a_lead(stage))

    refused = stage.alice.delete(f"/campaigns/{draft['id']}")

    assert refused.json["code"] == "CAMPAIGN_STATE"
    assert act(stage, draft, "archive").json["state"] == "archived"


def test_a_campaign_that_ran_is_not_deleted(stage):
    campaign = a_running_campaign(stage)

    assert stage.alice.delete(f"/campaigns/{campaign['id']}").json["code"] == "CAMPAIGN_STATE"


def test_campaigns_are_found_by_state_name_sender_client_and_time(stage):
    sender, other = a_sender(stage), a_sender(stage, "Nils")
    bavaria = a_campaign(stage, name="Bavaria 2026", account_ids=[sender.id, other.id])
    stage.wait(days=1)
    hesse = a_campaign(stage, name="Hesse 2026", account_ids=[other.id])
    act(stage, hesse, "archive")

    def found(query: str) -> list[str]:
        return [each["name"] for each in stage.alice.get(f"/campaigns?{query}").json["items"]]

    assert found("sort=name&order=asc") == ["Bavaria 2026", "Hesse 2026"]
    assert found("") == ["Hesse 2026", "Bavaria 2026"]
    assert found("filter[state]=archived") == ["Hesse 2026"]
    assert found("filter[name][contains]=bavaria") == ["Bavaria 2026"]
    assert found(f"filter[account_id]={sender.id}") == ["Bavaria 2026"]
    assert found(f"filter[account_id][in]={sender.id},{other.id}&sort=name&order=asc") == ["Bavaria 2026", "Hesse 2026"]
    assert found(f"filter[client_id]={stage.globex.id}") == []
    assert found("filter[created_at][gte]=2026-03-03T00:00:00Z") == ["Hesse 2026"]
    listed = stage.alice.get("/campaigns?sort=name&order=asc").json["items"]
    assert listed[0] == stage.alice.get(f"/campaigns/{bavaria['id']}").json


def test_a_filter_by_sender_can_only_be_equal_or_among(stage):
    answer = stage.alice.get("/campaigns?filter[account_id][ne]=x")

    assert answer.status_code == 422


def test_another_client_sees_changes_and_starts_nothing(stage):
    campaign = a_ready_campaign(stage)
    path = f"/campaigns/{campaign['id']}"
    mine = a_sender(stage, "Olga", of=stage.globex)
    carol = stage.carol

    answers = [
        carol.get(path),
        carol.patch(path, {"name": "Mine"}),
        carol.delete(path),
        carol.get(f"{path}/checks"),
        carol.get(f"{path}/openings"),
        carol.get(f"{path}/senders"),
        carol.put(f"{path}/senders", {"account_ids": [mine.id]}),
        carol.get(f"{path}/sequence"),
        carol.put(f"{path}/sequence", {"steps": STEPS}),
        carol.get(f"{path}/sequence/versions"),
        carol.get(f"{path}/sequence/versions/1"),
        carol.post(f"{path}/sequence/diff", {"steps": STEPS}),
        carol.post(f"{path}/preview", {}),
        *(carol.post(f"{path}/{what}") for what in ("start", "resume", "archive", "duplicate")),
        *(carol.post(f"{path}/{what}", {"reason": "Mine."}) for what in ("pause", "complete")),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert carol.get("/campaigns").json["items"] == []
    assert stage.alice.get(path).json == campaign


def test_a_viewer_changes_nothing(stage):
    campaign = a_ready_campaign(stage)

    assert stage.bob.post(f"/campaigns/{campaign['id']}/start").status_code == 403
    assert stage.bob.patch(f"/campaigns/{campaign['id']}", {"name": "Mine"}).status_code == 403
