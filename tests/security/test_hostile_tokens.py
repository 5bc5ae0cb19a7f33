"""Tokens that somebody made up, bent, borrowed or kept too long: every one is answered with 401."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from rapport.rules.permissions import Permission, Role
from tests.stage import Stage

UNKNOWN = "0190a1b2-ffff-7e4f-8a9b-0c1d2e3f4a5b"


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Forge:
    """Makes tokens like the service's own, with its real key or another, and bends them."""

    def __init__(self, stage: Stage) -> None:
        self.now = stage.clock.now()
        self.key = stage.service.keys.key("access-token")
        self.good: dict[str, Any] = {
            "iss": "rapport",
            "aud": "rapport-api",
            "typ": "access",
            "sub": stage.alice.id,
            "sid": stage.alice.session_id,
            "jti": UNKNOWN,
            "iat": self.now,
            "nbf": self.now,
            "exp": self.now + timedelta(minutes=15),
        }

    def make(self, **changed: Any) -> str:
        claims = {name: value for name, value in (self.good | changed).items() if value is not ...}
        return self.raw(claims, {"alg": "HS256", "typ": "JWT"})

    def headed(self, **header: Any) -> str:
        return self.raw(self.good, {"alg": "HS256", "typ": "JWT", **header})

    def raw(
        self, claims: dict[str, Any], header: dict[str, Any], key: bytes | None = None, digest: str = "sha256"
    ) -> str:
        """Signed truthfully with HMAC, whatever the header says; dates as seconds."""
        plain = {
            name: int(value.timestamp()) if isinstance(value, datetime) else value for name, value in claims.items()
        }
        signed = f"{b64(orjson.dumps(header))}.{b64(orjson.dumps(plain))}"
        return f"{signed}.{b64(hmac.digest(key or self.key, signed.encode(), digest))}"


