"""The console as operators use it, in a real browser: one story from sign-in to pause, and a look at every page."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rapport.inbox.turn import look
from scripts.bench.console import followed, packed, painted
from tests.browser import answering
from tests.browser.opening import Watched, browser, watched
from tests.browser.world import Shown, shown
from tests.databases import fresh_database
from tests.statements import statements

LIST = (
    "First name,Email,Company,Segment\n"
    "Ingrid,ingrid@nordlys.example,Nordlys,Nordics\n"
    "Tomasz,tomasz at wisla,Wisła,Poland\n"
    "Nobody,,Somewhere,\n"
    "Lucía,lucia@olivar2.example,Olivar,Iberia\n"
)
SHOTS = os.environ.get("SCREENSHOTS")
"""Where pictures of the pages are kept; without it none are taken."""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with fresh_database("sqlite", tmp_path_factory.mktemp("console")) as database, shown(database) as made:
        yield made


@pytest.fixture(scope="module")
def chromium():
    with browser() as opened:
        yield opened


def pages(world) -> dict[str, str]:
    """Every page that is no form's answer, by a name for its picture."""
    ids = world.ids
    campaign = f"/campaigns/{ids['campaign']}"
    return {
        "home": "/",
        "find": "/find?q=mira",
        "inbox": f"/inbox/{ids['asks']}",
        "inbox-none": "/inbox?view=all&temperature=hot",
        "inbox-failed": f"/inbox/{ids['failed']}",
        "campaigns": "/campaigns",
        "campaign-new": "/campaigns/new",
        "campaign": campaign,
        "build": f"{campaign}/build",
        "schedule": f"{campaign}/schedule",
        "campaign-leads": f"{campaign}/leads",
        "simulate": f"{campaign}/simulate",
        "why": f"/enrollments/{ids['enrollment']}",
        "leads": f"/leads?client={ids['client']}",
        "lead": f"/leads/{ids['lead']}",
        "imports": "/leads/imports",
        "import": f"/leads/imports/{ids['import']}",
        "import-new": "/leads/imports/new",
        "analytics": f"/analytics?campaign={ids['campaign']}",
        "report": f"/analytics/report?client={ids['client']}",
        "analytics-client": f"/analytics?client={ids['client']}",
        "accounts": "/accounts",
        "account": f"/accounts/{ids['account']}",
        "work": "/work",
        "outgoing": "/work/outgoing?status=dead",
        "told": f"/work/outgoing/{ids['outgoing']}",
        "job": f"/work/jobs/{ids['job']}",
        "unmatched": "/work/unmatched",
        "webhooks": "/work/webhooks",
        "sending": "/work/sending",
        "client": f"/settings/clients/{ids['client']}",
        "users": "/settings/users",
        "keys": "/settings/keys",
        "notices": f"/settings/notices?client={ids['client']}",
        "connections": "/settings/connections",
        "texts": "/settings/replies",
        "flags": "/settings/flags",
        "offerings": "/settings/offerings",
        "offering": f"/settings/offerings/{ids['offering']}",
        "forms": "/settings/forms",
        "form": f"/settings/forms/{ids['form']}",
        "leads-view": f"/leads?view={ids['view']}",
        "database": "/work/database",
        "help": "/help",
        "do-not-contact": "/settings/do-not-contact",
        "me": "/settings/me",
        "nowhere": "/nowhere",
    }


def test_every_page_is_accessible_in_light_and_dark_fits_a_phone_and_asks_nobody_else(world, chromium):
    with world.stage.tx() as tx:
        look(tx)
    tab = watched(chromium, world.address)
    tab.go("/sign-in")
    wrong = [f"sign-in: {each}" for each in tab.violations()]
    picture(tab, "sign-in", 1440, "light")
    tab.sign_in("root@agency.example")
    for name, path in pages(world).items():
        tab.page.set_viewport_size({"width": 1440, "height": 900})
        tab.go(path)
        for theme in ("light", "dark"):
            tab.theme(theme)
            wrong += [f"{name}, {theme}: {each}" for each in tab.violations(colours_only=theme == "dark")]
            picture(tab, name, 1440, theme)
        tab.page.set_viewport_size({"width": 390, "height": 844})
        if tab.page.evaluate("document.documentElement.scrollWidth") > 390:
            wrong.append(f"{name}: wider than a phone")
        picture(tab, name, 390, "dark")
        tab.theme("light")
        picture(tab, name, 390, "light")

    assert wrong == [], "\n".join(wrong)
    assert tab.complaints == []
    assert tab.hosts == {world.address.removeprefix("http://")}
    assert [each.split(" ", 1)[0] for each in tab.refusals] == ["404"], "the page that is not there, and no other"


def picture(tab: Watched, name: str, width: int, theme: str) -> None:
    """Keep how a page looks."""
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        tab.page.screenshot(path=Path(SHOTS) / f"{name}-{width}-{theme}.png")


