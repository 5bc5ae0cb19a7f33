"""Signing in: what it gives, what it costs, and how often it may be tried."""

from __future__ import annotations

from argon2 import PasswordHasher
from sqlalchemy import select

from rapport.events.models import Event
from rapport.kernel.crypto import token_hash
from rapport.people import users
from rapport.people.models import RefreshToken
from rapport.rules.permissions import Role
from tests.stage import CHEAP, PASSWORD, Stage


def sign_in(stage: Stage, email: str, password: str = PASSWORD):
    return stage.nobody.post("/auth/login", {"email": email, "password": password})


class CountingHasher(PasswordHasher):
    """A cheap hasher that counts what it is asked, and lets something happen in the middle."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified = 0
        self.meanwhile = lambda: None

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002 - argon2's own word
        self.verified += 1
        self.meanwhile()
        return super().verify(hash, password)


def told(stage: Stage, *types: str) -> list[tuple[str, str | None]]:
    """The events of these types in order, each with who did it."""
    with stage.reading() as reading:
        found = reading.session.execute(select(Event).where(Event.type.in_(types)).order_by(Event.seq)).scalars()
        return [(event.type, event.actor_id) for event in found]


def test_the_right_password_gives_tokens_that_work(stage):
    user = stage.user("Alice", Role.AGENT, stage.acme)

    answer = sign_in(stage, user.email)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    me = stage.nobody.get("/auth/me", headers={"Authorization": f"Bearer {answer.json['access_token']}"})
    assert me.json["role"] == "agent"
    assert me.json["client_ids"] == [stage.acme.id]
    assert answer.json["expires_in"] == 15 * 60


def test_mail_is_the_same_in_any_case(stage):
    stage.user("Alice", Role.AGENT, email="Alice@Agency.Example")

    assert sign_in(stage, "ALICE@agency.example").status_code == 200


def test_a_wrong_password_an_unknown_mail_and_a_deactivated_user_are_answered_alike(stage):
    stage.user("Alice", Role.AGENT)
    with stage.tx() as tx:
        users.change(tx, users.get(tx, stage.user("Gone", Role.AGENT).id), {"active": False})

    answers = [
        sign_in(stage, "alice@agency.example", "not the password"),
        sign_in(stage, "nobody@agency.example"),
        sign_in(stage, "gone@agency.example"),
    ]

    assert {(each.status_code, each.get_data()) for each in answers} == {(401, answers[0].get_data())}
    assert answers[0].json["code"] == "CREDENTIALS_INVALID"
    assert [each for each, _ in told(stage, "auth.sign_in_failed")] == ["auth.sign_in_failed"] * 3


def test_an_unknown_mail_costs_one_verification_like_a_known_one(make_stage):
    hasher = CountingHasher()
    stage = make_stage(hasher=hasher)
    stage.user("Alice", Role.AGENT)

    for email in ("alice@agency.example", "nobody@agency.example"):
        hasher.verified = 0
        assert sign_in(stage, email, "not the password").status_code == 401
        assert hasher.verified == 1


def test_the_eleventh_attempt_in_a_minute_is_refused_before_anything_is_hashed(make_stage):
    hasher = CountingHasher()
    stage = make_stage(hasher=hasher)
    stage.user("Alice", Role.AGENT)
    for _ in range(10):
        assert sign_in(stage, "alice@agency.example", "guessed").status_code == 401

    refused = sign_in(stage, "alice@agency.example")

    assert refused.status_code == 429
    assert refused.json["code"] == "RATE_LIMITED"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert hasher.verified == 10
    stage.wait(seconds=int(refused.headers["Retry-After"]))
    assert sign_in(stage, "alice@agency.example").status_code == 200


def test_an_account_is_counted_whatever_address_the_attempts_come_from(make_stage):
    hasher = CountingHasher()
    stage = make_stage(hasher=hasher, settings={"LOGIN_LIMIT_PER_MINUTE": "3"})
    stage.user("Alice", Role.AGENT)

    def attempt(address: str, email: str) -> int:
        body = {"email": email, "password": "guessed"}
        return stage.nobody.post("/auth/login", body, environ_base={"REMOTE_ADDR": address}).status_code

    assert [attempt(f"192.0.2.{n}", "alice@agency.example") for n in range(5)] == [401, 401, 401, 429, 429]
    assert [attempt("198.51.100.1", f"{n}@agency.example") for n in range(5)] == [401, 401, 401, 429, 429]
    assert hasher.verified == 6


def test_a_password_changed_while_the_old_one_was_verified_does_not_open_a_session(make_stage):
    hasher = CountingHasher()
    stage = make_stage(hasher=hasher)
    user = stage.user("Alice", Role.AGENT)

    def reset() -> None:
        with stage.tx() as tx:
            users.set_password(tx, users.get(tx, user.id), CHEAP.hash("given by an admin"))

    hasher.meanwhile = reset

    assert sign_in(stage, user.email).status_code == 401


def test_a_password_given_by_an_admin_is_not_overwritten_by_whoever_knew_the_old_one(make_stage):
    hasher = CountingHasher()
    stage = make_stage(hasher=hasher)
    alice = stage.alice

    def reset() -> None:
        with stage.tx() as tx:
            users.set_password(tx, users.get(tx, alice.id), CHEAP.hash("given by an admin"))

    hasher.meanwhile = reset
    body = {"current_password": PASSWORD, "new_password": "chosen by a thief"}

    assert alice.post("/auth/password", body).json["code"] == "PASSWORD_WRONG"
    hasher.meanwhile = lambda: None
    assert sign_in(stage, "alice@agency.example", "given by an admin").status_code == 200


def test_a_refresh_token_is_kept_as_a_hash_only(stage):
    user = stage.user("Alice", Role.AGENT)

    token = sign_in(stage, user.email).json["refresh_token"]

    with stage.reading() as reading:
        kept = reading.session.execute(select(RefreshToken.token_hash)).scalars().all()
    assert kept == [token_hash(token)]
    assert token.startswith("rr_")
    assert len(token) > 40


def test_signing_in_and_out_is_told_with_who_did_it(stage):
    user = stage.user("Alice", Role.AGENT)
    tokens = sign_in(stage, user.email).json

    gone = stage.nobody.post("/auth/logout", headers={"Authorization": f"Bearer {tokens['access_token']}"})

    assert gone.status_code == 204
    assert told(stage, "auth.signed_in", "auth.signed_out") == [
        ("auth.signed_in", user.id),
        ("auth.signed_out", user.id),
    ]
