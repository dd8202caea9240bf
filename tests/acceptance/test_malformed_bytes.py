"""Malformed requests and frames over raw sockets get the right status or close code."""

import gzip
import json
import random
import re
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPResponse
from typing import Any, Final

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.acceptance.client import PROTOCOL, TIMEOUT_SECONDS
from tests.acceptance.server import Installation, Server
from tests.acceptance.test_production_server import INTERNAL
from tests.graphql_server.transports.test_malformed_input import SEED, mutated
from tests.graphql_server.transports.test_websocket_close_codes import MALFORMED, MALFORMED_ONCE_SIGNED_IN

JSON: Final = "content-type: application/json\r\n"
QUERY: Final = b'{"query": "{ viewer { roles } }"}'
PERSONAL: Final = "bosu@fabrikam.example"
"""Somewhere in what is sent, and nowhere in the log."""


@pytest.fixture(scope="module")
def production(installation: Installation) -> Iterator[Server]:
    with installation.serving(environment="production", rate_limit="0") as ready:
        yield ready
        assert "Traceback" not in ready.log
        assert PERSONAL not in ready.log


@pytest.fixture(scope="module")
def signed(production: Server, installation: Installation) -> bytes:
    return f"authorization: Bearer {installation.token('rep@acme.example')}\r\n".encode()


def answered(server: Server, sent: bytes, signed: bytes = b"") -> tuple[int, HTTPResponse, str]:
    """Send raw bytes and return status, headers and body; `TOKEN` in them is replaced by a valid token."""
    method = sent.partition(b" ")[0].decode("latin-1")
    with socket.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT_SECONDS) as client:
        with suppress(ConnectionError):  # The server refused before everything was sent.
            client.sendall(sent.replace(b"TOKEN\r\n", signed))
        response = HTTPResponse(client, method=method)
        response.begin()
        body = response.read().decode()
    assert not INTERNAL.search(body), body
    assert response.getheader("server") is None
    return response.status, response, body


def request(body: bytes = QUERY, *, line: str = "POST /graphql HTTP/1.1", fields: str = JSON, length: str | None = "") -> bytes:
    """Return a request with the length of its body, another length, or none."""
    told = "" if length is None else f"content-length: {length or len(body)}\r\n"
    return f"{line}\r\nhost: leads.test\r\nTOKEN\r\n{fields}{told}\r\n".encode("latin-1") + body


def chunked(*parts: bytes, fields: str = "", ended: bytes = b"0\r\n\r\n") -> bytes:
    """Return a request with a chunked body."""
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + ended
    return request(body, fields=f"{JSON}{fields}transfer-encoding: chunked\r\n", length=None)


def asked(query: str, *, fields: str = "graphql-require-preflight: 1\r\n", method: str = "GET") -> bytes:
    return request(b"", line=f"{method} /graphql{query} HTTP/1.1", fields=fields, length=None)


def variables(text: str) -> bytes:
    return b'{"query": "{ __typename }", "variables": {"x": %s}}' % text.encode()


def padded(size: int) -> bytes:
    body = variables('""')
    return body.replace(b'""', b'"%s"' % (b"x" * (size - len(body))))