def test_what_pages_cost_is_counted_and_how_soon_they_follow_is_printed(world, chromium, capsys):
    tab = watched(chromium, world.address)
    tab.sign_in("alice@agency.example")
    table = [f"{packed() / 1024:.1f} KB of scripts, compressed"]
    presses = {
        "/inbox": ["[data-step='1']", "#opened"],
        "/leads": ["th a[href*='sort=name']", "#content"],
    }
    for path, press in presses.items():
        tab.go(path)
        paint = painted(tab.page, world.address + path)
        tab.page.goto("about:blank")  # nobody else asks while statements are listened to
        with statements(world.stage) as asked:
            body = tab.page.request.get(world.address + path).body()
        tab.go(path)
        table.append(
            f"{path}: painted in {paint:.0f} ms, followed in {followed(tab.page, press):.0f} ms, "
            f"{len(asked)} statements, {len(body) / 1024:.0f} KB"
        )
        assert (len(asked) <= 45, len(body) <= 200_000) == (True, True), table[-1]
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(table) + "\n")
    assert packed() <= 250 * 1024
    assert tab.complaints == []


def test_the_watch_notices_what_it_is_there_for(world, chromium):
    tab = watched(chromium, world.address)
    tab.go("/sign-in")
    tab.page.evaluate(
        """() => {
            document.querySelector('main').insertAdjacentHTML('beforeend', '<img src="https://elsewhere.example/x.png">');
            document.querySelector('label').remove();
            document.body.insertAdjacentHTML('beforeend', '<p style="color: red">red</p>');
        }"""
    )

    assert any(each.startswith(("label", "image-alt")) for each in tab.violations())
    assert any("Content Security Policy" in each for each in tab.complaints)


def test_an_operator_builds_imports_simulates_starts_asks_why_and_pauses_and_a_viewer_cannot(world, chromium):
    for _ in range(3):
        world.it.person(tags=["spring"])
    tab = watched(chromium, world.address)
    tab.sign_in("alice@agency.example")

    campaign = builds(tab.page)
    imports(tab.page, world)
    simulates_and_starts(tab.page, world, campaign)
    pauses(tab.page, world, campaign)
    seen = watched(chromium, world.address)
    seen.sign_in("bob@agency.example")
    cannot_resume(seen.page, world, campaign)
    keeps_a_view(tab.page, seen.page, world)

    assert tab.complaints + seen.complaints == []
    assert tab.hosts | seen.hosts == {world.address.removeprefix("http://")}


def test_an_operator_answers_a_reply_that_came_by_webhook_while_the_page_was_open(world, chromium):
    tab, colleague, viewer = (watched(chromium, world.address) for _ in range(3))
    tab.sign_in("alice@agency.example")
    colleague.sign_in("root@agency.example")
    viewer.sign_in("bob@agency.example")
    somebody = answering.one_more(world)

    answering.hears_while_the_page_is_open(tab.page, world, somebody)
    answering.sees_who_else_is_there(tab.page, colleague.page)
    answering.answers(tab.page, world)
    answering.puts_it_away(tab.page)
    answering.is_told_what_came_first(tab.page, world, somebody)
    answering.tries_again_what_failed(tab.page, world)
    answering.watches_a_campaign(tab.page, world)
    answering.may_only_read(viewer.page, world)

    assert tab.complaints + colleague.complaints + viewer.complaints == []
    assert [each.split()[0] for each in tab.refusals] == ["409"]
    assert tab.hosts | colleague.hosts | viewer.hosts == {world.address.removeprefix("http://")}


def builds(page: Page) -> str:
    """A campaign with a branch and two variants, mended where a text was wrong; answers its address."""
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("new campaign")
    expect(page.get_by_role("option")).to_have_text(["New campaign"])
    page.keyboard.press("Enter")
    page.get_by_label("Name").fill("Spring fair")
    page.get_by_role("button", name="Make the draft").click()

    page.get_by_label("Add a step at the beginning").click()
    page.get_by_role("button", name="Invitation", exact=True).click()
    page.get_by_label("Text, variant A of invite").fill("Hello {{ first_name, may we connect?")
    expect(page.locator("#looked")).to_contain_text("problem")
    page.get_by_label("Text, variant A of invite").fill('Hello {{ first_name | default: "there" }}, may we connect?')
    page.get_by_role("button", name="Add a variant").click()
    page.get_by_label("Text, variant B of invite").fill("I read about your work. May we connect?")
    page.get_by_label("Add a step after invite").click()
    page.get_by_role("button", name="Wait until", exact=True).click()
    page.get_by_label("Add a step after accepted", exact=True).click()
    page.get_by_role("button", name="Message", exact=True).click()
    page.get_by_label("Text, variant A of message").fill('Hi {{ first_name | default: "there" }}, thank you.')
    page.get_by_role("button", name="Take out message").click()
    expect(page.locator("#step-message")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Text, variant A of message")).to_have_value(re.compile("thank you"))
    page.get_by_label("Add a step after accepted, in vain").click()
    page.get_by_role("button", name="Profile visit", exact=True).click()
    page.get_by_label("Preview for").select_option(label="Henrike Vogel, Isar Logistik")
    expect(page.locator("#looked")).to_contain_text("Hi Henrike, thank you.")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("status")).to_contain_text("Saved. Version 1 holds.")
    expect(page.locator(".ways .way")).to_have_count(2)
    expect(page.locator("#step-invite .variant")).to_have_count(2)
    return re.sub(r"/build.*", "", page.url)


