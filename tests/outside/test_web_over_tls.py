"""The limits hold inside TLS too, and an address that cannot prove itself is not spoken to."""

from __future__ import annotations

import ipaddress
import ssl
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from rapport.outside.web import Fault, NoAnswerError, fetch, new_session
from tests.outside.raw_server import answers, drips, hangs_up, raw_server, sends, speaks_first, takes_nothing


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of 127.0.0.1 that vouches for itself: the file, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return file, context


@contextmanager
def trusting(file):
    session = new_session(connect_seconds=1.0, read_seconds=1.0, keep_alive=False)
    session.verify = str(file) if file is not None else True
    try:
        yield session
    finally:
        session.close()


def fetched(session, url, *, seconds=2.0, data=None):
    request = requests.Request("POST", url, data=data)
    return fetch(session, request, seconds=seconds, max_bytes=10_000, monotonic=time.monotonic)


def fault_of(session, url, **given):
    with pytest.raises(NoAnswerError) as nothing:
        fetched(session, url, **given)
    return nothing.value.fault


def test_an_answer_comes_through(certificate):
    file, tls = certificate

    with raw_server(answers(200, b"good"), tls=tls) as server, trusting(file) as session:
        assert fetched(session, server.url).body == b"good"


def test_nothing_is_said_to_an_address_that_cannot_prove_itself(certificate):
    _, tls = certificate

    with raw_server(answers(200, b"good"), tls=tls) as server, trusting(None) as session:
        assert fault_of(session, server.url) is Fault.TLS_FAILED
        assert server.arrivals == []


@pytest.mark.parametrize(
    "slow",
    [
        drips(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 500, every=0.02),
        drips(b"x" * 500, every=0.02, first=b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"),
    ],
    ids=["drip of the head", "drip of the body"],
)
def test_the_time_of_a_call_is_total(certificate, slow):
    file, tls = certificate

    with raw_server(slow, tls=tls) as server, trusting(file) as session:
        began = time.monotonic()
        assert fault_of(session, server.url, seconds=0.3) is Fault.TIMED_OUT
        assert time.monotonic() - began < 0.8


def test_a_handshake_that_is_never_answered_ends_in_time(certificate):
    file, _ = certificate

    with raw_server(takes_nothing()) as server, trusting(file) as session:
        began = time.monotonic()
        fault = fault_of(session, server.url.replace("http:", "https:"), seconds=0.3)

    assert fault is Fault.TIMED_OUT
    assert time.monotonic() - began < 0.8


def test_an_upload_that_is_not_taken_ends_in_time(certificate):
    file, tls = certificate

    with raw_server(takes_nothing(), tls=tls) as server, trusting(file) as session:
        began = time.monotonic()
        fault = fault_of(session, server.url, seconds=0.3, data=b"x" * 20_000_000)

    assert fault is Fault.TIMED_OUT
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    "cut",
    [hangs_up(), sends(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf")],
    ids=["before the answer", "in the answer"],
)
def test_a_cut_is_a_fault_that_may_have_had_its_effect(certificate, cut):
    file, tls = certificate

    with raw_server(cut, tls=tls) as server, trusting(file) as session:
        assert fault_of(session, server.url) in {Fault.RESET, Fault.TLS_FAILED}
        assert len(server.arrivals) == 1


def test_plain_http_where_tls_was_meant_is_no_certain_non_send(certificate):
    file, _ = certificate

    plain = speaks_first(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with raw_server(plain) as server, trusting(file) as session:
        assert fault_of(session, server.url.replace("http:", "https:")) in {Fault.TLS_FAILED, Fault.RESET}
