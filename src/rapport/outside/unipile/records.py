"""The provider's bodies as records of the port. A record without its id is no record and is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from rapport.outside.unipile.fields import flag, instant, number, record, records, text, texts
from rapport.ports.unipile_records import (
    Account,
    AccountSource,
    Attachment,
    Attendee,
    Chat,
    Company,
    Experience,
    FoundPerson,
    InmailBalance,
    Message,
    OwnProfile,
    Page,
    Post,
    Profile,
    ProfileInvitation,
    Reaction,
    Relation,
    SearchPage,
    SearchParameter,
    SentInvitation,
    Webhook,
    WebhookHeader,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Raw = dict[str, Any]
T = TypeVar("T")

LISTS = ("items", "data", "attendees", "participants")
"""Where an answer keeps its list: the first today, the others in older answers."""


def items(raw: Raw, make: Callable[[Raw], T | None], *names: str) -> tuple[T, ...]:
    """The records of a list; what has no id is passed over, and is still in the page's `raw`."""
    made = (make(item) for item in records(raw, *names))
    return tuple(one for one in made if one is not None)


def has_list(raw: Raw) -> bool:
    """No list is not an empty one.

    Who is missing from the pending invitations is taken to have accepted: a body that forgot its list must
    fail, and not say that nobody is pending.
    """
    return any(isinstance(raw.get(name), list) for name in LISTS)


def page_of(make: Callable[[Raw], T | None]) -> Callable[[Raw], Page[T] | None]:
    """How a page of such records is read."""

    def page(raw: Raw) -> Page[T] | None:
        if not has_list(raw):
            return None
        return Page(items=items(raw, make, *LISTS), cursor=text(raw, "cursor"), raw=raw)

    return page


def account(raw: Raw) -> Account | None:
    id_ = text(raw, "id")
    if id_ is None:
        return None
    im = record(record(raw, "connection_params"), "im")
    return Account(
        id=id_,
        name=text(raw, "name"),
        type=text(raw, "type"),
        owner_provider_id=text(im, "id"),
        username=text(im, "username"),
        premium_features=texts(im, "premiumFeatures"),
        sources=tuple(
            AccountSource(id=text(source, "id") or "", status=text(source, "status"))
            for source in records(raw, "sources")
        ),
        created_at=instant(raw, "created_at"),
        raw=raw,
    )


def own_profile(raw: Raw) -> OwnProfile:
    return OwnProfile(
        provider_id=text(raw, "provider_id"),
        entity_urn=text(raw, "entity_urn"),
        object_urn=text(raw, "object_urn"),
        public_identifier=text(raw, "public_identifier"),
        first_name=text(raw, "first_name"),
        last_name=text(raw, "last_name"),
        headline=text(raw, "headline"),
        email=text(raw, "email"),
        is_premium=flag(raw, "premium"),
        # A seat that cannot be reached comes as `{error}`: it is no seat to work with.
        has_recruiter=text(record(raw, "recruiter"), "contract_id") is not None,
        has_sales_navigator=text(record(raw, "sales_navigator"), "contract_id") is not None,
        raw=raw,
    )


def profile(raw: Raw) -> Profile:
    contact = record(raw, "contact_info")
    invitation = record(raw, "invitation")
    locale = record(raw, "primary_locale")
    return Profile(
        provider_id=text(raw, "provider_id"),
        public_identifier=text(raw, "public_identifier"),
        first_name=text(raw, "first_name"),
        last_name=text(raw, "last_name"),
        headline=text(raw, "headline"),
        summary=text(raw, "summary"),
        location=text(raw, "location"),
        emails=texts(contact, "emails"),
        phones=texts(contact, "phones"),
        websites=texts(raw, "websites"),
        is_relationship=flag(raw, "is_relationship"),
        is_open_profile=flag(raw, "is_open_profile"),
        can_send_inmail=flag(raw, "can_send_inmail"),
        is_premium=flag(raw, "is_premium"),
        network_distance=text(raw, "network_distance"),
        invitation=ProfileInvitation(type=text(invitation, "type"), status=text(invitation, "status"))
        if invitation
        else None,
        experience=tuple(_experience(job) for job in records(raw, "work_experience")),
        follower_count=number(raw, "follower_count"),
        connections_count=number(raw, "connections_count"),
        shared_connections_count=number(raw, "shared_connections_count"),
        public_profile_url=text(raw, "public_profile_url"),
        profile_picture_url=text(raw, "profile_picture_url"),
        country=text(locale, "country"),
        language=text(locale, "language"),
        raw=raw,
    )


