"""Mail that providers bring: kept before it is answered, found its conversation, and answered by mail."""

from __future__ import annotations

import base64
import json

from rapport.kernel import signatures
from tests.rooms.broker.test_channels import carried, reply
from tests.rooms.broker.world import channels, connect, conversation, messages
from tests.rooms.outbox.world import outside

INBOUND = "/webhooks/postmark/inbound"


def posted(world, door, mail, *, password=None):
    """A mail as Postmark posts it."""
    pair = base64.b64encode(f"{door['user']}:{password or door['password']}".encode()).decode()
    headers = {"Authorization": f"Basic {pair}", "Content-Type": "application/json"}
    return world.stage.nobody.call("POST", INBOUND, data=json.dumps(mail).encode(), headers=headers)


def mail(number, text="What does it cost?", **more):
    return {
        "FromFull": {"Email": "Ada@Engines.example", "Name": "Ada Lovelace", "MailboxHash": ""},
        "ToFull": [{"Email": "hello@in.acme.example", "Name": "", "MailboxHash": ""}],
        "OriginalRecipient": "hello@in.acme.example",
        "Subject": "A question",
        "MessageID": f"0000-{number}",
        "MailboxHash": "",
        "Date": "Mon, 2 Mar 2026 09:00:00 +0100",
        "TextBody": text,
        "StrippedTextReply": "",
        "HtmlBody": "",
        "Headers": [{"Name": "Message-ID", "Value": f"<m{number}@engines.example>"}],
        "Attachments": [],
        **more,
    }


def test_mail_that_resend_received_is_fetched_once_and_what_it_withholds_is_shown_as_noticed(make_stage):
    secret = signatures.new_secret()
    with outside(make_stage, RESEND_WEBHOOK_SECRET=secret) as world:
        stage, resend = world.stage, world.fakes["resend"]
        connect(world, channel="email", transport="resend", address="hello@in.acme.example")
        box = {"to": ["Hello@in.acme.example"], "from": "Ada Lovelace <ada@engines.example>"}

        def noticed(**more):
            email_id = resend.receive({**box, **more}, world.now.timestamp())
            told = {
                "type": "email.received",
                "data": {"email_id": email_id, **resend.mailbox.noticed(email_id)},
            }
            raw = json.dumps(told).encode()
            for number in range(2):
                headers = signatures.headers(f"msg_{email_id}_{number}", at=world.now, body=raw, secrets=[secret])
                answer = stage.nobody.call("POST", "/webhooks/resend", data=raw, headers=headers)
                assert answer.status_code == 200, answer.json
            stage.run_due_jobs()

        noticed(subject="A question", text="What does it cost?")
        noticed(subject="Another", text="Never read", above_quota=True)
        noticed(subject="To nobody", text="Hello?", to=["nobody@in.acme.example"], received_for=[])
        (thread,) = stage.alice.get("/inbox/conversations?filter[channel]=email").json["items"]
        assert [(each["subject"], each["text"]) for each in messages(world, thread["id"])] == [
            ("A question", "What does it cost?"),
            ("Another", None),
        ]
        jobs = stage.root.get("/jobs?filter[type]=broker.fetch_mail").json["items"]
        assert {each["status"] for each in jobs} == {"completed"}
        assert "ada@" not in str(jobs)


def test_mail_is_taken_once_threaded_answered_by_mail_and_found_again_by_its_address(make_stage):
    with outside(make_stage) as world:
        stage = world.stage
        door = connect(world, channel="email", transport="postmark", address="hello@in.acme.example")
        assert channels(world)["email"]["is_connected"] is True
        assert posted(world, door, mail(1), password="wrong").status_code == 401
        assert stage.nobody.post(INBOUND, mail(1)).status_code == 401

        assert [posted(world, door, mail(1)).status_code for _ in range(3)] == [200, 200, 200]
        assert posted(world, door, {"MessageID": 7}).status_code == 200  # what cannot be read was answered all the same
        stage.run_due_jobs()
        (thread,) = stage.alice.get("/inbox/conversations?filter[channel]=email").json["items"]
        lead = stage.alice.get(f"/leads/{thread['lead_id']}").json
        assert (lead["email"], lead["first_name"], thread["subject"]) == ("ada@engines.example", "Ada", "A question")
        assert [each["text"] for each in messages(world, thread["id"])] == ["What does it cost?"]

        # A mail that refers to one of ours, from another mailbox, belongs to the conversation and not to a new one.
        other = {"Email": "assistant@engines.example", "Name": "Anna", "MailboxHash": ""}
        refers = [{"Name": "Message-ID", "Value": "<m2@x>"}, {"Name": "In-Reply-To", "Value": "<m1@engines.example>"}]
        posted(world, door, mail(2, "She means the large one.", FromFull=other, Headers=refers))
        stage.run_due_jobs()
        assert [each["text"] for each in messages(world, thread["id"])][-1] == "She means the large one."
        names = {each["external_id"] for each in conversation(world, thread["id"])["participants"]}
        assert names == {"ada@engines.example", "assistant@engines.example"}

        # The answer leaves as mail, with an address that leads back here.
        newest = messages(world, thread["id"])[-1]["id"]
        assert reply(world, thread["id"], newest, "Nine thousand.\nBest, Alice").status_code == 202
        carried(world)
        (delivery,) = world.deliveries(event_type="channel.reply")
        assert delivery["status"] == "sent"
        (line,) = [each for each in world.ledger("resend") if each.get("effect")]
        body = (
            line["body"] if isinstance(line.get("body"), dict) else json.loads(world.delivery(delivery["id"])["body"])
        )
        assert body["subject"] == "Re: A question"
        assert body["to"] == ["assistant@engines.example"]  # who wrote last
        assert body["headers"]["In-Reply-To"] == "<m2@x>"
        assert messages(world, thread["id"])[-1]["text"] == "Nine thousand.\nBest, Alice"
        word = body["reply_to"].partition("+")[2].partition("@")[0]

        stranger = {"Email": "someone@elsewhere.example", "Name": "", "MailboxHash": ""}
        plain = [{"Name": "Message-ID", "Value": "<m3@x>"}]
        posted(world, door, mail(3, "Thanks!", FromFull=stranger, MailboxHash=word, Headers=plain))
        forged = word[:-1] + ("0" if word[-1] != "0" else "1")
        posted(world, door, mail(4, "Let me in", FromFull=stranger, MailboxHash=forged, Headers=[]))
        stage.run_due_jobs()
        texts = [each["text"] for each in messages(world, thread["id"])]
        assert "Thanks!" in texts
        assert "Let me in" not in texts

        # An automatic answer is no reply.
        away = [{"Name": "Message-ID", "Value": "<m5@x>"}, {"Name": "Auto-Submitted", "Value": "auto-replied"}]
        posted(world, door, mail(5, "I am out of the office until 9 March.", Headers=away))
        stage.run_due_jobs()
        automatic = [each["text"] for each in messages(world, thread["id"]) if each["is_auto_reply"]]
        assert automatic == ["I am out of the office until 9 March."]

        # Another password opens, the one before no more.
        fresh = stage.alice.post(f"/channels/{door['id']}/rotate-password").json
        assert posted(world, door, mail(6)).status_code == 401
        assert posted(world, fresh, mail(6)).status_code == 200
