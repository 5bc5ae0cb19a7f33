"""What an operator does in the inbox, in a browser."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.talks import hear
from tests.browser.world import Shown


def one_more(world: Shown) -> dict[str, Any]:
    """Somebody who got a message of the campaign and has not answered."""
    found = world.it.enrollments({"id": world.ids["campaign"]})
    return next(each for each in found if each["status"] == "messaged")


def hears_while_the_page_is_open(page: Page, world: Shown, enrollment: dict[str, Any]) -> None:
    """An answer waits in the list behind a button, opens by a key, and what follows appears by itself."""
    page.goto(f"{world.address}/inbox?view=all")
    expect(page.locator("#live-mark")).to_have_text("Live")
    page.evaluate("window.stayed = true")
    hear(world.it, enrollment, "Is there a price list?")
    page.get_by_role("button", name="1 new").click()
    first = page.locator("#rows .row-of").first
    expect(first).to_contain_text("Is there a price list?")
    expect(first).to_contain_text("Unread")
    page.keyboard.press("j")
    expect(page.locator("#messages")).to_contain_text("Is there a price list?")
    expect(page.get_by_role("complementary", name="About this conversation")).to_contain_text("Stopped in")
    expect(first).not_to_contain_text("Unread")

    page.keyboard.press("r")
    page.keyboard.type("Yes, I send it today.")
    hear(world.it, enrollment, "And one for Austria?")
    expect(page.locator("#messages")).to_contain_text("And one for Austria?")
    expect(page.locator("#reply-text")).to_have_value("Yes, I send it today.")


def sees_who_else_is_there(page: Page, colleague: Page) -> None:
    """A colleague who writes is seen to write."""
    colleague.goto(page.url)
    expect(colleague.locator("#present")).to_have_text("Alice is here")
    colleague.locator("#reply-text").press_sequentially("I would")
    expect(page.locator("#present")).to_have_text("Root is replying")


def answers(page: Page, world: Shown) -> None:
    """The answer is written down, says when it goes, and becomes a message of the thread when it arrived."""
    expect(page.locator("#sending")).to_contain_text("messages left today")
    newest = page.locator("#messages").get_attribute("data-newest") or ""
    expect(page.locator("#reply [name=seen_message_id]")).to_have_value(newest)
    page.locator("#reply-text").press("Control+Enter")
    expect(page.locator("#outgoing")).to_contain_text("Yes, I send it today.")
    expect(page.locator("#reply-text")).to_have_value("")
    world.it.turn()
    expect(page.locator("#outgoing")).not_to_contain_text("Yes, I send it today.")
    expect(page.locator("#messages")).to_contain_text("Yes, I send it today.")
    assert page.evaluate("window.stayed"), "the page was never loaded again"


def puts_it_away(page: Page) -> None:
    """By a key, with a way back."""
    row = page.locator("#rows [aria-current]")
    name = row.locator(".row-name").inner_text()
    page.locator("body").press("Escape")
    page.keyboard.press("o")
    page.locator("#outcome").select_option("meeting")
    expect(page.locator("#rows [aria-current]")).to_contain_text("Meeting")
    page.locator("#thread-title").focus()
    page.keyboard.press("e")
    expect(page.locator("#standing")).to_contain_text("Closed")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#standing .status", has_text="Open")).to_be_visible()
    expect(page.locator("#thread-title")).to_have_text(name)


def is_told_what_came_first(page: Page, world: Shown, enrollment: dict[str, Any]) -> None:
    """Without a stream the page asks now and then; an answer to what one has not seen is held back, and goes then."""
    world.stage.root.put("/flags", {"name": "live", "client_id": world.ids["client"], "enabled": False})
    page.reload()
    expect(page.locator("#live-mark")).to_have_text("Looks every 10 s")
    page.locator("#reply-text").fill("Of course, for Austria too.")
    hear(world.it, enrollment, "Wait, we have found one.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="wrote while you were writing")).to_contain_text("Wait, we have")
    expect(page.locator("#reply-text")).to_have_value("Of course, for Austria too.")
    page.get_by_role("button", name="Send it all the same").click()
    expect(page.locator("#outgoing")).to_contain_text("Of course, for Austria too.")
    world.stage.root.put("/flags", {"name": "live", "client_id": world.ids["client"], "enabled": None})


def tries_again_what_failed(page: Page, world: Shown) -> None:
    """The message says why it did not arrive and what to do."""
    page.goto(f"{world.address}/inbox/{world.ids['failed']}")
    failed = page.locator("#outgoing .refused")
    expect(failed).to_contain_text("Refused")
    failed.get_by_role("button", name="Try again").click()
    expect(page.locator("#outgoing .ready")).to_contain_text("Call it off")


def watches_a_campaign(page: Page, world: Shown) -> None:
    """Somebody accepts while its page is open, and the numbers follow."""
    page.goto(f"{world.address}/campaigns/{world.ids['campaign']}")
    expect(page.locator("#live-mark")).to_have_text("Live")
    accepted = page.locator("#facts div", has_text="Accepted").locator("dd")
    before = int(accepted.inner_text().split()[0])
    invited = world.it.enrollments({"id": world.ids["campaign"]})
    world.it.accept(next(each for each in invited if each["status"] == "invite_sent"))
    expect(accepted).to_contain_text(f"{before + 1} ")


def may_only_read(page: Page, world: Shown) -> None:
    """A viewer has nothing to press, and a form of their own making is refused."""
    path = f"/inbox/{world.ids['asks']}"
    page.goto(world.address + path)
    expect(page.locator("#messages")).to_contain_text("three warehouses")
    assert page.locator("#content form:not([data-filters])").count() == 0
    status = page.evaluate(
        """async path => {
            const headers = JSON.parse(document.body.getAttribute('hx-headers'));
            const body = new URLSearchParams({act: 'close'});
            return (await fetch(`${path}/act`, {method: 'POST', headers, body})).status;
        }""",
        path,
    )
    assert status == 403
