"""What people say when they answer: by mood, in their own language.

The moods matter more than the words: an out-of-office is a reply that is not one, "stop" must stop, and a
single "👍" is still somebody answering.
"""

# ruff: noqa: RUF001 - people write in their own punctuation

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rapport_sandbox.chance import Chance
    from rapport_sandbox.world.people import Person

Mood = Literal["interested", "question", "later", "not_interested", "stop", "out_of_office", "short", "long"]

MOODS: tuple[tuple[Mood, float], ...] = (
    ("interested", 0.22),
    ("question", 0.16),
    ("later", 0.16),
    ("not_interested", 0.18),
    ("stop", 0.04),
    ("out_of_office", 0.08),
    ("short", 0.12),
    ("long", 0.04),
)

_LETTER = """Hi,

thank you for reaching out. We looked at several vendors last year and decided to build it ourselves, which \
in hindsight was not our best idea. Two questions before we talk:
1) do you integrate with our CRM?
2) who else in our industry uses it?

Best,
— sent from my phone, please excuse "typos" & brevity <3"""

_ENGLISH: dict[Mood, tuple[str, ...]] = {
    "interested": (
        "Sounds interesting, can you send me more details?",
        "Yes, let's talk. Does Thursday at 15:00 work?",
        "Perfect timing, we were just looking for something like this!",
    ),
    "question": ("How did you find me?", "What does it cost?", "Is this GDPR compliant?"),
    "later": ("Thanks, not now. Try me again next quarter.", "Busy until the end of the month, sorry."),
    "not_interested": ("Thanks, but we're not interested.", "No thank you."),
    "stop": ("Please stop messaging me.", "Unsubscribe."),
    "out_of_office": (
        "Automatic reply: I am out of the office until Monday with limited access to messages.",
        "I'm on parental leave. Please contact my colleague instead.",
    ),
    "short": ("👍", "ok", "Thanks!", "?", "no"),
    "long": (_LETTER,),
}

_OTHERS: dict[str, dict[Mood, tuple[str, ...]]] = {
    "de": {
        "interested": ("Klingt spannend, schicken Sie mir gern mehr Infos.",),
        "question": ("Woher haben Sie meinen Kontakt?",),
        "later": ("Danke, aktuell kein Bedarf. Melden Sie sich gern im nächsten Quartal.",),
        "not_interested": ("Kein Interesse, danke.",),
        "stop": ("Bitte keine weiteren Nachrichten.",),
        "out_of_office": ("Abwesenheitsnotiz: Ich bin bis zum 12. nicht im Büro.",),
    },
    "fr": {
        "interested": ("Ça m'intéresse, pouvez-vous m'en dire plus ?",),
        "later": ("Merci, pas pour le moment.",),
        "not_interested": ("Non merci, ça ne m'intéresse pas.",),
        "out_of_office": ("Réponse automatique : je suis absent jusqu'à lundi.",),
    },
    "es": {
        "interested": ("Suena bien, ¿me mandas más información?",),
        "not_interested": ("No me interesa, gracias.",),
        "stop": ("Por favor, deja de escribirme.",),
    },
    "pt": {"interested": ("Parece ótimo, podemos conversar?",), "later": ("Agora não, obrigado.",)},
    "it": {"interested": ("Interessante, mi mandi qualche dettaglio?",), "not_interested": ("No, grazie.",)},
    "nl": {"interested": ("Klinkt goed, stuur maar door.",), "not_interested": ("Geen interesse, dank je.",)},
    "pl": {"interested": ("Brzmi ciekawie, proszę o szczegóły.",), "not_interested": ("Nie, dziękuję.",)},
    "ru": {
        "interested": ("Интересно, пришлите подробности.",),
        "not_interested": ("Спасибо, не интересно.",),
    },
    "el": {"interested": ("Ενδιαφέρον, στείλτε μου λεπτομέρειες.",)},
    "ar": {
        "interested": ("يبدو مثيرًا للاهتمام، هل يمكنك إرسال التفاصيل؟",),
        "not_interested": ("لا، شكرًا.",),
    },
    "he": {"interested": ("נשמע מעניין, אפשר עוד פרטים?",), "later": ("תודה, לא עכשיו.",)},
    "hi": {"interested": ("अच्छा लगा, कृपया विवरण भेजें।",)},
    "zh": {"interested": ("很有意思，能发详细资料吗？",), "not_interested": ("谢谢，暂时不需要。",)},
    "ja": {
        "interested": ("興味があります。詳細を送っていただけますか？",),
        "later": ("ありがとうございます。今は結構です。",),
    },
    "ko": {"interested": ("관심 있습니다. 자세한 내용을 보내주세요.",)},
}


def mood_of(person: Person, chance: Chance, *what: object) -> Mood:
    """What this person is in the mood for on this occasion."""
    draw = chance.draw("mood", person.number, *what)
    for mood, share in MOODS:
        draw -= share
        if draw < 0:
            return mood
    return "short"


def say(person: Person, mood: Mood, chance: Chance, *what: object) -> str:
    """The words: in the person's language where we know them, else in English as most would."""
    words = _OTHERS.get(person.language, {}).get(mood) or _ENGLISH[mood]
    return chance.pick(words, "words", person.number, *what)
