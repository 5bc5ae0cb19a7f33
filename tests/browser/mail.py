"""A mail in a real browser: what it fetches, how wide it is, how well it can be read; kept as pictures in docs/."""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
LOOKS = [("light", 720), ("dark", 720), ("light", 360)]
"""Scheme and width; the wide ones are kept."""


def check(html: str, name: str, *, scheme: str, width: int) -> None:
    """Show a mail and judge it."""
    program = shutil.which("chromium")
    assert program is not None, "Chromium is missing: apt-get install chromium"
    asked = []
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 600}, color_scheme=scheme)
        page.on("request", lambda request: asked.append(request.url))
        page.set_content(html)
        found = page.evaluate(_LOOK)
        picture = page.screenshot(full_page=True)
        browser.close()

    assert [each for each in asked if not each.startswith("data:")] == [], "a mail fetches nothing"
    assert found["wide"] <= width, "nothing to scroll to the side for"
    assert found["worst"] >= 4.5, found
    if width == 720:
        PICTURES.mkdir(exist_ok=True)
        (PICTURES / f"{name}-{scheme}.png").write_bytes(picture)


_LOOK = """() => {
  const numbers = text => text.match(/[0-9.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, a = 1] = numbers(getComputedStyle(at).backgroundColor);
      if (a > 0) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const shown = [...document.querySelectorAll('p, h1, th, td.ink, td.soft, td.quote, a')].filter(e => e.offsetHeight);
  const contrasts = shown.map(e => {
    const [a, b] = [light(numbers(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  });
  return { wide: document.documentElement.scrollWidth, worst: Math.min(...contrasts), texts: shown.length };
}"""
