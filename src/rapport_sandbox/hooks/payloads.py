"""What a webhook says, word for word as Unipile says it, before any quirk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapport_sandbox.clock import iso
from rapport_sandbox.unipile import talk_shapes
from rapport_sandbox.world.happenings import Happening, MailTracked, Messaged, Related, StatusChanged

if TYPE_CHECKING:
    from rapport_sandbox.unipile.desk import Desk
    from rapport_sandbox.world.account import Account
    from rapport_sandbox.world.people import Person
    from rapport_sandbox.world.world import World

Payload = dict[str, object]


def source_and_event(happening: Happening) -> tuple[str, str | None]:
    """Which webhooks are concerned."""
    match happening:
        case Messaged():
            return "messaging", happening.event
        case Related():
            return "users", "new_relation"
        case MailTracked():
            return "email_tracking", happening.event
        case StatusChanged():
            return "account_status", None
        case _:
            raise TypeError(f"nobody can be told of {happening!r}")


def truth(world: World, happening: Happening) -> Payload:
    """Which fact is told, and of whom. A listener can make the same `ref` from the body it gets."""
    match happening:
        case Messaged(event=event, message=one):
            person = world.people[one.chat.people[0] if one.is_own else one.sender].provider_id
            ref = f"{event}:{one.id}"
            if event != "message_received":
                ref += f":{iso(happening.at)}"
            return {"ref": ref, "person": person, "is_sender": one.is_own, "message_id": one.id}
        case Related():
            person = world.people[happening.person].provider_id
            return {"ref": f"new_relation:{happening.account_id}:{person}", "person": person}
        case MailTracked():
            return {"ref": f"{happening.event}:{happening.id}"}
        case StatusChanged():
            return {"ref": f"account_status:{happening.account_id}:{happening.message}"}
        case _:
            raise TypeError(f"nobody can be told of {happening!r}")


def payload(desk: Desk, happening: Happening, webhook_name: str) -> Payload:
    match happening:
        case Messaged():
            return _message(desk, happening, webhook_name)
        case Related():
            return _relation(desk, happening, webhook_name)
        case MailTracked():
            return _mail(happening)
        case StatusChanged():
            return {
                "AccountStatus": {
                    "account_id": happening.account_id,
                    "account_type": "LINKEDIN",
                    "message": happening.message,
                }
            }
        case _:
            raise TypeError(f"nobody can be told of {happening!r}")


def _message(desk: Desk, happening: Messaged, webhook_name: str) -> Payload:
    world, one = desk.world, happening.message
    account = world.accounts[happening.account_id]
    body: Payload = {
        "account_id": account.id,
        "account_type": "LINKEDIN",
        "account_info": {
            "type": "LINKEDIN",
            "feature": "classic",
            "user_id": account.owner.provider_id,
        },
        "event": happening.event,
        "chat_id": one.chat.id,
        "provider_chat_id": one.chat.provider_id,
        "timestamp": iso(one.at if happening.event == "message_received" else happening.at),
        "webhook_name": webhook_name,
        "message_id": one.id,
        "provider_message_id": talk_shapes.provider_message_id(one),
        "message": one.text,
        "sender": _attendee(desk, account, world.people[one.sender]),
        "attendees": [_attendee(desk, account, world.people[number]) for number in one.chat.people],
        "attachments": [talk_shapes.attachment(one, file, happening.at) for file in one.attachments],
        "is_sender": one.is_own,
        "is_event": 0,
        "is_group": one.chat.is_group,
        "subject": one.chat.subject,
        "quoted": None,
    }
    if happening.reaction_by is not None:
        body["reaction"] = happening.reaction
        body["reaction_sender"] = _attendee(desk, account, world.people[happening.reaction_by])
    return body


def _attendee(desk: Desk, account: Account, person: Person) -> Payload:
    return {
        "attendee_id": desk.attendee_id(account, person),
        "attendee_name": person.name,
        "attendee_provider_id": person.provider_id,
        "attendee_profile_url": person.profile_url,
    }


def _relation(desk: Desk, happening: Related, webhook_name: str) -> Payload:
    world = desk.world
    person = world.people[happening.person]
    body: Payload = {
        "event": "new_relation",
        "account_id": happening.account_id,
        "account_type": "LINKEDIN",
        "webhook_name": webhook_name,
        "user_full_name": person.name,
        "user_provider_id": person.provider_id,
        "user_public_identifier": person.public_identifier,
        "user_profile_url": person.profile_url,
        "user_picture_url": None,
    }
    hidden = world.switches.relation_without_public_identifier
    if person.public_identifier is None or world.chance.happens(hidden, "hook-public", happening.id):
        del body["user_public_identifier"]
        body["user_profile_url"] = f"https://www.linkedin.com/in/{person.provider_id}"
    return body


def _mail(happening: MailTracked) -> Payload:
    body: Payload = {
        "event_id": happening.id,
        "tracking_id": happening.tracking_id,
        "type": happening.event,
        "date": iso(happening.at),
        "email_id": happening.email_id,
        "account_id": happening.account_id,
        "ip": "127.0.0.1",
        "user_agent": "Mozilla/5.0 (sandbox)",
        "label": None,
    }
    if happening.url is not None:
        body["url"] = happening.url
    return body