def _experience(raw: Raw) -> Experience:
    return Experience(
        company=text(raw, "company"),
        company_id=text(raw, "company_id"),
        position=text(raw, "position"),
        location=text(raw, "location"),
        is_current=flag(raw, "current"),
        start=text(raw, "start"),
        end=text(raw, "end"),
    )


def sent_invitation(raw: Raw) -> SentInvitation:
    return SentInvitation(
        id=text(raw, "id"),
        invited_user=text(raw, "invited_user"),
        invited_user_id=text(raw, "invited_user_id"),
        invited_user_public_id=text(raw, "invited_user_public_id"),
        invited_user_description=text(raw, "invited_user_description"),
        # `date` is for people ("2 weeks ago"): an instant only in `parsed_datetime`, as a rule.
        sent_at=instant(raw, "parsed_datetime", "date"),
        note=text(raw, "invitation_text"),
        raw=raw,
    )


def relation(raw: Raw) -> Relation:
    return Relation(
        member_id=text(raw, "member_id"),
        member_urn=text(raw, "member_urn"),
        connection_urn=text(raw, "connection_urn"),
        public_identifier=text(raw, "public_identifier"),
        public_profile_url=text(raw, "public_profile_url"),
        first_name=text(raw, "first_name"),
        last_name=text(raw, "last_name"),
        headline=text(raw, "headline"),
        connected_at=instant(raw, "created_at"),
        raw=raw,
    )


def found_person(raw: Raw) -> FoundPerson | None:
    id_ = text(raw, "id")
    if id_ is None or text(raw, "type") not in (None, "PEOPLE"):
        return None
    position = next(iter(records(raw, "current_positions")), {})
    return FoundPerson(
        id=id_,
        public_identifier=text(raw, "public_identifier"),
        member_urn=text(raw, "member_urn"),
        name=text(raw, "name"),
        first_name=text(raw, "first_name"),
        last_name=text(raw, "last_name"),
        headline=text(raw, "headline"),
        location=text(raw, "location"),
        industry=text(raw, "industry"),
        network_distance=text(raw, "network_distance"),
        company=text(position, "company"),
        role=text(position, "role"),
        has_pending_invitation=flag(raw, "pending_invitation"),
        profile_url=text(raw, "public_profile_url", "profile_url"),
        raw=raw,
    )


def search_page(raw: Raw) -> SearchPage | None:
    if not has_list(raw):
        return None
    return SearchPage(
        items=items(raw, found_person, *LISTS),
        cursor=text(raw, "cursor"),
        total_count=number(record(raw, "paging"), "total_count"),
        raw=raw,
    )


def search_parameters(raw: Raw) -> tuple[SearchParameter, ...] | None:
    return items(raw, _search_parameter, *LISTS) if has_list(raw) else None


def _search_parameter(raw: Raw) -> SearchParameter | None:
    id_ = text(raw, "id")
    return SearchParameter(id=id_, title=text(raw, "title"), raw=raw) if id_ is not None else None


def post(raw: Raw) -> Post | None:
    id_ = text(raw, "id", "social_id")
    if id_ is None:
        return None
    return Post(
        id=id_,
        social_id=text(raw, "social_id"),
        text=text(raw, "text"),
        share_url=text(raw, "share_url"),
        author_id=text(record(raw, "author"), "id"),
        is_repost=flag(raw, "is_repost"),
        can_react=flag(record(raw, "permissions"), "can_react"),
        posted_at=instant(raw, "parsed_datetime", "date"),
        raw=raw,
    )


def company(raw: Raw) -> Company:
    return Company(
        id=text(raw, "id"),
        name=text(raw, "name"),
        public_identifier=text(raw, "public_identifier"),
        website=text(raw, "website"),
        industries=texts(raw, "industry"),
        employee_count=number(raw, "employee_count"),
        raw=raw,
    )


def inmail_balance(raw: Raw) -> InmailBalance:
    return InmailBalance(
        premium=number(raw, "premium"),
        sales_navigator=number(raw, "sales_navigator"),
        recruiter=number(raw, "recruiter"),
        raw=raw,
    )


