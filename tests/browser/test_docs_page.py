"""The page of the API's documentation in a real browser: it loads from our host alone, and it works."""

from __future__ import annotations

import shutil
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright

from rapport.rules.permissions import Role
from tests.databases import fresh_database
from tests.http.server import served
from tests.stage import PASSWORD, Stage


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A server, and the address of an admin's email on it."""
    with fresh_database("sqlite", tmp_path_factory.mktemp("browser")) as database:
        stage = Stage(database)
        email = stage.user("Root", Role.ADMIN).email
        stage.close()
        with served(database) as server:
            yield server, email


@pytest.fixture
def page(running):
    program = shutil.which("chromium")
    assert program is not None, "Chromium is missing: apt-get install chromium"
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=program, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1280, "height": 12_000})  # only what is in view is drawn
        opened.set_default_timeout(15_000)
        yield opened
        browser.close()


def test_the_docs_load_from_our_host_alone_and_try_it_out_works(running, page):
    server, email = running
    hosts, complaints = set(), []
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc or request.url[:5]))
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    signed_in = page.request.post(
        f"{server.address}/api/v1/auth/login", data={"email": email, "password": PASSWORD}
    ).json()

    page.goto(f"{server.address}/api/v1/docs")
    expect(page.locator(".info .title")).to_contain_text("Rapport", timeout=20_000)

    page.get_by_role("button", name="Authorize").first.click()
    page.locator("input[aria-label='auth-bearer-value'], .auth-container input").first.fill(signed_in["access_token"])
    page.locator(".auth-btn-wrapper button[type=submit]").first.click()
    page.locator(".auth-btn-wrapper button.btn-done").first.click()

    operation = page.locator("#operations-auth-showMe")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table .response").first
    expect(answer.locator(".response-col_status")).to_contain_text("200")
    expect(answer).to_contain_text('"role": "admin"')

    assert hosts - {"data:"} == {f"127.0.0.1:{server.port}"}
    assert complaints == []
