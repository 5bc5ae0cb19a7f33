"""The official `resend` library works against the fake over a real socket."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
import resend

from rapport_sandbox.fakes.resend import Resend
from rapport_sandbox.wire import Request
from tests.sandbox.fakes.calling import NOON

MAIL = {
    "from": "Acme <us@rapport.example>",
    "to": ["ada@example.com"],
    "subject": "Hi",
    "html": "<p>Hello</p>",
    "tags": [{"name": "action_id", "value": "a-1"}],
}


def handler_for(fake):
    """The stdlib's server speaking for the fake; a hanging answer closes the connection unsaid."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = tuple(parse_qsl(parts.query))
            answer = fake.handle(Request(self.command, parts.path, query, headers, body), NOON)
            if answer.hang:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = answer  # noqa: N815 - the names the stdlib calls

        def log_message(self, *args):
            """Tests have their own output."""

    return Handler


@pytest.fixture
def fake(monkeypatch):
    fake = Resend(public_url="http://127.0.0.1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(fake))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setattr(resend, "api_key", "re_sandbox")
    monkeypatch.setattr(resend, "api_url", f"http://127.0.0.1:{server.server_port}")
    yield fake
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_library_sends_an_email_and_reads_it_back(fake):
    sent = resend.Emails.send(MAIL, {"idempotency_key": "a-1"})

    email = resend.Emails.get(sent["id"])
    listed = resend.Emails.list({"limit": 10})

    assert (email["subject"], email["last_event"]) == ("Hi", "sent")
    assert [one["id"] for one in listed["data"]] == [sent["id"]]


def test_the_library_repeats_with_one_key_and_one_email_goes_out(fake):
    fake.fail_next(1, "timeout_after_effect")
    with pytest.raises(resend.exceptions.ResendError) as lost:
        resend.Emails.send(MAIL, {"idempotency_key": "a-1"})

    resend.Emails.send(MAIL, {"idempotency_key": "a-1"})

    assert (lost.value.code, lost.value.error_type) == (500, "HttpClientError")
    assert len(fake.sent) == 1


def test_the_library_sends_batches_in_both_modes(fake):
    strict = resend.Batch.send([MAIL, MAIL], {"idempotency_key": "b-1"})
    permissive = resend.Batch.send([MAIL, {**MAIL, "to": "nobody"}], {"batch_validation": "permissive"})

    assert (len(strict["data"]), len(permissive["data"])) == (2, 1)
    assert [error["index"] for error in permissive["errors"]] == [1]


@pytest.mark.parametrize(
    ("status", "name", "error"),
    [
        (401, "missing_api_key", resend.exceptions.MissingApiKeyError),
        (403, "invalid_api_key", resend.exceptions.InvalidApiKeyError),
        (422, "missing_required_field", resend.exceptions.MissingRequiredFieldsError),
        (422, "validation_error", resend.exceptions.ValidationError),
        (429, "rate_limit_exceeded", resend.exceptions.RateLimitError),
        (429, "daily_quota_exceeded", resend.exceptions.RateLimitError),
        (500, "application_error", resend.exceptions.ApplicationError),
    ],
)
def test_the_library_knows_the_fakes_errors(fake, status, name, error):
    fake.fail_next(1, status, reason=name)

    with pytest.raises(error) as refused:
        resend.Emails.send(MAIL)

    assert refused.value.error_type == name


def test_the_library_reads_received_mail(fake):
    email_id = fake.receive(
        {
            "from": "ada@example.com",
            "to": ["in@rapport.example"],
            "subject": "Re: Hi",
            "text": "Thanks",
            "attachments": [{"filename": "a.txt", "content": "aGk="}],
        },
        NOON,
    )

    email = resend.Emails.Receiving.get(email_id)
    [attachment] = resend.Emails.Receiving.Attachments.list(email_id)["data"]

    assert (email["text"], attachment["filename"]) == ("Thanks", "a.txt")
    assert [one["id"] for one in resend.Emails.Receiving.list()["data"]] == [email_id]