def attendee(raw: Raw) -> Attendee:
    return Attendee(
        id=text(raw, "id", "attendee_id"),
        account_id=text(raw, "account_id"),
        provider_id=text(raw, "provider_id", "attendee_provider_id"),
        name=text(raw, "name", "attendee_name"),
        is_self=flag(raw, "is_self"),
        profile_url=text(raw, "profile_url", "attendee_profile_url"),
        picture_url=text(raw, "picture_url"),
        network_distance=text(record(raw, "specifics"), "network_distance"),
        raw=raw,
    )


def attendees(raw: Raw) -> tuple[Attendee, ...] | None:
    """Who is in a chat, under whichever name the answer lists them."""
    return items(raw, attendee, *LISTS) if has_list(raw) else None


def chat(raw: Raw) -> Chat | None:
    id_ = text(raw, "id")
    if id_ is None:
        return None
    last = record(raw, "lastMessage")
    kind = number(raw, "type")
    read_only = number(raw, "read_only")
    return Chat(
        id=id_,
        account_id=text(raw, "account_id"),
        account_type=text(raw, "account_type"),
        provider_id=text(raw, "provider_id"),
        attendee_provider_id=text(raw, "attendee_provider_id"),
        name=text(raw, "name"),
        is_group=kind > 0 if kind is not None else None,
        subject=text(raw, "subject"),
        content_type=text(raw, "content_type"),
        unread_count=number(raw, "unread_count"),
        is_archived=flag(raw, "archived"),
        is_read_only=read_only > 0 if read_only is not None else None,
        last_message_at=instant(raw, "timestamp"),
        attendees=items(raw, attendee, "attendees", "participants"),
        last_message=message(last) if last else None,
        raw=raw,
    )


def message(raw: Raw) -> Message | None:
    id_ = text(raw, "id")
    if id_ is None:
        return None
    return Message(
        id=id_,
        account_id=text(raw, "account_id"),
        chat_id=text(raw, "chat_id", "conversation_id"),
        chat_provider_id=text(raw, "chat_provider_id"),
        provider_id=text(raw, "provider_id"),
        sender_id=text(raw, "sender_id"),
        sender_attendee_id=text(raw, "sender_attendee_id"),
        text=text(raw, "text"),
        sent_at=instant(raw, "timestamp"),
        is_sender=flag(raw, "is_sender"),
        is_event=flag(raw, "is_event"),
        is_deleted=flag(raw, "deleted"),
        is_edited=flag(raw, "edited"),
        is_seen=flag(raw, "seen"),
        attachments=items(raw, attachment, "attachments"),
        reactions=tuple(
            Reaction(value=text(one, "value"), sender_id=text(one, "sender_id"), is_sender=flag(one, "is_sender"))
            for one in records(raw, "reactions")
        ),
        raw=raw,
    )


def attachment(raw: Raw) -> Attachment | None:
    id_ = text(raw, "id", "attachment_id")
    if id_ is None:
        return None
    return Attachment(
        id=id_,
        type=text(raw, "type", "attachment_type"),
        file_name=text(raw, "file_name"),
        mimetype=text(raw, "mimetype"),
        file_size=number(raw, "file_size"),
        url=text(raw, "url"),
        url_expires_at=instant(raw, "url_expires_at"),
        is_unavailable=flag(raw, "unavailable"),
    )


def webhook(raw: Raw) -> Webhook | None:
    id_ = text(raw, "id")
    if id_ is None:
        return None
    accounts = (text(one, "id") for one in records(raw, "account_ids"))
    keys = (text(one, "key") for one in records(raw, "data"))
    return Webhook(
        id=id_,
        name=text(raw, "name"),
        request_url=text(raw, "request_url"),
        source=text(raw, "source"),
        format=text(raw, "format"),
        is_enabled=flag(raw, "enabled"),
        account_ids=tuple(one for one in accounts if one is not None) or texts(raw, "account_ids"),
        events=texts(raw, "events"),
        data_keys=tuple(one for one in keys if one is not None),
        renames=any(text(one, "name") not in (None, text(one, "key")) for one in records(raw, "data")),
        headers=tuple(
            WebhookHeader(key=text(one, "key") or "", value=text(one, "value") or "") for one in records(raw, "headers")
        ),
        raw=raw,
    )
