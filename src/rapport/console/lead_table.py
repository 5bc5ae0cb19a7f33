"""The table of leads as its address says it: which leads, in which order, with which columns, and of which view.

    /leads?tag=fair&company.contains=logistic&sort=name&order=asc&columns=company,email

A view alone in the address is as it was kept; beside anything else it only says where one began.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from rapport.kernel.listing import OPERATORS
from rapport.leads.queries.register import LEADS
from rapport.leads.words import USUAL_COLUMNS, LeadColumn

_NOT_OURS = ("id", "client_id")
"""Ticks of rows and the chosen client say these."""
_PLACES = ("view", "client", "cursor")
_STATE = ("filter", "sort", "order", "columns")
CONTROLLED = ("q", "tag", "temperature", "replied_at.is_null", "in_campaign", "source", "has_email", "do_not_contact")
"""Filters that have a control of their own; any other of the API's is shown as a word to be taken away."""
LATER = CONTROLLED[4:]
"""Those that are folded away until one of them is used."""
_COMPARED = {
    "eq": "",
    "ne": "is not",
    "in": "is one of",
    "contains": "contains",
    "is_null": "is empty:",
    "gt": "after",
    "gte": "from",
    "lt": "before",
    "lte": "until",
}


@dataclass(frozen=True, slots=True)
class Table:
    """What is shown of leads."""

    filter: Mapping[str, str]
    sort: str
    order: str
    columns: tuple[str, ...]
    view: Mapping[str, Any] | None = None

    @property
    def changed(self) -> bool:
        """Whether it is otherwise than the view with which it began."""
        return self.view is not None and any(self.state[name] != self.view[name] for name in _STATE)

    @property
    def state(self) -> dict[str, Any]:
        """As a view keeps it."""
        kept = {"filter": dict(self.filter), "sort": self.sort, "order": self.order}
        return {**kept, "columns": list(self.columns)}

    @property
    def said(self) -> dict[str, str]:
        """As an address or a form says it."""
        state = {**self.filter, "sort": self.sort, "order": self.order, "columns": ",".join(self.columns)}
        if self.view is not None:
            return {**state, "view": self.view["id"]}
        usual = {"sort": LEADS.default_sort, "order": LEADS.default_order, "columns": ",".join(USUAL_COLUMNS)}
        return {name: value for name, value in state.items() if usual.get(name) != value}

    @property
    def others(self) -> list[tuple[str, str, dict[str, str]]]:
        """Filters without a control: the name, the words, and the address without it."""
        found = []
        for name, value in self.filter.items():
            if name not in CONTROLLED:
                field, _, operator = name.partition(".")
                words = " ".join((field.replace("_", " "), _COMPARED[operator or "eq"], value))
                found.append((name, " ".join(words.split()).capitalize(), self.without(name)))
        return found

    @property
    def query(self) -> dict[str, str]:
        """As the list of the API is asked."""
        asked = {}
        for name, value in self.filter.items():
            field, _, operator = name.partition(".")
            asked[f"filter[{field}][{operator}]" if operator else f"filter[{field}]"] = value
        return asked | {"sort": self.sort, "order": self.order}

    def without(self, name: str) -> dict[str, str]:
        """The address without one filter."""
        return {each: value for each, value in self.said.items() if each != name}

    def sorted_by(self, name: str) -> dict[str, str]:
        """The address sorted by this, and the other way round when it is already."""
        first = "asc" if name == "name" else "desc"
        turned = "desc" if self.order == "asc" else "asc"
        return {**self.said, "sort": name, "order": turned if self.sort == name else first}


def asked(given: MultiDict[str, str], views: Sequence[Mapping[str, Any]]) -> Table:
    """The table that an address or a form asks for."""
    view = next((each for each in views if each["id"] == given.get("view")), None)
    if view is not None and not set(given) - set(_PLACES):
        return Table(view["filter"], view["sort"], view["order"], tuple(view["columns"]), view)
    sort = given.get("sort", "")
    picked = given["columns"].split(",") if given.get("columns") else given.getlist("column")
    known = [each.value for each in LeadColumn]
    return Table(
        {name: value.strip() for name, value in given.items() if value.strip() and _is_filter(name)},
        sort if sort in LEADS.sorts else LEADS.default_sort,
        "asc" if given.get("order") == "asc" else "desc",
        tuple(each for each in picked if each in known) or USUAL_COLUMNS,
        view,
    )


def _is_filter(name: str) -> bool:
    field, _, operator = name.partition(".")
    spec = LEADS.fields.get(field)
    return spec is not None and field not in _NOT_OURS and (operator or "eq") in OPERATORS[spec.kind]