REQUEST_LINES: Final = {
    "nothing that is a request": (b"\x00\x01\x02\r\n\r\n", 400),
    "a greeting of TLS": (b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + b"\0" * 50, 400),
    "a greeting of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "an unknown version": (b"GET /graphql HTTP/9.9\r\n\r\n", 400),
    "a version that is not served here": (request(line="POST /graphql HTTP/2.0"), 400),
    "no host": (b"GET /graphql HTTP/1.1\r\n\r\n", 400),
    "two hosts": (request(fields=f"{JSON}host: other.test\r\n"), 400),
    "a method in small letters": (b"post /graphql HTTP/1.1\r\nhost: leads.test\r\n\r\n", 400),
    "an unknown method": (b"FETCH /graphql HTTP/1.1\r\nhost: leads.test\r\n\r\n", 400),
    "lines that end halfway": (b"GET /graphql HTTP/1.1\nhost: x\n\n", 400),
    "an address of bytes": (b"GET /graphql?query=\xff\xfe HTTP/1.1\r\nhost: leads.test\r\n\r\n", 400),
    "an endless address": (b"GET /graphql?query=" + b"x" * 200_000 + b" HTTP/1.1\r\nhost: leads.test\r\n\r\n", 400),
    "an address above the root": (b"GET /graphiql/../../settings.py HTTP/1.1\r\nhost: leads.test\r\n\r\n", 404),
    "a hidden address above the root": (b"GET /graphiql/%2e%2e%2fapp.py HTTP/1.1\r\nhost: leads.test\r\n\r\n", 404),
    "the server's own options": (b"OPTIONS * HTTP/1.1\r\nhost: leads.test\r\n\r\n", 404),
    "a field without a colon": (request(fields=f"{JSON}nonsense\r\n"), 400),
    "a field with a space in its name": (request(fields=f"{JSON}x y: z\r\n"), 400),
    "a field without a name": (request(fields=f"{JSON}: z\r\n"), 400),
    "a field over two lines": (request(fields=f"{JSON}x: y\r\n z\r\n"), 400),
    "a field with a NUL": (request(fields=f"{JSON}x: y\0z\r\n"), 400),
    "a field of bytes": (request(fields=f"{JSON}x: \xe9\xff\r\n"), 200),
    "a hundred fields": (request(fields=JSON + "".join(f"x-{n}: y\r\n" for n in range(100))), 200),
    "an older version": (request(line="POST /graphql HTTP/1.0"), 200),
}
LENGTHS: Final = {
    "length and chunks": (chunked(QUERY, fields=f"content-length: {len(QUERY)}\r\n"), 400),
    "two lengths": (request(fields=f"{JSON}content-length: 3\r\n"), 400),
    "a list of lengths": (request(length="3, 3"), 400),
    **{
        f"a length of {length!r}": (request(length=length), 400) for length in ("-1", "+5", "1e3", "0x10", "9" * 30, "9" * 400, "\xb2", " ")
    },
    "an unknown coding": (request(fields=f"{JSON}transfer-encoding: xchunked\r\n", length=None), 400),
    "a coding beneath the chunks": (chunked(QUERY, fields="transfer-encoding: gzip\r\n"), 400),
    "two codings": (chunked(QUERY).replace(b": chunked", b": gzip, chunked"), 400),
    "chunks": (chunked(QUERY[:9], QUERY[9:]), 200),
    "a chunk of no size": (chunked(ended=b"zz\r\n\r\n"), 400),
    "a chunk of less than nothing": (chunked(ended=b"-5\r\nhello\r\n0\r\n\r\n"), 400),
    "trailers": (chunked(QUERY, ended=b"0\r\nx: y\r\n\r\n"), 200),
    "no body": (request(b""), 400),
    "a body of the size allowed": (request(padded(1_000_000)), 200),
    "a body of one byte more": (request(padded(1_000_001)), 413),
    "chunks of one byte more": (chunked(padded(1_000_001)), 413),
    "a body that never comes, but is too large": (request(b"", length="1000001"), 413),
    "a body that is waited for": (request(fields=f"{JSON}expect: nothing\r\n"), 200),
    "a compressed body": (request(gzip.compress(QUERY), fields=f"{JSON}content-encoding: gzip\r\n"), 415),
    "a body compressed to nothing": (request(gzip.compress(b" " * 10**7), fields=f"{JSON}content-encoding: gzip\r\n"), 415),
    "a body as it is": (request(fields=f"{JSON}content-encoding: IDENTITY\r\n"), 200),
}
BODIES: Final = {
    **{
        repr(text): (request(text), 400)
        for text in (b"1", b"null", b"true", b'"x"', b"[1]", b"[]", b"{", b"{} {}", b"NaN", b"{'query': 1}")
    },
    "a NUL": (request(b'{"query":"{ __typename }"}\0'), 400),
    "a mark of the byte order": (request(b"\xef\xbb\xbf" + QUERY), 200),
    "UTF-16": (request(QUERY.decode().encode("utf-16")), 400),
    "bytes that are no text": (request(b'{"query":"{ __typename #\xc0\xaf }"}'), 400),
    "half a character": (request(variables(r'"\ud800"')), 400),
    "a number beyond all": (request(variables("1e400")), 400),
    "a number of 400 digits": (request(variables("9" * 400)), 400),
    "a key twice": (request(b'{"query":"{ nothing }","query":"{ __typename }"}'), 200),
    "as deep as allowed": (request(variables("[" * 62 + "]" * 62)), 200),
    "deeper": (request(variables("[" * 65 + "]" * 65)), 400),
    "very deep": (request(b"[" * 500_000), 400),
    "too many values": (request(variables(f"[{'1,' * 60_000}1]")), 400),
    "another's batch": (request(b'[{"query":"{ __typename }"}]'), 400),
    "a person in the document": (request(json.dumps({"query": f'{{ leads(search: "{PERSONAL}") {{ totalCount }} }}'}).encode()), 200),
    "a person in what is wrong": (request(json.dumps({"query": f'{{ leads(first: "{PERSONAL}") {{ totalCount }} }}'}).encode()), 200),
}
TYPES: Final = {
    **{
        f"of type {type_}": (request(fields=f"content-type: {type_}\r\n"), status)
        for type_, status in {
            "": 415, "text/plain": 415, "application/graphql": 415, "multipart/form-data; boundary=x": 415,
            "application/json; charset=utf-16": 415, "APPLICATION/JSON; charset=UTF-8": 200,
        }.items()
    },
    "of no type": (request(fields=""), 415),
    **{
        f"answered as {type_}": (request(fields=f"{JSON}accept: {type_}\r\n"), status)
        for type_, status in {
            "*/*": 200, "text/html": 406, "application/json;q=0": 406, "application/json;q=nan": 200, ";;;,,,": 406, "\xff": 406,
            "text/event-stream": 200, "text/html, */*;q=0.1": 200,
        }.items()
    },
}  # fmt: skip
METHODS: Final = {
    **{f"{method}": (asked("?query={__typename}", method=method), 405) for method in ("PUT", "PATCH", "DELETE", "TRACE")},
    "OPTIONS": (asked("", method="OPTIONS"), 204),
    "HEAD": (asked("?query={__typename}", method="HEAD"), 200),
    "HEAD of nothing": (asked("", method="HEAD"), 400),
    "GET": (asked("?query={__typename}"), 200),
    "GET that any page may send": (asked("?query={__typename}", fields=""), 403),
    "GET of two documents": (asked("?query={nothing}&query={__typename}"), 200),
    "GET of a mutation": (asked("?query=mutation($i:AddLeadNoteInput!){addLeadNote(input:$i){__typename}}"), 405),
    "GET of a subscription": (asked("?query=subscription{leadChanged{cursor}}"), 406),
    "GET of variables that are none": (asked("?query={__typename}&variables={"), 400),
    "GET of what is no text": (asked("?query=%ff%00%zz"), 200),
}
UPGRADE: Final = (
    "upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "sec-websocket-protocol: graphql-transport-ws\r\n"
)
UPGRADES: Final = {
    "upgraded by POST": (request(fields=UPGRADE), 400),
    "upgraded by POST of nothing": (asked("", fields=UPGRADE, method="POST"), 405),
    "upgraded without a key": (asked("", fields=UPGRADE.replace("key", "x")), 400),
    "upgraded to an older version": (asked("", fields=UPGRADE.replace("13", "8")), 400),
    "upgraded elsewhere": (request(b"", line="GET /elsewhere HTTP/1.1", fields=UPGRADE, length=None), 403),
    **{
        f"upgraded by a page of {origin}": (asked("", fields=f"{UPGRADE}origin: {origin}\r\n"), status)
        for origin, status in {"https://evil.example": 403, "null": 403, "http://[": 403, "http://leads.test": 101}.items()
    },
    "upgraded with large fields": (asked("", fields=f"{UPGRADE}x: {'y' * 16_000}\r\n"), 431),
}
CASES: Final = REQUEST_LINES | LENGTHS | BODIES | TYPES | METHODS | UPGRADES


