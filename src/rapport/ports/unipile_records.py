"""What Unipile's answers say, as values the rooms can hold.

Every field but the id may be None: the provider leaves out what it was throttled on, and has been seen to
change types. `raw` is the body as it came, so nothing is lost that a field does not name; it stays out of
`repr`, because it holds people's words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from datetime import datetime

T = TypeVar("T")
Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; `cursor` is where the next begins, None on the last."""

    items: tuple[T, ...]
    cursor: str | None
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class AccountSource:
    id: str
    status: str | None
    """OK, STOPPED, ERROR, CREDENTIALS, PERMISSIONS or CONNECTING."""


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    name: str | None
    type: str | None
    owner_provider_id: str | None
    """The owner's own provider id: a message from it is our own."""
    username: str | None
    premium_features: tuple[str, ...]
    sources: tuple[AccountSource, ...]
    created_at: datetime | None
    raw: Raw = field(repr=False)

    @property
    def is_ok(self) -> bool:
        """True when there is a source and every source is OK; reads of any other account may be old."""
        return bool(self.sources) and all(source.status == "OK" for source in self.sources)


@dataclass(frozen=True, slots=True)
class OwnProfile:
    provider_id: str | None
    entity_urn: str | None
    object_urn: str | None
    public_identifier: str | None
    first_name: str | None
    last_name: str | None
    headline: str | None
    email: str | None
    is_premium: bool | None
    has_recruiter: bool
    has_sales_navigator: bool
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class ProfileInvitation:
    type: str | None
    """SENT or RECEIVED."""
    status: str | None
    """PENDING, IGNORED or WITHDRAWN."""


@dataclass(frozen=True, slots=True)
class Experience:
    company: str | None
    company_id: str | None
    position: str | None
    location: str | None
    is_current: bool | None
    start: str | None
    end: str | None


@dataclass(frozen=True, slots=True)
class Profile:
    provider_id: str | None
    public_identifier: str | None
    first_name: str | None
    last_name: str | None
    headline: str | None
    summary: str | None
    location: str | None
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    websites: tuple[str, ...]
    is_relationship: bool | None
    is_open_profile: bool | None
    can_send_inmail: bool | None
    is_premium: bool | None
    network_distance: str | None
    """FIRST_DEGREE, SECOND_DEGREE, THIRD_DEGREE or OUT_OF_NETWORK."""
    invitation: ProfileInvitation | None
    experience: tuple[Experience, ...]
    follower_count: int | None
    connections_count: int | None
    shared_connections_count: int | None
    public_profile_url: str | None
    profile_picture_url: str | None
    country: str | None
    language: str | None
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class SentInvitation:
    """A pending invitation. Accepted and withdrawn ones are no longer listed."""

    id: str | None
    """Without one it cannot be withdrawn; it is pending all the same."""
    invited_user: str | None
    invited_user_id: str | None
    invited_user_public_id: str | None
    invited_user_description: str | None
    sent_at: datetime | None
    note: str | None
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class Relation:
    """A first-degree connection. `member_id` may differ from the lead's provider id: resolve by profile."""

    member_id: str | None
    member_urn: str | None
    connection_urn: str | None
    public_identifier: str | None
    public_profile_url: str | None
    first_name: str | None
    last_name: str | None
    headline: str | None
    connected_at: datetime | None
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class FoundPerson:
    id: str
    public_identifier: str | None
    member_urn: str | None
    name: str | None
    first_name: str | None
    last_name: str | None
    headline: str | None
    location: str | None
    industry: str | None
    network_distance: str | None
    """DISTANCE_1, DISTANCE_2, DISTANCE_3 or OUT_OF_NETWORK: search spells it unlike profiles."""
    company: str | None
    role: str | None
    has_pending_invitation: bool | None
    profile_url: str | None
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class SearchPage:
    """`total_count` may exceed what can be read: the provider stops at 1,000 or 2,500 results."""

    items: tuple[FoundPerson, ...]
    cursor: str | None
    total_count: int | None
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class SearchParameter:
    id: str
    title: str | None
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class Post:
    id: str
    social_id: str | None
    """What a reaction must name."""
    text: str | None
    share_url: str | None
    author_id: str | None
    is_repost: bool | None
    can_react: bool | None
    posted_at: datetime | None
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class Company:
    id: str | None
    name: str | None
    public_identifier: str | None
    website: str | None
    industries: tuple[str, ...]
    employee_count: int | None
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class InmailBalance:
    premium: int | None
    sales_navigator: int | None
    recruiter: int | None
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class Attachment:
    id: str
    type: str | None
    """img, video, audio, file or linkedin_post."""
    file_name: str | None
    mimetype: str | None
    file_size: int | None
    url: str | None
    url_expires_at: datetime | None
    is_unavailable: bool | None


