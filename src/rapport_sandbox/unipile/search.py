"""LinkedIn search: by parameters or by the URL of a results page, and the ids its filters take.

Results stop at about 1,000 (classic) or 2,500 (Sales Navigator, Recruiter), whatever the total says.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import orjson

from rapport_sandbox.refusals import Refused
from rapport_sandbox.unipile import shapes
from rapport_sandbox.unipile.call import choice_field, text_field
from rapport_sandbox.world.cultures import CULTURES, INDUSTRIES

if TYPE_CHECKING:
    from rapport_sandbox.unipile.call import Call
    from rapport_sandbox.unipile.shapes import Shape
    from rapport_sandbox.wire import Answer
    from rapport_sandbox.world.account import Account
    from rapport_sandbox.world.people import Person

_CAPS = {"classic": 1_000, "sales_navigator": 2_500, "recruiter": 2_500}
_REMEMBERED = 32
_LOOKED_AT = 20_000
"""A search stops looking here: a world of 100,000 must not stand still for one rare word."""

_PLACES = tuple(dict.fromkeys(place for culture in CULTURES for place, _ in culture.places))
_DISTANCES = {"FIRST_DEGREE": 1, "SECOND_DEGREE": 2, "THIRD_DEGREE": 3, "OUT_OF_NETWORK": 4}
_PARAMETERS = (
    "LOCATION",
    "PEOPLE",
    "COMPANY",
    "SCHOOL",
    "INDUSTRY",
    "SERVICE",
    "JOB_FUNCTION",
    "JOB_TITLE",
    "EMPLOYMENT_TYPE",
    "SKILL",
)


def search(call: Call) -> Answer:
    """`POST /linkedin/search`. The cursor carries the search; the body may then be anything."""
    account = call.account()
    body = call.json()
    window = call.window("search", default=10, maximum=100, filters=lambda: _wanted(body))
    wanted = window.filters
    api = str(wanted["api"])
    if api != "classic" and api not in account.features:
        raise Refused("feature_not_subscribed", f"The account has no {api}.")
    found = _matches(call, account, wanted)
    start = window.position or 0
    stop = min(start + window.limit, len(found), _CAPS[api])
    items = [_result(account, call.world.people[number]) for number in found[start:stop]]
    return call.done(
        {
            "object": "LinkedinSearch",
            "items": items,
            "config": {"params": wanted},
            "paging": {"start": start, "page_count": len(items), "total_count": len(found)},
            "cursor": window.next_cursor(stop) if stop < min(len(found), _CAPS[api]) else None,
        }
    )


def parameters(call: Call) -> Answer:
    """`GET /linkedin/search/parameters`: the ids of places, companies, industries."""
    call.account()
    kind = call.choice("type", _PARAMETERS)
    if kind is None:
        raise Refused("invalid_parameters", "type is required.")
    word = (call.request.arg("keywords") or "").casefold()
    window = call.window("parameters", default=10, maximum=100, filters=dict)
    if kind == "LOCATION":
        pairs = [(str(index), place) for index, place in enumerate(_PLACES)]
    elif kind == "INDUSTRY":
        pairs = [(str(index), name) for index, name in enumerate(INDUSTRIES)]
    elif kind == "COMPANY":
        known = (call.world.people.company(number) for number in range(call.world.people.companies))
        pairs = [(one.id, one.name) for one in known]
    else:
        pairs = []
    matching = ((one, title) for one, title in pairs if word in title.casefold())
    items = [
        {"object": "LinkedinSearchParameter", "id": one, "title": title}
        for one, title in islice(matching, window.limit)
    ]
    return call.done(
        {
            "object": "LinkedinSearchParametersList",
            "items": items,
            "paging": {"page_count": len(items)},
            "cursor": None,
        }
    )


def company(call: Call) -> Answer:
    call.account()
    found = call.world.people.find_company(call.ids[0])
    if found is None:
        raise Refused("invalid_resource_identifier", "Company not found.")
    return call.done(shapes.company(found))


def inmail_balance(call: Call) -> Answer:
    account = call.account()
    return call.done(
        {
            "object": "LinkedinInmailBalance",
            "premium": account.inmail_credits if account.features else None,
            "recruiter": account.inmail_credits if "recruiter" in account.features else None,
            "sales_navigator": account.inmail_credits if "sales_navigator" in account.features else None,
        }
    )


def _wanted(body: dict[str, object]) -> dict[str, object]:
    """The search in a body, one shape for parameters and URL."""
    url = text_field(body, "url")
    if url is not None:
        return _from_url(url)
    api = choice_field(body, "api", tuple(_CAPS))
    category = choice_field(body, "category", ("people", "companies", "posts", "jobs"))
    if api is None or (category is None and api != "recruiter"):
        raise Refused("invalid_parameters", "api and category are required, or url.")
    if category not in (None, "people"):
        raise Refused("feature_not_implemented", f"This search knows no {category}.")
    wanted: dict[str, object] = {"api": api, "keywords": text_field(body, "keywords") or ""}
    for name in ("location", "company", "network_distance"):
        value = body.get(name, [])
        if not isinstance(value, list):
            raise Refused("invalid_parameters", f"{name} must be a list.")
        wanted[name] = [str(one) for one in value]
    return wanted


def _from_url(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.hostname not in ("www.linkedin.com", "linkedin.com"):
        raise Refused("invalid_parameters", "url must be a LinkedIn search.")
    heads = {"/search/results/people": "classic", "/sales/search/people": "sales_navigator"}
    heads["/talent/search"] = "recruiter"
    api = next((api for head, api in heads.items() if parts.path.startswith(head)), None)
    if api is None:
        raise Refused("invalid_parameters", "url must be a search for people.")
    query = parse_qs(parts.query)
    wanted: dict[str, object] = {"api": api, "keywords": query.get("keywords", [""])[0]}
    for name, parameter in (
        ("location", "geoUrn"),
        ("company", "currentCompany"),
        ("network_distance", "network"),
    ):
        values = query.get(parameter, ["[]"])[0]
        try:
            listed = orjson.loads(values)
        except orjson.JSONDecodeError:
            raise Refused("invalid_parameters", f"url has a broken {parameter}.") from None
        degrees = {"F": "1", "S": "2", "O": "3"}
        wanted[name] = [degrees.get(str(one), str(one)) for one in listed]
    return wanted


def _matches(call: Call, account: Account, wanted: dict[str, object]) -> list[int]:
    """The numbers of those found, remembered for the pages that follow."""
    searches = call.desk.searches
    key = f"{account.id} {orjson.dumps(wanted, option=orjson.OPT_SORT_KEYS).decode()}"
    if key not in searches:
        searches[key] = [
            person.number for person in islice(call.world.people, _LOOKED_AT) if _fits(account, person, wanted, call)
        ]
        while len(searches) > _REMEMBERED:
            searches.popitem(last=False)
    return searches[key]


def _fits(account: Account, person: Person, wanted: dict[str, object], call: Call) -> bool:
    locations, companies, distances = (wanted[name] for name in ("location", "company", "network_distance"))
    if locations and person.location not in [
        _PLACES[int(one)]
        for one in locations  # type: ignore[attr-defined]
        if one.isdigit() and int(one) < len(_PLACES)
    ]:
        return False
    if companies and call.world.people.company(person.company).id not in companies:  # type: ignore[operator]
        return False
    if distances and str(_DISTANCES[shapes.distance(account, person)]) not in distances:  # type: ignore[operator]
        return False
    where = f"{person.name} {person.headline} {person.location or ''}".casefold()
    return all(word in where for word in str(wanted["keywords"]).casefold().split())


def _result(account: Account, person: Person) -> Shape:
    return {
        "type": "PEOPLE",
        "id": person.provider_id,
        "public_identifier": person.public_identifier,
        "public_profile_url": person.profile_url,
        "profile_url": person.profile_url,
        "profile_picture_url": None,
        "member_urn": person.member_urn,
        "name": person.name,
        "first_name": person.first_name or "",
        "last_name": person.last_name or "",
        "network_distance": shapes.short_distance(account, person),
        "location": person.location,
        "industry": None,
        "headline": person.headline,
        "premium": person.is_premium,
        "open_profile": person.is_open_profile,
        "pending_invitation": account.pending_with(person.number) is not None,
    }