@pytest.mark.parametrize(("sent", "status"), CASES.values(), ids=CASES)
def test_request_is_answered(production: Server, signed: bytes, sent: bytes, status: int) -> None:
    assert answered(production, sent, signed)[0] == status


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        "Bearer x",
        "Bearer x y",
        "Basic x",
        "Bearer \xff",
        "x" * 9_000,
        "Bearer x\r\nauthorization: Bearer x",
        "Bearer a.b.c, Bearer a.b.c",
    ],
    ids=lambda text: text[:30],
)
def test_invalid_token_is_refused_before_the_document_is_read(production: Server, authorization: str) -> None:
    for body in (QUERY, b"[1]", b"x" * 1_000_001):
        status, response, told = answered(
            production, request(body, fields=f"{JSON}authorization: {authorization}\r\n").replace(b"TOKEN\r\n", b"")
        )
        assert (status, response.getheader("www-authenticate")) == (401, "Bearer")
        assert json.loads(told)["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


@pytest.mark.parametrize(("size", "status"), [(15_999, 200), (16_000, 200), (16_001, 431), (60_000, 431)])
def test_header_size_is_limited(production: Server, signed: bytes, size: int, status: int) -> None:
    taken = sum(len(line) + 2 for line in request().replace(b"TOKEN\r\n", signed).partition(b"\r\n\r\n")[0].split(b"\r\n")[1:])
    field = f"x: {'y' * (size - taken - len('x: ') - 2)}\r\n"
    assert answered(production, request(fields=JSON + field), signed)[0] == status


def test_pipelined_requests_are_answered_in_order(production: Server, signed: bytes) -> None:
    with socket.create_connection(("127.0.0.1", production.port), timeout=TIMEOUT_SECONDS) as client:
        client.sendall((request() * 20 + request(fields=f"{JSON}connection: close\r\n")).replace(b"TOKEN\r\n", signed))
        told = b"".join(iter(lambda: client.recv(65_536), b""))
    assert re.findall(rb"HTTP/1.1 (\d+)", told) == [b"200"] * 21


# ── sockets ──────────────────────────────────────────────────────────────────

TEXT, CONTINUED, BINARY, CLOSE, PING = 1, 0, 2, 8, 9
LAST: Final = 0x80
PINGED: Final = b'{"type":"ping"}'


def frame(opcode: int, data: bytes, *, first: int = LAST, is_masked: bool = True, size: int | None = None) -> bytes:
    """Return a frame with a zero mask; `first` are the bits before the opcode, `size` is the declared length."""
    told, mask = len(data) if size is None else size, LAST if is_masked else 0
    length = [mask | told] if told < 126 else [mask | 126, *told.to_bytes(2)] if told < 1 << 16 else [mask | 127, *told.to_bytes(8)]
    return bytes([first | opcode, *length]) + b"\0\0\0\0" * is_masked + data


def ping(size: int) -> bytes:
    """Return a protocol ping of this many bytes."""
    empty = b'{"type":"ping","payload":{"x":""}}'
    return empty.replace(b'""', b'"%s"' % (b"x" * (size - len(empty))))


def raw(message: Any) -> bytes:
    return message.encode() if isinstance(message, str) else json.dumps(message).encode()


FRAMES: Final = {
    "bytes": (frame(BINARY, PINGED), 4400),
    "not masked": (frame(TEXT, PINGED, is_masked=False), 1002),
    **{f"reserved bits {bits:#x}": (frame(TEXT, PINGED, first=LAST | bits), 1002) for bits in (0x10, 0x20, 0x40)},
    **{f"opcode {opcode}": (frame(opcode, b""), 1002) for opcode in (3, 7, 11)},
    "the end of nothing": (frame(CONTINUED, b"x"), 1002),
    "two beginnings": (frame(TEXT, b"x", first=0) + frame(TEXT, b"x"), 1002),
    "a long ping": (frame(PING, b"x" * 126), 1002),
    "half a ping": (frame(PING, b"x", first=0), 1002),
    "a farewell of one byte": (frame(CLOSE, b"x"), 1002),
    "a farewell that nobody may send": (frame(CLOSE, (1005).to_bytes(2)), 1002),
    "a farewell": (frame(CLOSE, (1000).to_bytes(2)), 1000),
    "another protocol": (b"GET / HTTP/1.1\r\n\r\n", 1002),
    "no text": (frame(TEXT, b'{"type":"\xff"}'), 1007),
    "no text across frames": (frame(TEXT, b"\xc3", first=0) + frame(CONTINUED, b"("), 1007),
    "half a character": (frame(TEXT, b"\xed\xa0\x80"), 1007),
    "one byte too many": (frame(TEXT, ping(256_001)), 1009),
    "parts that are too much": (frame(TEXT, b"x" * 200_000, first=0) + frame(CONTINUED, b"x" * 60_000), 1009),
    "far too much": (frame(TEXT, ping(20_000_000)), 1009),
    "a boast": (frame(TEXT, b"x", size=1 << 62), 1009),
    "parts without end": (frame(TEXT, b"x", first=0) + frame(CONTINUED, b"", first=0) * 50_000, 1009),
    **{str(text)[:40]: (frame(TEXT, raw(text)), 4400) for text in (*MALFORMED, *MALFORMED_ONCE_SIGNED_IN) if isinstance(text, str | dict)},
}


@contextmanager
def dialogue(server: Server, signed: bytes) -> Iterator[ClientConnection]:
    """Open an authenticated WebSocket."""
    token = signed.decode().partition(":")[2].strip()
    address = f"ws://127.0.0.1:{server.port}/graphql"
    with connect(
        address, subprotocols=[PROTOCOL], compression=None, max_size=None, open_timeout=TIMEOUT_SECONDS, close_timeout=0.1
    ) as socket_:
        socket_.send(json.dumps({"type": "connection_init", "payload": {"Authorization": token}}))
        assert json.loads(socket_.recv(TIMEOUT_SECONDS)) == {"type": "connection_ack"}
        yield socket_


def code_of(socket_: ClientConnection) -> int:
    """Return the close code."""
    with suppress(ConnectionClosed):
        while True:
            socket_.recv(TIMEOUT_SECONDS)
    assert socket_.protocol.close_rcvd is not None, "closed without a code"
    return socket_.protocol.close_rcvd.code


@pytest.mark.parametrize(("sent", "code"), FRAMES.values(), ids=FRAMES)
def test_invalid_frame_closes_with_its_code(production: Server, signed: bytes, sent: bytes, code: int) -> None:
    with dialogue(production, signed) as socket_:
        with suppress(OSError):  # The server closed before everything was sent.
            socket_.socket.sendall(sent)
        assert code_of(socket_) == code


@pytest.mark.parametrize(
    "sent",
    [
        frame(TEXT, PINGED[:4], first=0) + frame(PING, b"between") + frame(CONTINUED, PINGED[4:]),
        frame(TEXT, ping(256_000)),
        frame(10, b"that nobody asked for") + frame(TEXT, b'{"type":"pong"}') + frame(TEXT, PINGED),
        frame(TEXT, b'{"type":"complete","id":"unknown"}') + frame(TEXT, PINGED),
    ],
    ids=["in parts", "as large as allowed", "pongs", "complete"],
)
def test_valid_frame_is_answered(production: Server, signed: bytes, sent: bytes) -> None:
    with dialogue(production, signed) as socket_:
        socket_.socket.sendall(sent)
        assert json.loads(socket_.recv(TIMEOUT_SECONDS))["type"] == "pong"


# ── chance ───────────────────────────────────────────────────────────────────

LISTED: Final = """query Listed($first: Int = 2, $filter: LeadFilter) { leads(first: $first, filter: $filter, sort: [{field: COMPANY}]) {
    totalCount nodes { id ...F } } viewer @include(if: true) { roles } } fragment F on Lead { stage contact { email } }"""
CHANGED: Final = 'subscription { leadChanged(filter: {stages: [RECEIVED]}, after: "x") { cursor kind lead { id } } }'
NOTED: Final = 'mutation { addLeadNote(input: {leadId: "TGVhZDox", body: "\\u00e9"}) { note { id } errors { __typename message field } } }'
REQUESTS: Final = [
    json.dumps({"query": query, "variables": {"first": 1, "filter": {"company": {"contains": "a"}}}}) for query in (LISTED, CHANGED, NOTED)
]


def test_no_mutated_request_breaks_the_real_schema(production: Server, signed: bytes) -> None:
    chance = random.Random(SEED)
    name, _, token = signed.decode().partition(":")
    headers = {name: token.strip(), "content-type": "application/json"}
    with closing(HTTPConnection("127.0.0.1", production.port, timeout=TIMEOUT_SECONDS)) as client:
        for number in range(1_500):
            whole = chance.choice(REQUESTS)
            query = json.loads(whole)["query"]
            body = json.dumps({"query": mutated(query, chance)}) if number % 2 else mutated(whole, chance)
            client.request("POST", "/graphql", body.encode(), headers)
            answer = client.getresponse()
            told = answer.read().decode()
            assert answer.status < 500, body
            assert not INTERNAL.search(told), (body, told)


def test_no_mutated_dialogue_ends_without_a_code(production: Server, signed: bytes) -> None:
    chance = random.Random(SEED)
    for _ in range(100):
        with dialogue(production, signed) as socket_:
            sent = b""
            for number in range(5):
                message: Any = {"type": "subscribe", "id": str(number), "payload": json.loads(chance.choice(REQUESTS))}
                sent += frame(TEXT, mutated(json.dumps(message), chance).encode())
            socket_.socket.sendall(sent + frame(TEXT, b"the end"))
            assert code_of(socket_) in {4400, 4409, 4429}
