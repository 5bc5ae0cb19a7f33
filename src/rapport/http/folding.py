"""The document with what many operations say said once: refusals and the list of time zones become components.

Without this the document repeats every refusal in every operation and 600 zone names in every body that has
one, and readers, generators and browsers carry it all.
"""

from __future__ import annotations

from typing import Any

_A_LONG_LIST = 100


def fold(document: dict[str, Any]) -> None:
    """Move equal refusals to `components/responses` and long lists of values to `components/schemas`."""
    components = document["components"]
    responses = components.setdefault("responses", {})
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and "responses" in operation:
                _fold_refusals(operation["responses"], responses)
    lists: dict[str, dict[str, Any]] = {}
    for part in (components["schemas"], document["paths"]):
        _fold_lists(part, lists)
    components["schemas"].update(lists)


def _fold_refusals(of_operation: dict[str, Any], shared: dict[str, Any]) -> None:
    for status, response in of_operation.items():
        if not str(status).startswith(("4", "5")) or "$ref" in response:
            continue
        codes = [code for content in response.get("content", {}).values() for code in content.get("examples", {})]
        name = ".".join([str(status), *sorted(codes)])
        shared.setdefault(name, response)
        of_operation[status] = {"$ref": f"#/components/responses/{name}"}


def _fold_lists(part: Any, lists: dict[str, dict[str, Any]]) -> None:
    """A list of values gets the name of the first property that has it."""
    if isinstance(part, list):
        for each in part:
            _fold_lists(each, lists)
        return
    if not isinstance(part, dict):
        return
    for key, value in part.items():
        if not isinstance(value, dict) or len(value.get("enum", ())) < _A_LONG_LIST:
            _fold_lists(value, lists)
            continue
        listed = {"type": "string", "enum": value.pop("enum")}
        value.pop("type", None)
        name = next((name for name, known in lists.items() if known == listed), f"{key.capitalize()}Name")
        lists[name] = listed
        value["$ref"] = f"#/components/schemas/{name}"
