"""What people say of buying: seldom much, and a refusal goes first."""

from __future__ import annotations

import pytest

from rapport.rules.intentions import Intention, intention

SAID = {
    Intention.BUYING: (
        "What would it cost for ten people?",
        "How much is the annual plan?",
        "Could you send me a quote?",
        "We\u2019re interested, let\u2019s talk next week.",
        "Can we schedule a demo?",
        "Was kostet das im Jahr?",
        "Gerne, machen Sie mir ein Angebot.",
        "C'est combien ?",
        "¿Cuánto cuesta?",
        "> We are not interested\nThat was my colleague. I would be interested!",
    ),
    Intention.REFUSING: (
        "Not interested.",
        "No thanks, what does it cost you to write all this?",
        "We are all set, thank you",
        "Please remove me from your list.",
        "Kein Interesse.",
        "Nein danke",
        "Pas intéressé, merci",
        "STOP MESSAGING ME",
        "I'm no longer interested, the price was too high",
    ),
    None: (
        "Ok",
        "Thank you for connecting!",
        "I will be back on Monday.",
        "Interesting article, well written.",
        "That is priceless :)",
        "> What does it cost?",
        "",
        None,
    ),
}


@pytest.mark.parametrize(("meant", "text"), [(meant, text) for meant, texts in SAID.items() for text in texts])
def test_words_mean_what_they_hardly_ever_mean_otherwise(meant, text):
    assert intention(text) is meant