def imports(page: Page, world: Shown) -> None:
    """A list with two bad rows: they are shown before and after, the good ones come in."""
    page.goto(f"{world.address}/leads/imports/new")
    file = {"name": "fair.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    page.get_by_label("Drop a CSV or XLSX file here").set_input_files(file)  # type: ignore[arg-type]
    expect(page.get_by_role("heading", name="fair.csv")).to_be_visible()
    expect(page.get_by_text("Not taken")).to_have_count(2)
    page.get_by_label("Segment").select_option("")
    page.get_by_label("Tag everybody with").fill("fair")
    page.get_by_role("button", name="Start the import").click()
    expect(page.get_by_label("Progress")).to_be_visible()
    world.it.settle()
    expect(page.get_by_role("heading", name="Rows that were not taken")).to_be_visible()
    expect(page.get_by_role("cell", name="tomasz at wisla")).to_be_visible()


def simulates_and_starts(page: Page, world: Shown, campaign: str) -> None:
    """Who is counted is enrolled, the run is seen before it starts, and a lead says why it waits."""
    page.goto(f"{campaign}/leads")
    page.get_by_label("Which").select_option("spring")
    page.get_by_role("button", name="Count them").click()
    page.get_by_role("button", name="Enroll 3 leads").click()
    expect(page.get_by_role("status")).to_contain_text("3 leads are being enrolled")
    world.it.settle()

    page.goto(f"{campaign}/simulate")
    page.get_by_label("Days ahead").fill("20")
    page.get_by_role("button", name="Simulate", exact=True).click()
    expect(page.get_by_role("img", name="Expected sends per day")).to_be_visible()

    page.goto(campaign)
    page.get_by_role("button", name="Start the campaign").click()
    expect(page.locator(".head")).to_contain_text("Active")
    world.it.settle()
    page.get_by_role("link", name="Why").first.click()
    expect(page.get_by_role("heading", name=re.compile("Why is .* waiting"))).to_be_visible()
    expect(page.locator(".gates li")).not_to_have_count(0)
    expect(page.locator(".answer")).not_to_be_empty()


def pauses(page: Page, world: Shown, campaign: str) -> None:
    """From then on nothing of it leaves, however long one waits."""
    page.goto(campaign)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".head")).to_contain_text("Paused")
    world.it.run(days=3)
    assert world.it.actions(campaign_id=campaign.rsplit("/", 1)[1]) == []


def cannot_resume(page: Page, world: Shown, campaign: str) -> None:
    """A viewer sees the campaign and no button; a form of their own making is refused."""
    page.goto(campaign)
    expect(page.get_by_role("heading", name="Spring fair")).to_be_visible()
    for name in ("Resume the campaign", "Duplicate", "Complete"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    status = page.evaluate(
        """async () => {
            const words = JSON.parse(document.body.getAttribute('hx-headers'));
            const body = new URLSearchParams({act: 'resume'});
            return (await fetch(`${location.pathname}/act`, {method: 'POST', headers: words, body})).status;
        }"""
    )
    assert status == 403
    assert world.stage.alice.get(f"/campaigns/{campaign.rsplit('/', 1)[1]}").json["state"] == "paused"


def keeps_a_view(page: Page, viewer: Page, world: Shown) -> None:
    """What the table shows is kept under a name and shared; the colleague finds the same table."""
    page.goto(f"{world.address}/leads")
    page.get_by_label("Tag", exact=True).select_option("fair 2026")
    expect(page).to_have_url(re.compile("tag=fair"))
    page.get_by_role("link", name="Name").click()
    expect(page.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "ascending")
    shown = page.locator("#bulk .who-cell .name").all_inner_texts()
    page.get_by_role("button", name="Keep this view").click()
    page.get_by_label("Name", exact=True).fill("Fair, by name")
    page.get_by_label("Colleagues of this client see it, too").check()
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("link", name="Fair, by name")).to_have_attribute("aria-current", "page")

    viewer.goto(f"{world.address}/leads")
    viewer.get_by_role("link", name="Fair, by name").click()
    expect(viewer.locator("#bulk .who-cell .name")).to_have_text(shown)
    assert len(shown) >= 3
