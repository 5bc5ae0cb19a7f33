"""Messages of other channels: in by n8n, answered from the inbox, and out again to whoever carries them."""

from __future__ import annotations

from datetime import timedelta

from rapport.rules.permissions import Permission
from tests.rooms.broker.world import channels, connect, conversation, messages, n8n
from tests.rooms.outbox.world import outside


def reply(world, conversation_id, seen, text="Nine thousand."):
    body = {"text": text, "seen_message_id": seen}
    return world.stage.alice.post(f"/inbox/conversations/{conversation_id}/reply", body)


def carried(world):
    """Let the log be read, what leaves leave, and what came of it be read."""
    world.stage.run_consumers()
    world.run()
    world.stage.run_consumers()


def test_a_message_told_ten_times_is_one_message_with_one_answer(make_stage):
    with outside(make_stage) as world:
        stage = world.stage
        text = stage.alice.post(
            "/inbox/canned-replies",
            {"client_id": stage.acme.id, "name": "Soon", "body": "Hi {{ first_name }}, we answer soon."},
        ).json
        bot = n8n(world, auto_reply_id=text["id"])
        lead_id = stage.lead("Grace Hopper", email="grace@navy.example")
        assert stage.alice.post(
            "/offerings", {"client_id": stage.acme.id, "name": "Large engine", "code": "LE-1"}
        ).status_code in (200, 201)

        answers = [bot.tells("What does LE-1 cost?", intents=["price"]) for _ in range(10)]
        first = answers[0].json

        assert {each.status_code for each in answers} == {200}
        assert {each.data for each in answers} == {answers[0].data}
        assert [each["text"] for each in messages(world, first["conversation_id"])] == [
            "What does LE-1 cost?",
            "Hi Ada, we answer soon.",
        ]
        assert first["lead_captured"] is True
        assert first["suggested_offerings"][0]["name"] == "Large engine"
        assert (first["next_action"], first["reply_text"]) == ("answered", "Hi Ada, we answer soon.")
        shown = conversation(world, first["conversation_id"])
        assert (shown["channel"], shown["lead_id"], shown["account_id"]) == ("messenger", first["lead_id"], None)
        assert shown["waiting_since"] is not None  # an automatic answer answers nobody
        assert shown["reply_until"] is not None
        assert 'name="text"' in stage.alice.visit(f"/inbox/{first['conversation_id']}").get_data(as_text=True)

        # Once a day, and never while an operator is there.
        assert bot.told(message_id="m2")["reply_text"] is None
        stage.wait(hours=25)
        assert bot.told(message_id="m3")["reply_text"] == "Hi Ada, we answer soon."
        stage.wait(hours=25)
        stage.alice.post(f"/inbox/conversations/{first['conversation_id']}/assign", {"assignee_id": stage.alice.id})
        assert bot.told(message_id="m4")["next_action"] == "operator_answers"

        # The same person by the same name without an address; somebody else by theirs; nobody known at all.
        assert bot.told(message_id="m5", session_data={})["lead_id"] == first["lead_id"]
        known = bot.told(message_id="m6", user_id="99", session_data={"email": "GRACE@navy.example"})
        assert (known["lead_id"], known["lead_captured"]) == (lead_id, False)
        assert bot.told(message_id="m7", user_id="100", session_data={})["lead_id"] is None
        weak = [bot.told(message_id=None, user_id="101") for _ in range(2)]
        assert weak[0] == weak[1]

        # Whose key it is decides whose message it is; the reach of another's ends at their own client.
        other = stage.key(Permission.CALLBACKS, of=stage.globex)
        body = {"platform": "chat", "user_id": "1", "message": "Hi", "message_id": "x"}
        assert other.post("/channels/messages", {**body, "client_id": stage.acme.id}).status_code == 404
        assert other.post("/channels/messages", body).json["next_action"] == "not_connected"
        assert stage.key(Permission.CALLBACKS).post("/channels/messages", body).status_code == 422
        assert stage.alice.post("/channels/messages", body).status_code == 403


def test_a_reply_goes_out_by_n8n_and_is_what_its_callback_says(make_stage):
    with outside(make_stage) as world:
        bot = n8n(world)
        first = bot.told()
        conversation_id = first["conversation_id"]
        reply_id = reply(world, conversation_id, first["message_id"]).json["id"]

        carried(world)
        (call,) = world.endpoint.taken
        assert call.said["type"] == "channel.reply"
        assert call.id == reply_id
        told = call.said["data"]
        assert (told["platform"], told["user_id"], told["message"]) == ("messenger", "7402918", "Nine thousand.")
        assert conversation(world, conversation_id)["outgoing"][0]["state"] == "calling"
        assert len(messages(world, conversation_id)) == 1  # nothing is shown as sent before it is

        failed = bot.says(reply_id, "failed", error_code="blocked", error_message="The page was blocked.")
        assert failed.status_code == 200
        assert bot.says(reply_id, "failed").status_code == 200
        assert bot.says(reply_id, "sent").status_code == 409
        (shown,) = conversation(world, conversation_id)["outgoing"]
        assert (shown["state"], shown["detail"], shown["may_retry"]) == ("refused", "The page was blocked.", True)
        assert channels(world)["messenger"]["last_error"] == "The page was blocked."

        again = world.stage.alice.post(f"/inbox/replies/{reply_id}/retry").json["id"]
        carried(world)
        secret = bot.connection["secret"]
        word = {"reply_id": again, "status": "sent", "message_id": "m9"}
        assert bot.signed("/callbacks/channel-reply", word, secret=secret, tampered=True).status_code == 401
        other = world.connect()["secret"]
        assert bot.signed("/callbacks/channel-reply", word, secret=other).status_code == 401
        assert bot.signed("/callbacks/channel-reply", word, secret=secret).status_code == 200
        assert [each["text"] for each in messages(world, conversation_id)] == ["What does it cost?", "Nine thousand."]
        shown = conversation(world, conversation_id)
        assert (shown["waiting_since"], shown["outgoing"]) == (None, [])
        assert channels(world)["messenger"]["last_error"] is None
        assert world.endpoint.times_taken() == {reply_id: 1, again: 1}

        # A callback is no way to other things, and a signature of another client's endpoint says nothing of this one.
        assert bot.signed("/leads", {"client_id": world.stage.acme.id}, secret=secret).status_code == 403