def forged(stage: Stage) -> Iterator[tuple[str, str]]:
    """Every hostile token, named."""
    forge = Forge(stage)
    good = forge.make()
    head, payload, signature = good.split(".")

    for alg in ("none", "None", "NONE", "nOnE", ""):
        bare = b64(orjson.dumps({"alg": alg, "typ": "JWT"}))
        yield f"alg {alg!r} without a signature", f"{bare}.{payload}."
        yield f"alg {alg!r} with ours", f"{bare}.{payload}.{signature}"
    yield "no alg", forge.raw(forge.good, {"typ": "JWT"})
    yield "no signature", f"{head}.{payload}."
    yield "two parts", f"{head}.{payload}"
    yield "four parts", f"{good}.{signature}"
    for alg in ("HS384", "HS512", "RS256", "ES256", "PS256", "EdDSA", "hs256"):
        yield f"says {alg}", forge.headed(alg=alg)
    for alg in ("HS384", "HS512"):
        yield f"truly {alg}", forge.raw(forge.good, {"alg": alg, "typ": "JWT"}, digest=f"sha{alg[2:]}")

    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    yield "signed by RSA", jwt.encode(forge.good, private, algorithm="RS256")
    yield "RSA's public key as HMAC's", forge.raw(forge.good, {"alg": "HS256", "typ": "JWT"}, public)
    mine = b"a key of the thief's own, 32 bytes"
    jwk = {"kty": "oct", "k": b64(mine)}
    for name, header in {
        "jwk": {"jwk": jwk},
        "jku": {"jku": "http://127.0.0.1:1/keys.json"},
        "x5u": {"x5u": "http://127.0.0.1:1/cert.pem"},
        "x5c": {"x5c": [b64(mine)]},
        "kid of a file": {"kid": "../../../../dev/null"},
        "kid of a query": {"kid": "x' UNION SELECT 'key"},
    }.items():
        yield f"{name} of the thief's", forge.raw(forge.good, {"alg": "HS256", **header}, mine)
    yield "kid of an empty key", forge.raw(forge.good, {"alg": "HS256", "kid": "/dev/null"}, b"\0")
    yield "an extension that must be understood", forge.headed(crit=["exp2"], exp2=1)
    yield "another purpose's key", forge.raw(forge.good, {"alg": "HS256"}, stage.service.keys.key("cursor"))

    now = forge.now
    for name, changed in {
        "expired this second": {"exp": now},
        "expired a year ago": {"exp": now - timedelta(days=365)},
        "expires at 0": {"exp": 0},
        "expires before time": {"exp": -(2**62)},
        "expires never": {"exp": ...},
        "expires beyond time": {"exp": 10**18},
        "expires at a word": {"exp": "tomorrow"},
        "expires at nothing": {"exp": None},
        "expires at a list": {"exp": [9999999999]},
        "not yet good": {"nbf": now + timedelta(seconds=6)},
        "good from a word": {"nbf": "now"},
        "no nbf": {"nbf": ...},
        "made in the future": {"iat": now + timedelta(seconds=6)},
        "no iat": {"iat": ...},
        "another audience": {"aud": "rapport-stream"},
        "an audience like ours": {"aud": "RAPPORT-API"},
        "audiences without ours": {"aud": ["a", "b"]},
        "no audience": {"aud": ...},
        "another issuer": {"iss": "rapport.example"},
        "no issuer": {"iss": ...},
        "a refresh token by kind": {"typ": "refresh"},
        "a stream token by kind": {"typ": "stream"},
        "no kind": {"typ": ...},
        "nobody": {"sub": UNKNOWN},
        "another's session": {"sub": stage.bob.id},
        "no subject": {"sub": ...},
        "a number for a subject": {"sub": 1},
        "everybody": {"sub": "%"},
        "an object for a subject": {"sub": {"id": stage.alice.id}},
        "an unknown session": {"sid": UNKNOWN},
        "no session": {"sid": ...},
        "a list of sessions": {"sid": [stage.alice.session_id]},
        "no id": {"jti": ...},
        "an id that is a number": {"jti": 7},
    }.items():
        yield name, forge.make(**changed)

    for position in range(0, 256, 8):
        bits = bytearray(base64.urlsafe_b64decode(signature + "="))
        bits[position // 8] ^= 1 << (position // 8) % 8
        yield f"bit {position + (position // 8) % 8} of the signature", f"{head}.{payload}.{b64(bytes(bits))}"
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for other in last:
        if other != signature[-1]:
            yield f"last letter {other}", good[:-1] + other
    admin = payload.replace(b64(stage.alice.id.encode())[:8], b64(stage.root.id.encode())[:8])
    yield "another's payload", f"{head}.{admin}x.{signature}"
    for name, junk in {"!": good + "!", "=": good + "=", "a space": good + " ", "a dot": good + "."}.items():
        yield f"{name} after it", junk
    yield "junk inside the signature", f"{head}.{payload}.{signature[:20]}*{signature[20:]}"
    yield "not base64", "§.§.§"
    yield "not JSON", f"{b64(b'x')}.{b64(b'x')}.{b64(b'x')}"
    yield "a list", forge.raw(forge.good, {"alg": "HS256"}).replace(payload, b64(b"[]"))
    yield "deep JSON", f"{head}.{b64(b'[' * 2000)}.{signature}"
    yield "four kilobytes and more", forge.make(pad="x" * 4096)
    yield "nothing", ""
    yield "blank", "   "

    key = stage.key(Permission.READ, of=stage.acme)
    yield "an API key without its prefix", (key.credential or "").removeprefix("rk_")
    yield "an API key as a payload", forge.make(sub=key.credential)
    yield "an API key's id as a subject", forge.make(sub=key.id, sid=key.id)
    signed_in = stage.nobody.post("/auth/login", {"email": "alice@agency.example", "password": "correct horse battery"})
    yield "a refresh token", signed_in.json["refresh_token"]
    yield "a refresh token as a key", "rk_" + signed_in.json["refresh_token"].removeprefix("rr_")


@pytest.fixture
def ready(make_stage) -> Stage:
    stage = make_stage()
    assert stage.bob.id != stage.alice.id != stage.root.id
    return stage


def test_no_forged_token_opens_anything(ready, record_property):
    cases = list(forged(ready))

    opened = []
    for name, token in cases:
        on_the_wire = f"Bearer {token}".encode().decode("latin-1")
        answer = ready.nobody.get("/auth/me", headers={"Authorization": on_the_wire})
        if answer.status_code != 401:
            opened.append((name, answer.status_code, answer.get_data()[:80]))

    record_property("says", f"hostile tokens: {len(cases)} cases, {len(opened)} opened")
    assert opened == []
    assert len(cases) >= 60
    assert len({token for _, token in cases}) > 150


def test_the_forge_makes_good_tokens_when_it_bends_nothing(ready):
    """Otherwise every case above would be refused for a reason of its own making."""
    forge = Forge(ready)
    for good in (forge.make(), forge.headed(kid="ours"), forge.make(nbf=forge.now + timedelta(seconds=4))):
        assert ready.nobody.get("/auth/me", headers={"Authorization": f"Bearer {good}"}).status_code == 200


def test_a_refusal_says_what_it_wants_and_nothing_of_why(ready):
    forge = Forge(ready)
    answers = [
        ready.nobody.get("/auth/me", headers={"Authorization": f"Bearer {token}"})
        for token in (forge.make(sub=UNKNOWN), forge.make(aud="x"), forge.make()[:-2] + "AA", "x.y.z")
    ]

    assert {answer.get_data() for answer in answers} == {answers[0].get_data()}
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {'Bearer realm="rapport"'}


def test_an_expired_token_is_told_to_refresh(ready):
    expired = Forge(ready).make(exp=ready.clock.now())

    answer = ready.nobody.get("/auth/me", headers={"Authorization": f"Bearer {expired}"})

    assert (answer.status_code, answer.json["code"]) == (401, "TOKEN_EXPIRED")


def test_a_token_is_good_to_its_last_second_even_when_it_is_remembered(ready):
    user = ready.user("Ada", Role.AGENT)
    tokens = ready.nobody.post("/auth/login", {"email": user.email, "password": "correct horse battery"}).json
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    ready.wait(minutes=14, seconds=59)
    assert ready.nobody.get("/auth/me", headers=bearer).status_code == 200

    ready.wait(seconds=1)

    assert ready.nobody.get("/auth/me", headers=bearer).status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Basic YWxpY2U6cGFzcw==",
        "bearer",
        "Token x",
        "Bearer  ",
        "Bearer a b",
        "Digest x",
        "Bearer,Bearer",
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_another_scheme_or_none_is_refused(stage, header):
    assert stage.nobody.get("/auth/me", headers={"Authorization": header}).status_code == 401


def test_a_token_in_the_query_or_in_a_cookie_opens_nothing(stage):
    token = stage.alice.credential
    for query in ("access_token", "token", "api_key"):
        assert stage.nobody.get("/auth/me", query_string={query: token}).status_code == 401
    stage.http.set_cookie("access_token", token)
    assert stage.nobody.get("/auth/me", headers={"Cookie": f"token={token}"}).status_code == 401


def test_the_clock_of_a_token_is_the_services(stage):
    """Times are judged by the service's clock, which a test moves and the library's own is not."""
    assert abs(stage.clock.now() - datetime.now(UTC)) > timedelta(days=1)
    assert stage.alice.get("/auth/me").status_code == 200
