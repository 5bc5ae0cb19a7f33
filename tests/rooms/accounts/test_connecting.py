"""Connecting a sender: the provider's page is made for one account, and its word is believed by its address alone."""

from __future__ import annotations

from tests.outreach import outreach


def connecting(it, account_id: str) -> tuple[str, str]:
    """The page's address, and the address it reports to."""
    answer = it.stage.alice.post(f"/linkedin-accounts/{account_id}/connect")
    assert answer.status_code == 200, answer.json
    (link,) = [each for each in it.sandbox.apps["api"].desk.hosted_links.values() if not each.used]
    return answer.json["url"], link.body["notify_url"]


def test_an_account_is_connected_by_what_the_page_reports_and_by_nothing_else(make_stage):
    with outreach(make_stage, people=20) as it:
        stage = it.stage
        account = stage.account("Mira")
        url, notify = connecting(it, account.id)
        path = notify.split("/api/v1", 1)[1]
        said = {"status": "CREATION_SUCCESS", "account_id": "acc_9", "name": account.id, "more": 1}

        assert url.startswith("http")
        assert stage.nobody.post(f"{path[:-4]}AAAA", said).status_code == 404
        assert stage.nobody.post(path, {"status": "FAILED", "account_id": "acc_9"}).status_code == 200
        assert stage.alice.get(f"/linkedin-accounts/{account.id}").json["unipile_account_id"] is None
        assert stage.nobody.post(path, said).status_code == 200
        seen = stage.alice.get(f"/linkedin-accounts/{account.id}").json
        assert (seen["unipile_account_id"], seen["status"]) == ("acc_9", "ok")
        it.clock.advance(it.days(0.1))
        assert stage.nobody.post(path, said).status_code == 404, "an hour is over"
