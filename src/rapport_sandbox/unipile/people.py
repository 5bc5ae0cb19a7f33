"""Profiles, the owner's own, and relations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapport_sandbox.refusals import Refused
from rapport_sandbox.unipile import shapes
from rapport_sandbox.unipile.call import by_offset, required_text

if TYPE_CHECKING:
    from rapport_sandbox.unipile.call import Call
    from rapport_sandbox.wire import Answer


def me(call: Call) -> Answer:
    return call.done(shapes.owner(call.account()))


def profile(call: Call) -> Answer:
    """A profile; with `notify=true` the person sees that they were visited."""
    account = call.account()
    visit = call.flag("notify") is True
    api = call.choice("linkedin_api", ("recruiter", "sales_navigator"))
    sections = _sections(call)
    if visit:
        call.note(kind="visit")
    person = call.person(call.ids[0])
    if api is not None and api not in account.features:
        raise Refused("feature_not_subscribed", f"The account has no {api}.")
    world = call.world
    world.enforcer.judge(account, "profile", call.now)
    world.enforcer.remember(account, "profile", call.now)
    if visit:
        world.remember(person.number, "visit", account, call.now)
    throttled = sections and world.chance.happens(
        world.switches.sections_throttled, "sections", account.id, person.number, call.now
    )
    shape = shapes.profile(world, account, person, () if throttled else sections)
    if throttled:
        shape["throttled_sections"] = list(sections)
    return call.done(shape, effect=visit)


def relations(call: Call) -> Answer:
    """First-degree relations, the newest first."""
    account = call.account()
    window = call.window("relations", default=100, maximum=1_000, filters=dict)
    world = call.world
    visible = (
        (number, since)
        for number, since in reversed(account.relations.items())
        if since + world.switches.list_lag <= call.now
    )
    page, cursor = by_offset(visible, window)
    items = [shapes.relation(world, account, world.people[number], since) for number, since in page]
    return call.done({"object": "UserRelationsList", "items": items, "cursor": cursor})


def follow(call: Call) -> Answer:
    return _follow(call, wanted=True)


def unfollow(call: Call) -> Answer:
    return _follow(call, wanted=False)


def _follow(call: Call, *, wanted: bool) -> Answer:
    body = call.json()
    account = call.account(required_text(body, "account_id"))
    person = call.person(required_text(body, "user_id"))
    if (person.number in account.following) == wanted:
        raise Refused("action_already_performed", "Already so.")
    call.world.enforcer.judge(account, "follow", call.now)
    call.world.enforcer.remember(account, "follow", call.now)
    if wanted:
        account.following.add(person.number)
        call.world.remember(person.number, "follow", account, call.now)
    else:
        account.following.discard(person.number)
    return call.done({"object": "UserFollowed" if wanted else "UserUnfollowed"}, effect=True)


def _sections(call: Call) -> tuple[str, ...]:
    """`linkedin_sections=*`, a comma-separated list, or the parameter repeated."""
    wanted: list[str] = []
    for value in call.request.args("linkedin_sections"):
        for name in value.split(","):
            section = name.strip().removesuffix("_preview")
            if section == "*":
                return shapes.SECTIONS
            if section not in shapes.SECTIONS:
                raise Refused("invalid_parameters", f"linkedin_sections has no section {name.strip()!r}.")
            wanted.append(section)
    return tuple(wanted)