def test_what_n8n_never_took_failed_and_what_it_kept_to_itself_needs_a_person(make_stage):
    with outside(make_stage) as world:
        bot = n8n(world)
        first = bot.told()
        conversation_id = first["conversation_id"]
        world.endpoint.answer = lambda _called: (404, {})
        lost = reply(world, conversation_id, first["message_id"]).json["id"]
        world.stage.run_consumers()
        world.run(timedelta(minutes=30))
        world.stage.run_consumers()
        assert conversation(world, conversation_id)["outgoing"][0]["code"] == "not_taken"
        assert world.stage.alice.post(f"/deliveries/{lost}/replay").status_code == 409

        # It takes one and says nothing more.
        world.endpoint.answer = lambda _called: (200, {})
        silent = world.stage.alice.post(f"/inbox/replies/{lost}/retry").json["id"]
        carried(world)
        world.stage.wait(minutes=20)
        world.stage.root.post("/jobs", {"type": "broker.silent_replies", "client_id": None})
        world.stage.run_due_jobs()
        (shown,) = conversation(world, conversation_id)["outgoing"]
        assert (shown["state"], shown["operation"]) == ("uncertain", "confirmAction")
        assert world.stage.alice.post(f"/actions/{silent}/confirm", {"sent": True}).status_code == 200
        assert len(messages(world, conversation_id)) == 2

        # The channel's day is over.
        world.stage.wait(hours=25)
        newest = messages(world, conversation_id)[-1]["id"]
        late = reply(world, conversation_id, newest)
        assert (late.status_code, late.json["code"]) == (409, "NOT_ANSWERABLE")


def test_a_channel_that_is_off_is_left_out_says_why_and_loses_nothing(make_stage):
    with outside(make_stage) as world:
        stage = world.stage
        assert {each["why"] for each in channels(world).values()} == {"never_connected"}
        bot = n8n(world)
        chat = connect(world, channel="chat")
        bot.told(platform="chat")
        first = bot.told()
        dashboard = f"/dashboard?client_id={stage.acme.id}"
        found = {each["channel"]: each for each in stage.bob.get(dashboard).json["answered"]["channels"]}
        assert {name: (each["conversations"], each["is_counted"]) for name, each in found.items()} == {
            "chat": (1, True),
            "messenger": (1, True),
        }
        assert stage.bob.get(dashboard).json["answered"]["share"]["of"] == 2

        etag = stage.alice.get(f"/channels/{chat['id']}").headers["ETag"]
        off = stage.alice.patch(f"/channels/{chat['id']}", json={"enabled": False}, headers={"If-Match": etag})
        assert (off.json["is_connected"], off.json["why"]) == (False, "switched_off")
        kept = bot.told(platform="chat", message_id="while it was off", text="Hello?")
        assert (kept["next_action"], kept["conversation_id"]) == ("kept", None)
        stage.run_due_jobs()
        answered = stage.bob.get(dashboard).json["answered"]
        assert answered["share"]["of"] == 1
        assert [(each["channel"], each["why"]) for each in answered["channels"] if not each["is_counted"]] == [
            ("chat", "channel_not_connected")
        ]

        on = stage.alice.patch(
            f"/channels/{chat['id']}", json={"enabled": True}, headers={"If-Match": off.headers["ETag"]}
        )
        assert on.json["is_connected"] is True
        stage.run_due_jobs()
        threads = stage.alice.get("/inbox/conversations?filter[channel]=chat").json["items"]
        assert [each["newest"]["text"] for each in threads] == ["Hello?"]

        # Its endpoint is gone: replies cannot leave, so it counts no more and nobody may write.
        assert stage.alice.delete(f"/connections/{bot.connection['id']}").status_code == 204
        assert channels(world)["messenger"]["why"] == "connection_removed"
        refused = reply(world, first["conversation_id"], first["message_id"])
        assert refused.json["code"] == "NOT_ANSWERABLE"
        assert "connection_removed" in refused.json["message"]
        path = f"/inbox/{first['conversation_id']}"
        assert conversation(world, first["conversation_id"])["not_answerable"] == refused.json["message"]
        assert refused.json["message"] in stage.alice.visit(path).get_data(as_text=True)

        # One of a kind, tried out, and nobody else's.
        twice = stage.alice.post("/channels", {"client_id": stage.acme.id, "channel": "chat"})
        assert (twice.status_code, twice.json["code"]) == (409, "CHANNEL_ALREADY_CONNECTED")
        assert stage.alice.post(f"/channels/{chat['id']}/test").json["code"] == "CHANNEL_STATE"
        assert stage.carol.get(f"/channels?client_id={stage.acme.id}").status_code == 404
        theirs = {"client_id": stage.globex.id, "channel": "chat", "connection_id": world.connect()["id"]}
        assert stage.carol.post("/channels", theirs).status_code == 404
