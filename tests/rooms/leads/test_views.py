"""Ways to look at leads: kept by each for themselves, shared by who may write, refused where they mean nothing."""

from __future__ import annotations

import re

FAIR = {"filter": {"tag": "fair", "company.contains": "engines"}, "sort": "name", "order": "asc"}


def views_of(person) -> list[str]:
    return [each["name"] for each in person.get("/leads/views").json["items"]]


def test_a_view_is_its_makers_until_it_is_shared_and_only_they_and_admins_change_it(stage):
    alice, bob, acme = stage.alice, stage.bob, {"client_id": stage.acme.id}
    made = alice.post("/leads/views", {**acme, "name": "Fair", "columns": ["company", "score"], **FAIR})
    at = f"/leads/views/{made.json['id']}"
    assert (made.status_code, made.json["is_shared"], made.json["filter"]) == (201, False, FAIR["filter"])
    assert (views_of(alice), views_of(bob), views_of(stage.root)) == (["Fair"], [], [])
    assert (bob.get(at).status_code, bob.patch(at, {"name": "Mine"}).status_code) == (404, 404)
    assert alice.post("/leads/views", {**acme, "name": "fair "}).json["code"] == "LEAD_VIEW_ALREADY_EXISTS"

    assert alice.patch(at, {"is_shared": True}).json["version"] == 2
    assert (views_of(bob), views_of(stage.root), views_of(stage.carol)) == (["Fair"], ["Fair"], [])
    assert (bob.get(at).json["name"], bob.patch(at, {"name": "Mine"}).status_code) == ("Fair", 403)
    assert bob.delete(at).status_code == 403
    assert stage.carol.get(at).status_code == 404
    assert stage.root.patch(at, {"is_shared": False}).json["owner_id"] == alice.id
    assert views_of(bob) == []

    mine = bob.post("/leads/views", {**acme, "name": "Fair"})
    assert (mine.status_code, views_of(bob)) == (201, ["Fair"])
    assert bob.patch(f"/leads/views/{mine.json['id']}", {"is_shared": True}).status_code == 403
    assert bob.post("/leads/views", {**acme, "name": "For all", "is_shared": True}).status_code == 403
    assert (alice.delete(at).status_code, views_of(alice)) == (204, [])


def test_what_the_list_would_refuse_no_view_keeps(stage):
    acme = {"client_id": stage.acme.id, "name": "Odd"}
    for odd, where in (
        ({"filter": {"shoe_size": "43"}}, "filter"),
        ({"filter": {"created_at.gte": "yesterday"}}, "filter"),
        ({"sort": "shoe_size"}, "sort"),
        ({"columns": ["shoe_size"]}, "columns"),
    ):
        answer = stage.alice.post("/leads/views", acme | odd)
        assert (answer.status_code, list(answer.json["details"])) == (422, [where]), odd
    assert views_of(stage.alice) == []


def test_on_its_page_a_view_is_kept_as_the_table_stands_and_says_when_it_stands_otherwise(stage):
    alice, acme = stage.alice, stage.acme.id
    for name, company, tag in (("Ada", "Engines", "fair"), ("Grace", "Compilers", "fair"), ("Emmy", "Engines", "vip")):
        lead = stage.lead(name, company=company)
        alice.post(f"/leads/{lead}/tags", {"add": [tag]})

    def shown(address: str) -> tuple[list[str], str]:
        page = alice.visit(address).text
        return re.findall(r'<a class="name" href="/leads/[^"]+">([^<]+)</a>', page), page

    kept = {"view_name": "Fair", "tag": "fair", "company.contains": "engines", "columns": "company,tags"}
    where = alice.visit("/leads/views", {"client_id": acme, **kept}).headers["Location"]
    names, page = shown(where)
    assert (names, "Otherwise than" in page, 'aria-label="Take away: Company contains engines"' in page) == (
        ["Ada"],
        False,
        True,
    )
    assert re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?(\w+)', page) == ["Name", "Company", "Tags"]

    view_id = re.search("view=([0-9a-f-]+)", where)[1]
    wider = f"/leads?view={view_id}&tag=fair&sort=name&order=asc&columns=company"
    names, page = shown(wider)
    assert (names, "Otherwise than “Fair”" in page) == (["Ada", "Grace"], True)
    update = {"act": "update", "tag": "fair", "sort": "name", "order": "asc", "columns": "company"}
    assert alice.visit(f"/leads/views/{view_id}", update).status_code == 303
    names, page = shown(where)
    assert (names, "Otherwise than" in page) == (["Ada", "Grace"], False)
    assert alice.visit(f"/leads/views/{view_id}", {"act": "remove"}).status_code == 303
    assert views_of(alice) == []
