"""What the log says of messages that others bring, in sentences."""

from __future__ import annotations

from rapport.events.titles import title

INTENTS = title("message.intents_told", "The bot on {channel} understood: {intents}")
ANSWERED = title("message.auto_replied", "An automatic answer was given on {channel}: {text_name}")
"""Never what was written: the name of the text stands for it."""
