"""Figures that are counted elsewhere: taken once, shown beside ours, and none of ours for anybody to touch."""

from __future__ import annotations

from typing import Any

from rapport.rules.permissions import Permission
from tests.rooms.campaigns.world import a_campaign, a_running_campaign

DAY = "2026-03-02"


def value(metric: str, number: float, campaign: dict[str, Any] | None = None, day: str = DAY) -> dict[str, Any]:
    return {"metric": f"external.{metric}", "day": day, "value": number, "dim_id": campaign["id"] if campaign else None}


def test_what_others_count_is_taken_once_and_stands_beside_our_figures(stage):
    campaign, other = a_running_campaign(stage), a_running_campaign(stage)
    n8n = stage.key(Permission.CALLBACKS, of=stage.acme)
    told = [
        value("spend", 800, campaign),
        value("revenue", 2400.1, campaign),
        value("revenue", 0.2, campaign, "2026-03-03"),
        value("meetings_held", 3, other),
        value("brochures", 7),
    ]
    body = {"client_id": stage.acme.id, "values": told}
    path = f"/analytics/campaigns/{campaign['id']}"
    assert stage.bob.get(f"{path}/summary").json["external"]["roi"] is None

    assert n8n.post("/callbacks/metrics", body).json == {"written": 5, "unchanged": 0}
    assert n8n.post("/callbacks/metrics", body).json == {"written": 0, "unchanged": 5}

    sums = {"meetings_held": 0.0, "deals": 0.0, "spend": 800.0, "revenue": 2400.3, "roi": 2.000375}
    assert stage.bob.get(f"{path}/summary").json["external"] == sums, "and not what was kept before"
    days = stage.bob.get(f"{path}/external?from=2026-03-01&to=2026-03-02").json
    assert days["values"] == [
        {"day": DAY, "metric": "external.revenue", "value": 2400.1},
        {"day": DAY, "metric": "external.spend", "value": 800.0},
    ]
    of_client = stage.bob.get(f"/analytics/clients/{stage.acme.id}/external?from={DAY}&to=2026-03-03").json
    assert of_client["totals"] == sums | {"meetings_held": 3.0}, "a client has what its campaigns have"
    assert {each["metric"] for each in of_client["values"]} >= {"external.brochures"}
    side_by_side = stage.bob.get(f"/analytics/clients/{stage.acme.id}/campaigns").json["campaigns"]
    snapshot = stage.bob.get("/api/v1/metrics/snapshot", query_string={"client_id": stage.acme.id}).json
    for shown in (side_by_side, snapshot["campaign_performance"]):
        assert {each["id"]: each["external"]["revenue"] for each in shown} == {campaign["id"]: 2400.3, other["id"]: 0.0}

    again = {"client_id": stage.acme.id, "values": [value("revenue", 100, campaign)]}
    assert n8n.post("/callbacks/metrics", again).json == {"written": 1, "unchanged": 0}
    assert stage.bob.get(f"{path}/summary").json["external"]["revenue"] == 100.2, "the last word of a day counts"


def test_nobody_touches_our_figures_or_a_strangers(stage):
    mine, good = a_campaign(stage), value("deals", 1)

    def tell(*values: dict[str, Any], of: Any = stage.acme, by: Any = stage.alice) -> Any:
        return by.post("/callbacks/metrics", {"client_id": of.id, "values": list(values)})

    refused = tell(good, {**good, "metric": "replied"})
    assert (refused.status_code, refused.json["code"]) == (422, "VALIDATION_FAILED")
    assert "replied" in str(refused.json["details"]), "it names what it does not take"
    assert tell(good, good).status_code == 422
    assert tell(good, {**good, "value": "many"}).status_code == 422
    assert tell(value("deals", 1, mine), of=stage.globex, by=stage.carol).status_code == 404
    assert tell(good, of=stage.globex).status_code == 404
    assert tell(good, by=stage.bob).status_code == 403

    external = stage.bob.get(f"/analytics/clients/{stage.acme.id}/external?from={DAY}&to={DAY}").json
    assert external["values"] == [], "all or nothing"
