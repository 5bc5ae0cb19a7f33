"""The mail of a notice in a real browser, light and dark, wide and narrow; kept as pictures in docs/."""

from __future__ import annotations

import pytest

from tests.browser.mail import LOOKS, check
from tests.databases import fresh_database
from tests.stage import Stage


@pytest.fixture(scope="module")
def mails(tmp_path_factory):
    """One notice, and a digest, as the API shows them."""
    with fresh_database("sqlite", tmp_path_factory.mktemp("mail")) as database:
        stage = Stage(database, settings={"PUBLIC_URL": "https://rapport.example"})
        asked = {"client_id": stage.acme.id}
        made = {
            name: stage.alice.post("/notices/preview", {**asked, "count": count}).json["html"]
            for name, count in (("notice", 1), ("digest", 3))
        }
        stage.close()
        yield made


@pytest.mark.parametrize("mail", ["notice", "digest"])
@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_a_notice_is_readable_in_light_and_dark_and_on_a_telephone(mails, mail, scheme, width):
    check(mails[mail], mail, scheme=scheme, width=width)
