"""When a request is whole: judged beside the parser of the server, which must then never have to wait for more."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from gunicorn.config import Config
from gunicorn.http.parser import RequestParser
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.runtime.arriving import MOST_HEAD, Arriving, Stage

BODY = 1 << 16
HEAD = b"POST /x HTTP/1.1\r\nHost: x\r\n"
WHOLE = {
    "no body": b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n",
    "no headers": b"GET /x HTTP/1.0\r\n\r\n",
    "behind an empty line": b"\r\nGET /x HTTP/1.1\r\n\r\n",
    "an empty body": HEAD + b"Content-Length: 0\r\n\r\n",
    "a body": HEAD + b"content-length:  5 \r\n\r\nhello",
    "a body of line ends": HEAD + b"Content-Length: 8\r\n\r\n\r\n\r\n\r\n\r\n",
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n",
    "no chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and trailers": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Sum: 1\r\nX-Two: 2\r\n\r\n",
    "chunks, written otherwise": HEAD + b"TRANSFER-encoding: Identity, Chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n",
    "a word that an old version does not wait for": (
        b"POST /x HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi"
    ),
}
REFUSED = {
    "a line without end": b"GET /" + b"a" * 9000,
    "bare line ends": b"GET /x HTTP/1.1\nHost: x\n\n",
    "a bare line end in a header": b"GET /x HTTP/1.1\r\nHost: x\nX: y\r\n",
    "a chunk of no size": HEAD + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
    "a chunk's line without end": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * 9000,
}
APART = {
    "a long body": HEAD + b"Content-Length: %d\r\n\r\n" % (BODY + 1),
    "a long chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nFFFFFF\r\n",
    "two lengths": HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
    "a length and chunks": HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    "a negative length": HEAD + b"Content-Length: -5\r\n\r\n",
    "a length of other digits": HEAD + "Content-Length: ٣\r\n\r\n".encode(),
    "another expectation": HEAD + b"Expect: 200-maybe\r\nContent-Length: 2\r\n\r\n",
}


class Waited(Exception):  # noqa: N818 - what a thread must never do
    """The parser asked for more than there is."""


def read(sent: bytes) -> None:
    """Let the server's own parser read the request and its body."""

    def pieces() -> Iterator[bytes]:
        yield sent
        raise Waited

    body = next(RequestParser(Config(), pieces(), ("127.0.0.1", 1))).body
    while body.read(100):
        pass


@pytest.mark.parametrize("sent", WHOLE.values(), ids=WHOLE)
def test_a_request_is_whole_exactly_when_the_parser_need_not_wait(sent):
    arriving = Arriving(most_body=BODY)
    for length in range(1, len(sent)):
        assert arriving.add(sent[length - 1 : length]) in (Stage.HEAD, Stage.BODY), sent[:length]
        with pytest.raises(Waited):
            read(sent[:length])
    assert arriving.add(sent[-1:]) is Stage.WHOLE
    read(sent)


@given(st.sampled_from(sorted(WHOLE.values())), st.lists(st.integers(1, 120), max_size=6), st.binary(max_size=40))
@settings(max_examples=300, deadline=None)
def test_in_whatever_pieces_it_comes_and_whatever_is_behind_it(sent, cuts, behind):
    arriving = Arriving(most_body=BODY)
    places = sorted({0, *(cut for cut in cuts if cut < len(sent)), len(sent)})
    for begin, end in pairwise(places[:-1]):
        assert arriving.add(sent[begin:end]) is not Stage.WHOLE
    assert arriving.add(sent[places[-2] :] + behind) is Stage.WHOLE
    assert bytes(arriving.bytes) == sent + behind


@pytest.mark.parametrize("sent", REFUSED.values(), ids=REFUSED)
def test_what_the_parser_refuses_at_sight_is_not_waited_for(sent):
    assert Arriving(most_body=BODY).add(sent) is Stage.WHOLE
    with pytest.raises(Exception) as refused:  # noqa: PT011 - any refusal but waiting
        read(sent)
    assert not isinstance(refused.value, Waited)


@pytest.mark.parametrize("sent", APART.values(), ids=APART)
def test_a_body_that_cannot_be_gathered_is_left_to_a_thread_apart(sent):
    assert Arriving(most_body=BODY).add(sent) is Stage.APART


def test_a_head_that_does_not_end_is_gathered_only_so_far():
    arriving = Arriving(most_body=BODY)
    stage = arriving.add(b"GET /x HTTP/1.1\r\n")
    while stage is Stage.HEAD:
        stage = arriving.add(b"X-A: " + b"a" * 1000 + b"\r\n")
    assert stage is Stage.TOO_LONG
    assert len(arriving.bytes) < MOST_HEAD + 1100


def test_small_chunks_add_up_to_a_long_body():
    arriving = Arriving(most_body=BODY)
    stage = arriving.add(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    while stage is Stage.BODY:
        stage = arriving.add(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
    assert stage is Stage.APART


def test_who_waits_for_a_word_gets_it_once_and_the_parser_does_not_hear_of_it():
    arriving = Arriving(most_body=BODY)
    assert arriving.add(HEAD + b"Expect: 100-Continue\r\nContent-Length: 2\r\nX-A: b\r\n\r\n") is Stage.EXPECTED
    assert bytes(arriving.bytes) == HEAD + b"Content-Length: 2\r\nX-A: b\r\n\r\n"
    assert arriving.add(b"h") is Stage.BODY
    assert arriving.add(b"i") is Stage.WHOLE


def test_a_word_is_not_given_when_the_body_came_along():
    assert Arriving(most_body=BODY).add(HEAD + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi") is Stage.WHOLE
