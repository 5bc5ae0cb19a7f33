"""A browser that notices everything: what it asked for, what it complained of, what axe found."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.stage import PASSWORD

FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"),
    *("--disable-component-update", "--disable-sync", "--font-render-hinting=none"),
)
_AXE = Path(__file__).parent / "vendor" / "axe.min.js"
_ALL = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
_COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
_SEEN = {"exclude": ["datalist"]}
"""Six hundred time zones that a field proposes are no part of the page, and take longer than all the rest."""


@contextmanager
def browser() -> Iterator[Browser]:
    """Debian's Chromium with a fresh profile."""
    program = shutil.which("chromium")
    assert program is not None, "Chromium is missing: apt-get install chromium"
    with sync_playwright() as player:
        opened = player.chromium.launch(executable_path=program, args=list(FLAGS))
        yield opened
        opened.close()


@dataclass
class Watched:
    """A tab, and what it did that nobody wants."""

    page: Page
    address: str
    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    """Answers of 4xx, which the console prints although a form shows them as it should."""

    def sign_in(self, email: str) -> None:
        self.page.goto(f"{self.address}/sign-in")
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def go(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")
        self.settle()

    def settle(self) -> None:
        """Until nothing is being loaded."""
        expect(self.page.locator(".htmx-request, .skeleton")).to_have_count(0)

    def theme(self, name: str) -> None:
        self.page.context.add_cookies([{"name": "rapport_theme", "value": name, "url": self.address}])
        self.page.evaluate("name => { document.documentElement.dataset.theme = name }", name)

    def violations(self, *, colours_only: bool = False) -> list[str]:
        """What axe says is wrong with the page as it is; in another theme only its colours can be wrong."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(axe())
        found: dict[str, Any] = self.page.evaluate(
            "([seen, rules]) => axe.run(seen, rules)", [_SEEN, _COLOURS if colours_only else _ALL]
        )
        return [
            f"{each['id']}: {node['html'][:160]} ({node['failureSummary'].splitlines()[-1].strip()})"
            for each in found["violations"]
            for node in each["nodes"]
        ]


@cache
def axe() -> str:
    return _AXE.read_text()


def watched(opened: Browser, address: str, *, width: int = 1440, height: int = 900) -> Watched:
    """A tab of its own, with cookies of its own."""
    context = opened.new_context(
        viewport={"width": width, "height": height},
        timezone_id="Europe/Berlin",
        locale="en-GB",
        reduced_motion="reduce",
    )
    context.set_default_timeout(8_000)
    tab = Watched(context.new_page(), address)
    page = tab.page
    page.on("request", lambda request: tab.hosts.add(urlsplit(request.url).netloc or request.url[:5]))
    page.on("pageerror", lambda error: tab.complaints.append(str(error)))
    page.on(
        "response",
        lambda answer: tab.refusals.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None,
    )
    page.on("console", lambda said: _heard(tab, said))
    return tab


def _heard(tab: Watched, said: Any) -> None:
    if said.type in ("error", "warning") and "status of 4" not in said.text:
        tab.complaints.append(said.text)
