"""What writes do, by the sandbox's ledger and its people and not by our own answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rapport.ports.outcomes import (
    Accepted,
    Ids,
    LeadEffect,
    Learned,
    NeedsSignIn,
    Refused,
    Restricted,
    StopService,
)
from rapport.ports.unipile_records import (
    EmailAddress,
    HostedLinkOrder,
    NewEmail,
    NewWebhook,
    Upload,
    WebhookHeader,
)
from rapport_sandbox.faults import Fault
from tests.outside.unipile_at import unipile_at


def test_an_invitation_arrives_once_and_is_pending(sandbox):
    ada = sandbox.stranger()

    outcome = sandbox.invite(ada)

    assert isinstance(outcome, Accepted)
    assert sandbox.received(ada) == ["invite"]
    pending = sandbox.unipile.sent_invitations(sandbox.account_id, limit=100).items
    assert [one.id for one in pending if one.invited_user_id == ada.provider_id] == [outcome.ids.invitation_id]
    assert len(sandbox.arrivals("invite")) == 1


def test_a_second_invitation_teaches_that_there_is_a_first(sandbox):
    ada = sandbox.stranger()
    sandbox.invite(ada)

    outcome = sandbox.invite(ada)

    assert isinstance(outcome, Refused)
    assert (outcome.learned, outcome.lead_effect) == (Learned.ALREADY_INVITED, LeadEffect.ADVANCES)
    profile = sandbox.unipile.profile(ada.provider_id, account_id=sandbox.account_id)
    assert (profile.invitation.type, profile.invitation.status) == ("SENT", "PENDING")


def test_an_accepted_invitation_leaves_the_list_and_makes_a_relation(sandbox):
    ada = sandbox.stranger()
    sandbox.invite(ada)
    sandbox.world.accepts(ada, sandbox.server.sandbox.now())

    sandbox.server.sandbox.advance(60)

    pending = sandbox.unipile.sent_invitations(sandbox.account_id, limit=100).items
    assert ada.provider_id not in {one.invited_user_id for one in pending}
    newest = sandbox.unipile.relations(sandbox.account_id, limit=1).items[0]
    assert newest.public_identifier == ada.public_identifier
    assert sandbox.unipile.profile(ada.provider_id, account_id=sandbox.account_id).is_relationship is True


def test_while_a_read_waits_the_world_goes_on(sandbox):
    ada = sandbox.stranger()
    sandbox.invite(ada)
    sandbox.world.accepts(ada, timedelta(seconds=10))
    sandbox.arm(Fault("status", on="GET /api/v1/users/relations", status=503, retry_after="20"))
    began = sandbox.clock.now()

    newest = sandbox.unipile.relations(sandbox.account_id, limit=1).items[0]

    assert newest.public_identifier == ada.public_identifier
    assert sandbox.clock.now() == began + timedelta(seconds=20)


def test_inviting_a_relation_teaches_that_it_is_one(sandbox):
    outcome = sandbox.invite(sandbox.friend())

    assert isinstance(outcome, Refused)
    assert outcome.learned is Learned.ALREADY_CONNECTED


def test_a_note_of_more_than_300_letters_is_refused(sandbox):
    ada = sandbox.stranger()

    outcome = sandbox.invite(ada, note="x" * 301)

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.lead_effect) == ("invalid_parameters", LeadEffect.FAILS)
    assert sandbox.received(ada) == []


def test_a_withdrawn_invitation_is_no_longer_pending(sandbox):
    ada = sandbox.stranger()
    invitation_id = sandbox.invite(ada).ids.invitation_id

    outcome = sandbox.unipile.withdraw_invitation(invitation_id, account_id=sandbox.account_id)

    assert outcome == Accepted(Ids(), raw={"object": "InvitationCanceled"})
    assert sandbox.unipile.sent_invitations(sandbox.account_id, limit=100).items == ()
    assert sandbox.invite(ada).learned is Learned.ALREADY_INVITED


def test_a_message_to_a_stranger_is_refused(sandbox):
    ada = sandbox.stranger(is_open_profile=False)

    outcome = sandbox.unipile.start_chat([ada.provider_id], account_id=sandbox.account_id, text="Hello")

    assert isinstance(outcome, Refused)
    assert outcome.learned is Learned.NOT_CONNECTED
    assert sandbox.received(ada) == []


def test_a_chat_is_started_answered_and_gone_on_with(sandbox):
    ada = sandbox.friend()

    started = sandbox.unipile.start_chat([ada.provider_id], account_id=sandbox.account_id, text="Hello é 你好")
    sent = sandbox.unipile.send_message(started.ids.chat_id, text='And "again"')
    sandbox.world.replies(ada, sandbox.server.sandbox.now(), "Thanks")
    sandbox.server.sandbox.advance(60)

    messages = sandbox.unipile.chat_messages(started.ids.chat_id, limit=10).items
    assert [(one.text, one.is_sender) for one in messages] == [
        ("Thanks", False),
        ('And "again"', True),
        ("Hello é 你好", True),
    ]
    assert messages[0].sender_id == ada.provider_id
    assert messages[1].id == sent.ids.message_id
    assert sandbox.received(ada) == ["message", "message"]


def test_a_chat_whose_ids_were_null_is_found_by_its_attendee(sandbox):
    sandbox.server.sandbox.switches.change(send_ids_null=1.0)
    ada = sandbox.friend()

    outcome = sandbox.unipile.start_chat([ada.provider_id], account_id=sandbox.account_id, text="Hello")

    assert isinstance(outcome, Accepted)
    assert outcome.ids == Ids()
    newest = sandbox.unipile.chats(sandbox.account_id, limit=1).items[0]
    assert newest.attendee_provider_id == ada.provider_id
    himself = next(one for one in sandbox.unipile.attendees(newest.id) if not one.is_self)
    found = sandbox.unipile.chats_with(himself.id, account_id=sandbox.account_id, limit=5)
    assert [chat.id for chat in found.items] == [newest.id]


def test_an_attachment_comes_back_as_it_went(sandbox):
    ada = sandbox.friend()
    content = bytes(range(256)) * 40

    outcome = sandbox.unipile.start_chat(
        [ada.provider_id],
        account_id=sandbox.account_id,
        text="Look",
        attachments=[Upload("plan.pdf", content, "application/pdf")],
    )

    message = sandbox.unipile.chat_messages(outcome.ids.chat_id, limit=1).items[0]
    file = message.attachments[0]
    assert (file.file_name, file.type) == ("plan.pdf", "file")
    download = sandbox.unipile.attachment(message.id, file.id)
    assert (download.content, download.content_type) == (content, "application/pdf")


def test_an_inmail_reaches_a_stranger(sandbox):
    ada = sandbox.stranger()

    outcome = sandbox.unipile.start_chat(
        [ada.provider_id], account_id=sandbox.account_id, text="Hello", subject="News", inmail=True
    )

    assert isinstance(outcome, Accepted)
    assert sandbox.received(ada) == ["inmail"]


def test_a_visit_is_seen_and_a_look_is_not(sandbox):
    ada = sandbox.stranger()

    sandbox.unipile.profile(ada.provider_id, account_id=sandbox.account_id)
    assert sandbox.received(ada) == []
    outcome = sandbox.unipile.visit(ada.provider_id, account_id=sandbox.account_id)

    assert outcome.ids.provider_id == ada.provider_id
    assert sandbox.received(ada) == ["visit"]


def test_following_twice_teaches_that_it_was_done(sandbox):
    ada = sandbox.stranger()

    first = sandbox.unipile.follow(ada.provider_id, account_id=sandbox.account_id)
    second = sandbox.unipile.follow(ada.provider_id, account_id=sandbox.account_id)

    assert isinstance(first, Accepted)
    assert second.learned is Learned.ALREADY_DONE
    assert sandbox.received(ada) == ["follow"]


def test_a_post_is_reacted_to_by_its_social_id(sandbox):
    social_id = next(sandbox.posts)

    outcome = sandbox.unipile.react(social_id, account_id=sandbox.account_id, reaction="like")

    assert isinstance(outcome, Accepted)
    assert sandbox.effects("react") == 1


def test_a_chat_is_marked_as_read(sandbox):
    ada = sandbox.friend()
    chat_id = sandbox.unipile.start_chat([ada.provider_id], account_id=sandbox.account_id, text="Hello").ids.chat_id
    sandbox.world.replies(ada, sandbox.server.sandbox.now(), "Thanks")
    sandbox.server.sandbox.advance(60)
    assert sandbox.unipile.chat(chat_id).unread_count == 1

    assert isinstance(sandbox.unipile.mark_chat(chat_id, read=True), Accepted)

    assert sandbox.unipile.chat(chat_id).unread_count == 0


def test_a_webhook_is_made_listed_and_unmade(sandbox):
    order = NewWebhook(
        source="users",
        request_url="http://127.0.0.1:9/hooks",
        name="rapport users",
        headers=(WebhookHeader("Unipile-Auth", "s3cret"),),
    )

    made = sandbox.unipile.create_webhook(order)
    listed = sandbox.unipile.webhooks(limit=10).items
    gone = sandbox.unipile.delete_webhook(made.ids.webhook_id)

    assert [(one.id, one.request_url, one.account_ids) for one in listed] == [
        (made.ids.webhook_id, "http://127.0.0.1:9/hooks", ())
    ]
    assert isinstance(gone, Accepted)
    assert sandbox.unipile.webhooks(limit=10).items == ()


def test_a_hosted_link_leads_to_a_page(sandbox):
    order = HostedLinkOrder(
        expires_at=datetime(2026, 1, 6, tzinfo=UTC),
        name="ref-1",
        notify_url="http://127.0.0.1:9/notify",
        success_redirect_url=None,
        failure_redirect_url=None,
    )

    assert sandbox.unipile.hosted_link(order).startswith("http")


def test_a_mail_is_sent(sandbox):
    mail = NewEmail(to=(EmailAddress("ada@example.com", "Ada"),), subject="News", body="<p>Hello</p>")

    outcome = sandbox.unipile.send_email(mail, account_id=sandbox.account_id)

    assert isinstance(outcome, Accepted)
    assert outcome.ids.tracking_id


def test_a_disconnected_account_refuses_and_asks_for_its_owner(sandbox):
    ada = sandbox.stranger()
    sandbox.world.disconnects(0)

    outcome = sandbox.invite(ada)

    assert isinstance(outcome, Refused)
    assert (outcome.account_effect, outcome.lead_effect) == (NeedsSignIn(), LeadEffect.WAITS)
    assert not sandbox.unipile.account(sandbox.account_id).is_ok
    assert sandbox.received(ada) == []


def test_a_restricted_account_refuses_and_waits_for_a_person(sandbox):
    sandbox.world.restricts(0)

    outcome = sandbox.invite(sandbox.stranger())

    assert isinstance(outcome, Refused)
    assert outcome.account_effect == Restricted()


def test_a_deleted_account_is_gone(sandbox):
    assert isinstance(sandbox.unipile.delete_account(sandbox.account_id), Accepted)

    assert sandbox.account_id not in {one.id for one in sandbox.unipile.accounts(limit=10).items}


def test_a_wrong_key_stops_the_service(sandbox):
    with unipile_at(sandbox.server.api_url, api_key="wrong") as stranger:
        outcome = stranger.invite("ACoAAAda", account_id=sandbox.account_id, note=None)

    assert isinstance(outcome, Refused)
    assert outcome.account_effect == StopService("missing_credentials")
