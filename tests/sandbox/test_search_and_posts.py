"""Search, companies, posts and mail: what an integrator asks for next."""

from __future__ import annotations

import orjson
import pytest

from tests.sandbox.stage import Stage, refusal, said


def search(stage: Stage, body: dict[str, object], **query: object) -> dict:
    return said(stage.post("/linkedin/search", body, account_id=stage.account.id, **query))


def everything(stage: Stage, body: dict[str, object], limit: int) -> list[dict]:
    items, page = [], search(stage, body, limit=limit)
    while page["cursor"] is not None:
        items += page["items"]
        page = search(stage, body, limit=limit, cursor=page["cursor"])
    return items + page["items"]


def test_a_search_by_words_finds_those_who_have_them_in_pages(stage: Stage) -> None:
    body = {"api": "classic", "category": "people", "keywords": "head of growth"}

    found = everything(stage, body, limit=5)

    assert found
    assert all("Head of Growth" in one["headline"] for one in found)
    assert len({one["id"] for one in found}) == len(found)
    assert search(stage, body)["paging"]["total_count"] == len(found)


def test_a_search_by_url_finds_the_same(stage: Stage) -> None:
    by_words = search(stage, {"api": "classic", "category": "people", "keywords": "founder"})
    by_url = search(stage, {"url": "https://www.linkedin.com/search/results/people/?keywords=founder"})

    assert by_url["items"] == by_words["items"]


def test_a_search_can_be_for_first_degree_relations_in_a_place(stage: Stage) -> None:
    relations = everything(stage, {"api": "classic", "category": "people", "network_distance": [1]}, limit=50)
    assert {one["id"] for one in relations} == {
        stage.world.person(number).provider_id for number in stage.account.relations
    }
    places = said(
        stage.get("/linkedin/search/parameters", account_id=stage.account.id, type="LOCATION", keywords="berlin")
    )["items"]
    in_berlin = everything(stage, {"api": "classic", "category": "people", "location": [places[0]["id"]]}, limit=50)
    assert in_berlin
    assert {one["location"] for one in in_berlin} == {"Berlin, Germany"}


def test_results_stop_at_a_thousand_whatever_the_total_says() -> None:
    big = Stage(people=1_500)
    body = {"api": "classic", "category": "people"}

    found = everything(big, body, limit=100)

    assert len(found) == 1_000
    assert search(big, body)["paging"]["total_count"] == 1_500


def test_sales_navigator_needs_a_subscription(stage: Stage) -> None:
    body = {"api": "sales_navigator", "category": "people"}

    answer = stage.post("/linkedin/search", body, account_id=stage.account.id)
    assert refusal(answer) == (403, "feature_not_subscribed")
    stage.account.features = ("premium", "sales_navigator")
    assert search(stage, body)["items"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (400, "invalid_parameters")),
        ({"api": "classic"}, (400, "invalid_parameters")),
        ({"api": "yellow_pages", "category": "people"}, (400, "invalid_parameters")),
        ({"url": "https://example.com/search/results/people/"}, (400, "invalid_parameters")),
        ({"url": "https://www.linkedin.com/jobs/"}, (400, "invalid_parameters")),
        ({"api": "classic", "category": "jobs"}, (501, "feature_not_implemented")),
        ({"api": "classic", "category": "people", "location": "Berlin"}, (400, "invalid_parameters")),
    ],
)
def test_a_wrong_search_is_refused(stage: Stage, body: dict[str, object], expected: tuple[int, str]) -> None:
    answer = stage.post("/linkedin/search", body, account_id=stage.account.id)
    assert refusal(answer) == expected


def test_a_company_is_read_by_id_or_name(stage: Stage) -> None:
    company = stage.world.state.people.company(3)

    for identifier in (company.id, company.public_identifier):
        answer = said(stage.get(f"/linkedin/company/{identifier}", account_id=stage.account.id))
        assert answer["name"] == company.name
    nothing = stage.get("/linkedin/company/nothing-9999", account_id=stage.account.id)
    assert refusal(nothing) == (404, "invalid_resource_identifier")


def test_a_post_is_reacted_to_once_and_commented_on(stage: Stage) -> None:
    author = next(one for one in stage.world.state.people if stage.items(f"/users/{one.provider_id}/posts"))
    [post, *_] = stage.items(f"/users/{author.provider_id}/posts")
    reaction = {"account_id": stage.account.id, "post_id": post["social_id"], "reaction_type": "love"}

    said(stage.post("/posts/reaction", reaction))
    said(stage.post(f"/posts/{post['id']}/comments", {"account_id": stage.account.id, "text": "Well said"}))

    assert refusal(stage.post("/posts/reaction", reaction)) == (422, "action_already_performed")
    comments = stage.items(f"/posts/{post['social_id']}/comments")
    assert [one["text"] for one in comments] == ["Well said"]
    again = said(stage.get(f"/posts/{post['id']}", account_id=stage.account.id))
    assert again["reaction_counter"] == post["reaction_counter"] + 1
    assert stage.world.received(author) == ["react", "comment"]
    long = stage.post(f"/posts/{post['id']}/comments", {"account_id": stage.account.id, "text": "x" * 1_251})
    assert refusal(long) == (400, "invalid_parameters")


def test_a_post_that_nobody_wrote_is_not_found(stage: Stage) -> None:
    body = {"account_id": stage.account.id, "post_id": "urn:li:activity:7999999999999999999"}
    assert refusal(stage.post("/posts/reaction", body)) == (404, "resource_not_found")


def test_a_mail_goes_out_and_some_are_opened(stage: Stage) -> None:
    stage.sandbox.patience.burst = None
    stage.listen("email_tracking", events=["mail_opened", "mail_link_clicked"])
    to = orjson.dumps([{"identifier": "ada@example.com", "display_name": "Ada"}]).decode()
    parts = (("account_id", stage.account.id), ("to", to), ("subject", "Hi"), ("body", "<p>Hi</p>"))
    tracked = ("tracking_options", '{"opens": true, "links": true}')

    sent = {said(stage.form("/emails", *parts, tracked))["tracking_id"] for _ in range(40)}
    stage.advance(25 * 3_600)

    opened = [body for body in stage.listener.bodies if body["type"] == "mail_opened"]
    assert 5 < len(opened) < 35
    assert {body["tracking_id"] for body in opened} < sent


def test_a_mail_needs_somebody_to_go_to(stage: Stage) -> None:
    parts = (("account_id", stage.account.id), ("body", "Hi"))
    assert refusal(stage.form("/emails", *parts)) == (400, "invalid_parameters")
    nobody = stage.form("/emails", *parts, ("to", '[{"identifier": "nobody"}]'))
    assert refusal(nobody) == (422, "invalid_recipient")
