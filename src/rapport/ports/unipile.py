"""What the rooms may ask of Unipile: one method for each call.

Reads answer a record or raise `ReadError`; they may be repeated, and the client repeats them itself over a
passing fault. Writes leave at most once and answer an `Outcome`; nothing a write meets is raised.

    match unipile.invite(provider_id, account_id=account.external_id, note=text):
        case Accepted(ids=ids): ...
        case Refused(code=code, account_effect=effect): ...
        case Unknown(reason=reason): ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from rapport.ports.outcomes import AccountEffect, Outcome, Untouched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from rapport.ports.unipile_hooks import Heard
    from rapport.ports.unipile_records import (
        Account,
        Attendee,
        Chat,
        Company,
        Download,
        HostedLinkOrder,
        InmailBalance,
        Message,
        NewEmail,
        NewWebhook,
        OwnProfile,
        Page,
        Post,
        Profile,
        Relation,
        SearchByParameters,
        SearchByUrl,
        SearchPage,
        SearchParameter,
        SentInvitation,
        Upload,
        Webhook,
    )

T = TypeVar("T")


class ReadError(Exception):
    """A read brought nothing. `retryable` says whether asking again later may help, `retry_at` from when."""

    def __init__(
        self,
        code: str,
        *,
        retryable: bool,
        retry_at: datetime | None = None,
        account_effect: AccountEffect | None = None,
        status: int | None = None,
        cursor: str | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.retryable = retryable
        self.retry_at = retry_at
        self.account_effect: AccountEffect = account_effect if account_effect is not None else Untouched()
        self.status = status
        self.cursor = cursor
        """Where a paged read stood: begin again here and no page is skipped."""


class CursorExpiredError(ReadError):
    """The provider no longer knows this cursor: begin the list again."""


def pages(read: Callable[[str | None], Page[T]], *, cursor: str | None) -> Iterator[Page[T]]:
    """Every page from `cursor` (None: from the first), each asked for when it is needed.

    A fault that outlasts the client's patience is raised with the `cursor` of the page that failed, so a job
    can store it and go on there; store a page's `cursor` only after its items are safe.
    """
    seen: set[str] = set()
    while True:
        try:
            page = read(cursor)
        except ReadError as failure:
            failure.cursor = cursor
            raise
        yield page
        if page.cursor is None:
            return
        if page.cursor in seen:
            # A cursor that comes round again would page for ever, and spend the account's patience doing so.
            raise ReadError("cursor_loops", retryable=False, cursor=page.cursor)
        seen.add(page.cursor)
        cursor = page.cursor


class Unipile(Protocol):
    """The provider, as the rooms see it. Identifiers are the provider's own; instants are aware."""

    @property
    def base_url(self) -> str:
        """Where the provider is."""

    def close(self) -> None:
        """End the waits between attempts, so that nobody is kept from stopping, and give the connections back."""

    # Accounts

    def accounts(self, *, limit: int, cursor: str | None = None) -> Page[Account]:
        """The accounts connected under our key."""

    def account(self, account_id: str) -> Account:
        """One account with the status of its sources."""

    def delete_account(self, account_id: str) -> Outcome:
        """Disconnect an account for good."""

    def resync_account(self, account_id: str) -> str:
        """Start or watch a synchronisation: SYNC_STARTED, SYNC_RUNNING, SYNC_DONE or SYNC_ERROR."""

    def hosted_link(self, order: HostedLinkOrder) -> str:
        """The address of a page on which an owner connects or reconnects an account."""

    # People

    def own_profile(self, account_id: str) -> OwnProfile:
        """The account's owner."""

    def profile(self, identifier: str, *, account_id: str, sections: Sequence[str] = ()) -> Profile:
        """A person by public identifier, provider id or member id; the person is not told."""

    def visit(self, identifier: str, *, account_id: str) -> Outcome:
        """Look at a profile so that the person sees it. `raw` of the acceptance is the profile."""

    def invite(self, provider_id: str, *, account_id: str, note: str | None) -> Outcome:
        """Ask a person to connect. Takes the provider id, never the public identifier."""

    def sent_invitations(self, account_id: str, *, limit: int, cursor: str | None = None) -> Page[SentInvitation]:
        """The pending invitations; accepted and withdrawn ones have left the list."""

    def withdraw_invitation(self, invitation_id: str, *, account_id: str) -> Outcome:
        """Take a pending invitation back; the person cannot be invited again for about three weeks."""

    def relations(self, account_id: str, *, limit: int, cursor: str | None = None) -> Page[Relation]:
        """First-degree connections, newest first."""

    def follow(self, provider_id: str, *, account_id: str) -> Outcome:
        """Follow a person; refused without a call where the installation does not offer it."""

    def posts(self, identifier: str, *, account_id: str, limit: int, cursor: str | None = None) -> Page[Post]:
        """What a person posted, newest first."""

    def react(self, social_id: str, *, account_id: str, reaction: str) -> Outcome:
        """React to a post: like, celebrate, support, love, insightful or funny."""

    def search(
        self,
        query: SearchByUrl | SearchByParameters,
        *,
        account_id: str,
        limit: int,
        cursor: str | None = None,
    ) -> SearchPage:
        """People found by LinkedIn, Sales Navigator or Recruiter."""

    def search_parameters(
        self, type_: str, *, account_id: str, keywords: str, limit: int
    ) -> tuple[SearchParameter, ...]:
        """The ids that a search's filters want: LOCATION, INDUSTRY, COMPANY and others, by their words."""

    def company(self, identifier: str, *, account_id: str) -> Company:
        """A company by its identifier."""

    def inmail_balance(self, account_id: str) -> InmailBalance:
        """The InMail credits left."""

    # Chats and messages

    def chats(
        self,
        account_id: str,
        *,
        limit: int,
        after: datetime | None = None,
        before: datetime | None = None,
        unread: bool | None = None,
        cursor: str | None = None,
    ) -> Page[Chat]:
        """The account's chats, the latest first."""

    def chat(self, chat_id: str) -> Chat:
        """One chat, with its last message."""

    def chats_with(self, attendee_id: str, *, account_id: str, limit: int, cursor: str | None = None) -> Page[Chat]:
        """The one-to-one chats with an attendee, by the id that `attendees` gives them."""

    def attendees(self, chat_id: str) -> tuple[Attendee, ...]:
        """Who is in a chat, ourselves included."""

    def start_chat(
        self,
        attendee_ids: Sequence[str],
        *,
        account_id: str,
        text: str,
        subject: str | None = None,
        attachments: Sequence[Upload] = (),
        api: str = "classic",
        inmail: bool = False,
    ) -> Outcome:
        """Write to people for the first time.

        Both ids of the acceptance may be missing: the chat is then the newest of `chats` whose
        `attendee_provider_id` is theirs.
        """

    def send_message(self, chat_id: str, *, text: str, attachments: Sequence[Upload] = ()) -> Outcome:
        """Write in a chat. The id of the acceptance may be missing."""

    def mark_chat(self, chat_id: str, *, read: bool) -> Outcome:
        """Mark a chat as read or unread."""

    def chat_messages(
        self,
        chat_id: str,
        *,
        limit: int,
        after: datetime | None = None,
        before: datetime | None = None,
        sender_id: str | None = None,
        cursor: str | None = None,
    ) -> Page[Message]:
        """The messages of a chat, newest first."""

    def messages(
        self,
        account_id: str,
        *,
        limit: int,
        after: datetime | None = None,
        before: datetime | None = None,
        sender_id: str | None = None,
        cursor: str | None = None,
    ) -> Page[Message]:
        """The messages of all the account's chats, newest first."""

    def attachment(self, message_id: str, attachment_id: str) -> Download:
        """The bytes of an attachment; refused when larger than the service takes."""

    # Webhooks and email

    def webhooks(self, *, limit: int, cursor: str | None = None) -> Page[Webhook]:
        """The webhooks set up under our key."""

    def create_webhook(self, webhook: NewWebhook) -> Outcome:
        """Have the provider post a source's events to us."""

    def delete_webhook(self, webhook_id: str) -> Outcome:
        """Stop a webhook."""

    def heard(self, body: bytes, *, content_type: str | None) -> Heard:
        """What a webhook says that was posted to us. Calls nobody and raises nothing."""

    def send_email(self, email: NewEmail, *, account_id: str) -> Outcome:
        """Send a mail from a connected mailbox."""