@dataclass(frozen=True, slots=True)
class Reaction:
    value: str | None
    sender_id: str | None
    is_sender: bool | None


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    account_id: str | None
    chat_id: str | None
    chat_provider_id: str | None
    provider_id: str | None
    sender_id: str | None
    """The provider id of the writer."""
    sender_attendee_id: str | None
    text: str | None
    sent_at: datetime | None
    is_sender: bool | None
    """None when the provider did not say: direction is then decided by `sender_id`."""
    is_event: bool | None
    is_deleted: bool | None
    is_edited: bool | None
    is_seen: bool | None
    attachments: tuple[Attachment, ...]
    reactions: tuple[Reaction, ...]
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody in a chat; older answers call them participants."""

    id: str | None
    account_id: str | None
    provider_id: str | None
    name: str | None
    is_self: bool | None
    profile_url: str | None
    picture_url: str | None
    network_distance: str | None
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class Chat:
    id: str
    account_id: str | None
    account_type: str | None
    provider_id: str | None
    attendee_provider_id: str | None
    name: str | None
    is_group: bool | None
    subject: str | None
    content_type: str | None
    """inmail, sponsored or linkedin_offer; None for an ordinary chat."""
    unread_count: int | None
    is_archived: bool | None
    is_read_only: bool | None
    last_message_at: datetime | None
    attendees: tuple[Attendee, ...]
    """Empty when the list did not bring them: ask for the chat's attendees."""
    last_message: Message | None
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class WebhookHeader:
    key: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook as listed. The list does not always name the source: events and data keys tell it."""

    id: str
    name: str | None
    request_url: str | None
    source: str | None
    format: str | None
    is_enabled: bool | None
    account_ids: tuple[str, ...]
    """Empty: all accounts, present and future."""
    events: tuple[str, ...]
    data_keys: tuple[str, ...]
    renames: bool
    """Whether it sends fields under other names than their own."""
    headers: tuple[WebhookHeader, ...]
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class Download:
    content: bytes = field(repr=False)
    content_type: str | None


# What a call is given


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that goes with a message; the provider takes up to 25 MiB."""

    file_name: str
    content: bytes = field(repr=False)
    content_type: str


@dataclass(frozen=True, slots=True)
class SearchByUrl:
    """A search as copied from LinkedIn's or Sales Navigator's address bar."""

    url: str


@dataclass(frozen=True, slots=True)
class SearchByParameters:
    """`api` is classic, sales_navigator or recruiter; `filters` hold ids found by `search_parameters`."""

    api: str
    category: str
    filters: Raw = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HostedLinkOrder:
    """A sign-in page for an owner: `reconnect_account_id` mends that account, without it one is added."""

    expires_at: datetime
    name: str
    """Our own reference; comes back with the notice."""
    notify_url: str | None
    success_redirect_url: str | None
    failure_redirect_url: str | None
    reconnect_account_id: str | None = None
    providers: tuple[str, ...] = ("LINKEDIN",)


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """`account_ids` empty: all accounts, present and future."""

    source: str
    request_url: str
    name: str
    events: tuple[str, ...] = ()
    account_ids: tuple[str, ...] = ()
    headers: tuple[WebhookHeader, ...] = ()


@dataclass(frozen=True, slots=True)
class EmailAddress:
    identifier: str
    display_name: str | None = None


@dataclass(frozen=True, slots=True)
class NewEmail:
    to: tuple[EmailAddress, ...]
    subject: str
    body: str = field(repr=False)
    cc: tuple[EmailAddress, ...] = ()
    bcc: tuple[EmailAddress, ...] = ()
    reply_to: str | None = None
    """The provider id of the mail answered, so that it lands in the same thread."""
    attachments: tuple[Upload, ...] = ()
    custom_headers: tuple[tuple[str, str], ...] = ()
