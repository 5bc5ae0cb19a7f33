"""The words of forms and of what is sent through them."""

from __future__ import annotations

from enum import StrEnum


class FormKind(StrEnum):
    """What a form is on a client's site."""

    FORM = "form"
    """A contact form."""
    CHATBOT = "chatbot"
    INQUIRY = "inquiry"
    """A question about something that the client offers."""


class SubmissionStatus(StrEnum):
    """What was made of a submission."""

    TAKEN = "taken"
    SPAM = "spam"
    """It filled what no person sees: kept to be looked at, and nothing more."""
    FORGOTTEN = "forgotten"
    """The person asked to be erased: nothing of them is kept."""


FIELDS = (
    *("full_name", "first_name", "last_name", "email", "phone", "company", "title"),
    *("website", "profile_url", "message"),
)
"""What a form may ask for beside fields of its own; named as a lead's fields are."""
NAMING = ("email", "profile_url")
"""Of these it must ask for at least one: what names nobody makes no lead."""
TRAP = "url"
"""The field that no person sees. Whoever fills it is a program."""
