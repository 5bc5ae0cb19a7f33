"""Words that are ours, in the order in which somebody meets them, and what each means: for the page that says so."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, tuple[str, str]] = {
    "client": ("Client", "A customer of the agency. Leads, campaigns and conversations belong to exactly one."),
    "account": (
        "Account",
        "A LinkedIn account that sends, connected on a page of the provider. We never see its password.",
    ),
    "lead": ("Lead", "A person, once per client, however many lists they came on."),
    "campaign": ("Campaign", "A sequence of steps, who sends it, its working hours and what it is for."),
    "step": (
        "Step",
        "One thing a sequence does: an invitation, a message, a visit, or a wait for something to happen.",
    ),
    "variant": (
        "Variant",
        "One of several texts of a step. Each lead is given one and keeps it, so that texts can be compared.",
    ),
    "enrollment": (
        "Enrollment",
        "One lead in one campaign: where they stand, who writes to them, when they are next due.",
    ),
    "why": (
        "Why",
        "What an enrollment waits for and until when. The sending asks the same question, so both say the same.",
    ),
    "gate": (
        "Gate",
        "One thing that must be so before anything is sent, such as working hours, a limit or an account that is well.",
    ),
    "action": (
        "Action",
        "One attempt of one step for one lead, written down before the call. At most one ever succeeds.",
    ),
    "uncertain": (
        "Uncertain",
        "A call without a clear answer. It is never repeated blind: LinkedIn is read back. If you can see it, say so.",
    ),
    "limits": (
        "Limits",
        "What an account may do in a day, in seven days, and have pending. Nothing leaves beyond them.",
    ),
    "warmup": (
        "Warm-up",
        "A new or long-idle account begins with a fifth of its limits and rises day by day to all of them.",
    ),
    "cooldown": (
        "Cooling down",
        "LinkedIn asked an account to rest for a while. It goes on by itself at the instant it says.",
    ),
    "pending": (
        "Pending invitations",
        "Invitations that nobody has answered. Old ones are withdrawn, so that the number stays low.",
    ),
    "temperature": ("Temperature", "How warm somebody is: hot, warm or cold. It says how soon they want an answer."),
    "score": (
        "Score",
        "Points for how well a lead fits, their market, how they can be reached and what they did; they add up.",
    ),
    "answer-time": (
        "Due and late",
        "How long people may wait for an answer, by temperature. Due soon is a warning, late is a breach.",
    ),
    "snooze": ("Snoozed", "A conversation that is away until an instant you chose, or until they write again."),
    "offering": ("Offering", "Something a client offers. Every message is looked at for what it asks about."),
    "do-not-contact": (
        "Do not contact",
        "Persons, companies and domains that nothing automatic reaches, whatever list they come on.",
    ),
    "erase": (
        "Erase",
        "Everything that names a person goes for good. Only hashes stay, which keep them from coming back.",
    ),
    "unmatched": (
        "Unmatched",
        "A message from somebody who is no lead. Say who wrote it, or add the person; nothing is guessed.",
    ),
    "job": ("Job", "Background work that is tried again when it fails. One that was dismissed never runs again."),
    "delivery": (
        "Delivery",
        "A notice to somebody outside: a webhook, a mail, a chat. A dead letter is one that was given up.",
    ),
    "simulation": (
        "Simulation",
        "The whole run of a campaign on a clock of its own, by the code that sends. The band is chance.",
    ),
}
"""Anchor → the word, and what it means."""
