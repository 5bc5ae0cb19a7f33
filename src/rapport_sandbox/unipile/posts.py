"""Posts of people: a few each, made up from their number; reactions and comments are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapport_sandbox.clock import MONDAY_MORNING, iso
from rapport_sandbox.refusals import Refused
from rapport_sandbox.unipile.call import by_offset, choice_field, required_text
from rapport_sandbox.unipile.desk import Comment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rapport_sandbox.unipile.call import Call
    from rapport_sandbox.unipile.shapes import Shape
    from rapport_sandbox.wire import Answer
    from rapport_sandbox.world.people import Person

_MOST = 6
_REACTIONS = ("like", "celebrate", "support", "love", "insightful", "funny")
_COMMENT_LENGTH = 1_250
_URN = "urn:li:activity:"
_FIRST_ID = 7_000_000_000_000_000_000


def list_posts(call: Call) -> Answer:
    call.account()
    call.flag("is_company")
    person = call.person(call.ids[0])
    window = call.window("posts", default=100, maximum=100, filters=dict)
    page, cursor = by_offset(_posts_of(call, person), window)
    return call.done({"object": "PostList", "items": page, "cursor": cursor})


def get_post(call: Call) -> Answer:
    call.account()
    person, index = _find(call, call.ids[0])
    return call.done(_post(call, person, index))


def react(call: Call) -> Answer:
    body = call.json()
    account = call.account(required_text(body, "account_id"))
    person, index = _find(call, required_text(body, "post_id"))
    reaction = choice_field(body, "reaction_type", _REACTIONS) or "like"
    key = (account.id, _id(person, index), reaction)
    if key in call.desk.reactions:
        raise Refused("action_already_performed", "The post already has this reaction.")
    call.world.enforcer.judge(account, "react", call.now)
    call.world.enforcer.remember(account, "react", call.now)
    call.desk.reactions.add(key)
    call.world.remember(person.number, "react", account, call.now, reaction)
    return call.done({"object": "ReactionAdded"}, status=201, effect=True)


def list_comments(call: Call) -> Answer:
    call.account()
    person, index = _find(call, call.ids[0])
    comments = call.desk.comments.get(_id(person, index), [])
    window = call.window(f"comments-{call.ids[0]}", default=100, maximum=100, filters=dict)
    page, cursor = by_offset(iter(comments), window)
    return call.done(
        {
            "object": "CommentList",
            "items": [_comment(call, one) for one in page],
            "cursor": cursor,
            "total_items": len(comments),
        }
    )


def comment(call: Call) -> Answer:
    body = call.json()
    account = call.account(required_text(body, "account_id"))
    text = required_text(body, "text", longest=_COMMENT_LENGTH)
    person, index = _find(call, call.ids[0])
    call.world.enforcer.judge(account, "comment", call.now)
    call.world.enforcer.remember(account, "comment", call.now)
    made = Comment(call.world.new_id("comment"), account.id, text, call.now)
    call.desk.comments.setdefault(_id(person, index), []).append(made)
    call.world.remember(person.number, "comment", account, call.now, text)
    return call.done({"object": "CommentSent"}, status=201, effect=True)


def _posts_of(call: Call, person: Person) -> Iterator[Shape]:
    for index in range(call.world.chance.below(_MOST, "posts", person.number)):
        yield _post(call, person, index)


def _post(call: Call, person: Person, index: int) -> Shape:
    post_id = _id(person, index)
    at = iso(MONDAY_MORNING - (index + 1) * 86_400 * (2 + person.number % 9))
    return {
        "object": "Post",
        "provider": "LINKEDIN",
        "id": post_id,
        "social_id": _URN + post_id,
        "share_url": f"https://www.linkedin.com/feed/update/{_URN}{post_id}/",
        "text": f"{person.title} thoughts, part {index + 1}. #growth",
        "date": f"{index + 1}w",
        "parsed_datetime": at,
        "reaction_counter": person.number % 40 + sum(1 for _, reacted, _ in call.desk.reactions if reacted == post_id),
        "comment_counter": len(call.desk.comments.get(post_id, ())),
        "repost_counter": 0,
        "impressions_counter": 0,
        "author": {
            "public_identifier": person.public_identifier or person.provider_id,
            "name": person.name,
            "is_company": False,
        },
        "permissions": {"can_react": True, "can_share": True, "can_post_comments": True},
        "is_repost": False,
        "attachments": [],
    }


def _comment(call: Call, one: Comment) -> Shape:
    account = call.world.accounts.get(one.account_id)
    author = account.owner if account else None
    return {
        "object": "Comment",
        "id": one.id,
        "author": author.name if author else None,
        "author_details": {
            "id": author.provider_id if author else None,
            "headline": author.headline if author else None,
            "profile_url": author.profile_url if author else None,
            "network_distance": None,
        },
        "date": iso(one.at),
        "text": one.text,
        "reaction_counter": 0,
        "reply_counter": 0,
    }


def _id(person: Person, index: int) -> str:
    return str(_FIRST_ID + person.number * _MOST + index)


def _find(call: Call, text: str) -> tuple[Person, int]:
    """The post with this id or social id."""
    digits = text.removeprefix(_URN).removeprefix("urn:li:ugcPost:")
    place = int(digits) - _FIRST_ID if digits.isascii() and digits.isdigit() else -1
    number, index = divmod(place, _MOST)
    world = call.world
    if not world.people.exists(number) or index >= world.chance.below(_MOST, "posts", number):
        raise Refused("resource_not_found", "Post not found.")
    call.note(person=world.people[number].provider_id)
    return world.people[number], index
