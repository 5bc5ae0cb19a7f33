"""Whether the console's pages stand at once and follow the hand, with much behind them, in a real browser."""

from __future__ import annotations

import gzip
import shutil
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from scripts.bench import inbox, pages
from scripts.bench.places import PASSWORD, Place, agent_of, place
from scripts.bench.processes import product
from scripts.bench.registry import Bar, Effort, Line, Measurement

CONVERSATIONS, LEADS = 10_000, 50_000
LOADS, STEPS = 7, 25
PAINTED = Bar("most", 1000, " ms")
FOLLOWED = Bar("most", 100, " ms")
SCRIPTS = Bar("most", 250, " KB")
_STATIC = Path(__file__).resolve().parents[2] / "src" / "rapport" / "console" / "static"
_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
_FOLLOWS = """([press, changes]) => new Promise(done => {
    const began = performance.now();
    const watch = new MutationObserver(() => {
        watch.disconnect();
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
    });
    watch.observe(document.querySelector(changes), {childList: true, subtree: true});
    document.querySelector(press).click();
})"""
"""From a press until what follows from it is painted."""


def console(effort: Effort) -> Iterator[Line]:
    """First paint and following the hand: the inbox with 10,000 conversations, the table of 50,000 leads."""
    yield Line(
        "-", "all scripts, compressed", f"{len(list(_STATIC.rglob('*.js')))} files", packed() / 1024, bar=SCRIPTS
    )
    for kind in effort.kinds:
        with place(kind) as at:
            email = _filled(at)
            with product(at, BACKGROUND="false") as server, sync_playwright() as player:
                opened = player.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
                page = opened.new_page(viewport={"width": 1440, "height": 900})
                page.set_default_timeout(15_000)
                _sign_in(page, server.address, email)
                yield from _measured(kind, page, server.address)
                opened.close()


CONSOLE = Measurement("console", console)


def packed() -> int:
    """The bytes of all scripts, each compressed."""
    return sum(len(gzip.compress(each.read_bytes())) for each in _STATIC.rglob("*.js"))


def _filled(at: Place) -> str:
    with at.service() as service:
        client_id = pages.fill(service, LEADS)
        user = agent_of(service, client_id)
        inbox.fill(service, client_id, user, CONVERSATIONS)
        return str(user.email)


def _sign_in(page: Page, address: str, email: str) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def _measured(kind: str, page: Page, address: str) -> Iterator[Line]:
    for path in ("/", "/inbox", "/leads"):
        yield _line(kind, f"{path}: first paint", [painted(page, address + path) for _ in range(LOADS)], PAINTED)
    page.goto(f"{address}/inbox")
    page.locator("#rows .row-of").first.wait_for()
    step = ["[data-step='1']", "#opened"]
    yield _line(kind, "/inbox: the next conversation", [followed(page, step) for _ in range(STEPS)], FOLLOWED)
    views = [["[data-view='closed']", "#list"], ["[data-view='open']", "#list"]]
    yield _line(kind, "/inbox: another view", [followed(page, views[n % 2]) for n in range(STEPS)], FOLLOWED)
    page.goto(f"{address}/leads")
    for what, press, back in (
        ("the next page", "[rel=next]", "[data-first]"),
        ("sorted by name", "th a[href*='sort=name']", "th a[href*='sort=created_at']"),
    ):
        turns = [[press, "#content"], [back, "#content"]]
        yield _line(kind, f"/leads: {what}", [followed(page, turns[n % 2]) for n in range(STEPS + 1)], FOLLOWED)
    palette = ["[data-opens=palette]", "#palette-found"]
    yield _line(kind, "/leads: the palette", [_palette(page, palette) for _ in range(STEPS)], FOLLOWED)


def painted(page: Page, address: str) -> float:
    """Milliseconds from the request until something of the page is seen."""
    page.goto(address)
    for _ in range(50):
        found = page.evaluate(_PAINT)
        if found is not None:
            return float(found)
        time.sleep(0.02)
    raise RuntimeError(f"{address} was never painted")


def followed(page: Page, what: Any) -> float:
    """Milliseconds from a press until what follows is painted: what is pressed, and within what it changes."""
    took = float(page.evaluate(_FOLLOWS, what))
    page.locator(".htmx-request").first.wait_for(state="detached")
    return took


def _palette(page: Page, what: Any) -> float:
    took = followed(page, what)
    page.keyboard.press("Escape")
    page.evaluate("document.getElementById('palette-found').replaceChildren()")
    return took


def _line(kind: str, what: str, took: list[float], bar: Bar) -> Line:
    worst = statistics.quantiles(took, n=20)[-1] if len(took) >= STEPS else max(took)
    word = "p95" if len(took) >= STEPS else "worst"
    return Line(kind, what, f"median {statistics.median(took):6.1f} ms, {word} of {len(took)}", worst, bar=bar)
