"""Where people come from: the device they use and the site of a page."""

from __future__ import annotations

import pytest

from rapport.rules.devices import Device, device
from rapport.rules.origins import origin


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Mobile/15E148 Safari/604.1", Device.MOBILE),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/131.0 Mobile Safari/537.36", Device.MOBILE),
        ("Mozilla/5.0 (Linux; Android 15; Pixel Tablet) Chrome/131.0 Safari/537.36", Device.TABLET),
        ("Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) Mobile/15E148", Device.TABLET),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/133.0", Device.DESKTOP),
        ("Mozilla/5.0 (compatible; SomeBot/2.1; +https://some.example)", Device.PROGRAM),
        ("n8n", Device.PROGRAM),
        ("something else", None),
        ("", None),
        (None, None),
    ],
)
def test_a_browser_says_what_it_runs_on(said, kind):
    assert device(said) is kind


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://Www.Engines.example:443/contact?x=1", "https://www.engines.example"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("www.engines.example", None),
        ("ftp://engines.example", None),
        ("https://user@engines.example", None),
        ("https://engines.example:99999", None),
        ("null", None),
        ("*", None),
    ],
)
def test_a_site_has_one_spelling(text, shown):
    assert origin(text) == shown
