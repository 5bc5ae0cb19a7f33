# ruff: noqa: RUF001 - letters that look alike are what is tested here
"""Conversations are found by their words, in every alphabet, and the same ones on both databases."""

from __future__ import annotations

import random
from urllib.parse import quote

import pytest

from rapport.conversations.told import Somebody
from rapport.inbox.queries import conversations
from rapport.kernel.listing import Asked, Condition, page
from rapport.leads import erasing, persons
from rapport.rules import search_words
from tests.databases import fresh_database
from tests.rooms.inbox.world import wrote
from tests.stage import Stage

SAID = {
    "english": "Don't call me; e-mail: ada.lovelace@engines.example, v2.0 costs 1,500.00 EUR (1e5?) foo_bar",
    "german": "Grüße aus der Straße in München, übermorgen um 10:30 Uhr",
    "czech": "Příliš žluťoučký kůň úpěl ďábelské ódy",
    "turkish": "İstanbul'da ılık bir akşam",
    "greek": "Καλημέρα, τί κάνετε; Σίσυφος",
    "russian": "Здравствуйте! Ещё не решили, ёлки",
    "hebrew": "שָׁלוֹם עולם, נדבר מחר",
    "arabic": "السَّلامُ عَلَيْكُم نتحدث غدًا",
    "hindi": "नमस्ते, कल बात करते हैं",
    "chinese": "你好，我们明天谈谈合作",
    "japanese": "ガイドをありがとうございます。明日お願いします",
    "korean": "안녕하세요, 내일 이야기해요",
    "thai": "สวัสดีครับ พรุ่งนี้คุยกัน",
    "fullwidth": "ＡＢＣ１２３ ﬁne",
    "empty": "!!! ... 🙂",
}
ASKED = {
    "dont": [],
    "don't": ["english"],
    "ENGINES": ["english"],
    "engin": ["english"],
    "engin ": [],
    "ada lovelace": ["english"],
    "v2.0": ["english"],
    "1e5": ["english"],
    "foo_bar": ["english"],
    "grusse": ["german"],
    "gruße": ["german"],
    "GRÜSSE strasse": ["german"],
    "munch": ["german"],
    "zlutoucky kun": ["czech"],
    "istanbul": ["turkish"],
    "καλημερα": ["greek"],
    "ΣΙΣΥΦΟΣ": ["greek"],
    "еще": ["russian"],
    "Здравств": ["russian"],
    "שלום": ["hebrew"],
    "السلام": ["arabic"],
    "नमस्ते": ["hindi"],
    "合作": ["chinese"],
    "明日": ["japanese"],
    "ガイド": ["japanese"],
    "안녕": ["korean"],
    "พรุ่งนี้": ["thai"],
    "abc123 fine": ["fullwidth"],
    "writer of": list(SAID),
    "🙂": [],
    "' OR '1'='1": [],
    'w" OR "u': [],
    "NEAR(call, 1)": [],
}


def found(stage, text, by=None):
    answer = (by or stage.alice).get(f"/inbox/conversations?limit=200&filter[q]={quote(text)}")
    assert answer.status_code == 200, answer.json
    return {each["id"] for each in answer.json["items"]}


@pytest.fixture
def spoken(stage):
    stage.chats = {name: wrote(stage, name, text=text) for name, text in SAID.items()}
    return stage


def test_words_are_found_in_every_alphabet_by_any_spelling_and_while_being_typed(spoken):
    names = {conversation: name for name, conversation in spoken.chats.items()}
    got = {text: sorted(names[each] for each in found(spoken, text)) for text in ASKED}
    assert got == {text: sorted(expected) for text, expected in ASKED.items()}
    assert found(spoken, "engines", by=spoken.carol) == set()


def test_both_databases_find_the_same(tmp_path, seed):
    """Random pieces of what was said, and of other words, are asked of both."""
    draw = random.Random(seed)
    answers = []
    pieces = [text[a : a + draw.randint(1, 9)] for text in SAID.values() for a in draw.sample(range(len(text)), 6)]
    pieces = [" ".join(draw.sample(pieces, draw.choice((1, 1, 2)))) for _ in range(80)]
    for kind in ("sqlite", "postgresql"):
        (tmp_path / kind).mkdir()
        with fresh_database(kind, tmp_path / kind) as database:
            stage = Stage(database)
            names = {wrote(stage, name, text=text): name for name, text in SAID.items()}
            got = [sorted(names[each] for each in found(stage, piece)) for piece in pieces if piece.strip()]
            answers.append(got)
            stage.close()
    assert answers[0] == answers[1]
    assert any(answers[0]), "something was found at all"


def test_what_is_edited_taken_back_or_erased_is_not_found_any_more(stage):
    ada = stage.lead("Ada Lovelace")
    conversation = wrote(stage, "c1", text="A secret", message_id="m1", author=Somebody("ACada", "Zuse"))
    assert found(stage, "secret") == found(stage, "zuse") == {conversation}
    wrote(stage, "c1", text="A promise", message_id="m1", edited_at=stage.clock.now())
    assert (found(stage, "secret"), found(stage, "promise")) == (set(), {conversation})
    wrote(stage, "c1", text=None, message_id="m1", deleted_at=stage.clock.now())
    assert found(stage, "promise") == set()
    talk = wrote(stage, "c2", lead=ada, text="Engines")
    assert found(stage, "engines") == {talk}
    with stage.tx() as tx:
        erasing.erase(tx, persons.get(tx, ada, in_turn=True), confirm=ada)
    stage.run_consumers()
    assert found(stage, "engines") == set()


def test_a_word_is_cut_where_it_makes_no_difference_any_more():
    long = "a" * 200
    assert list(search_words.words(long)) == ["w" + "a" * search_words.LONGEST]
    assert search_words.asked(long).words == ("w" + "a" * search_words.LONGEST,)
    assert search_words.asked(" ?! ") is None


def test_common_words_are_found_by_going_through_the_list_and_are_the_same(spoken):
    names = {conversation: name for name, conversation in spoken.chats.items()}
    got = {}
    for text in ASKED:
        asked = Asked(conditions=(Condition("q", "eq", text),), limit=200)
        with spoken.reading() as reading:
            items = page(reading, conversations.THROUGH_THE_LIST, asked).items
        got[text] = sorted(names[each["id"]] for each in items)
    assert got == {text: sorted(expected) for text, expected in ASKED.items()}
