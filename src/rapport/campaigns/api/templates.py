"""Texts over HTTP, before they stand in any campaign."""

from __future__ import annotations

from typing import Any

from rapport.campaigns import personalise
from rapport.campaigns.schemas.sequences import TemplateIn, TemplateOut
from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.kernel.errors import field_error
from rapport.rules import template
from rapport.rules.permissions import Permission
from rapport.rules.sequences import StepKind

room = Room("templates", "/templates", "Texts with variables.")


@room.post("/check", may=Permission.READ, body=TemplateIn, out=TemplateOut, status=200, once=False, own=True)
def check_template(call: Call) -> dict[str, Any]:
    """Say whether a text is a good template: what is wrong and where, which variables it names, how long it is."""
    kind, field, text = StepKind(call.body["kind"]), call.body["field"], call.body["text"]
    if field == "subject" and kind not in template.LONGEST_SUBJECT:
        raise field_error("field", f"A step of the kind {kind} has no subject.")
    parsed = template.parse(text)
    most, length = personalise.longest(kind, field), personalise.fixed_length(text)
    if isinstance(parsed, template.Broken):
        problems, variables = parsed.problems, []
    else:
        problems = personalise.too_many_fixed_words(length, most)
        variables = [
            {"name": name, "is_custom": name not in personalise.VARIABLES, "is_needed": name in parsed.needed}
            for name in parsed.variables
        ]
    return {
        "good": not problems,
        "problems": [
            {"line": problem.line, "column": problem.column, "sentence": problem.sentence} for problem in problems
        ],
        "variables": variables,
        "fixed_length": length,
        "most": most,
    }
