"""Malformed forms and pushes at a real server: each gets one clear answer, stores nothing, and leaves no traceback."""

import gzip
import json
import socket
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.acceptance.client import TIMEOUT_SECONDS, Member, http
from tests.acceptance.server import Installation, Server
from tests.acceptance.test_malformed_bytes import answered

PAGE: Final = "https://www.acme.example"
THANKS: Final = f"{PAGE}/thanks"
FORM: Final = "content-type: application/x-www-form-urlencoded\r\n"
JSON: Final = "content-type: application/json\r\n"
PARTS: Final = "content-type: multipart/form-data; boundary=b\r\n"
LIMIT: Final = 32_000
PERSONAL: Final = "byron@engine.example"
"""Somewhere in what is sent, and nowhere in the log."""
COUNT: Final = "{ leads(first: 1) { totalCount } }"
Case = tuple[bytes, int]


@pytest.fixture(scope="module")
def intake(installation: Installation) -> Iterator[Server]:
    with installation.serving(environment="production", intake_rate_limit="1000000") as ready:
        yield ready
        assert "Traceback" not in ready.log
        assert PERSONAL not in ready.log


@pytest.fixture(scope="module")
def vendor(intake: Server) -> Member:
    return intake.member("admin@vendor.example")


@pytest.fixture(scope="module")
def key(vendor: Member) -> str:
    return str(new_key(vendor)["key"])


def new_key(vendor: Member) -> dict[str, Any]:
    selection = "key intakeKey { id }"
    return vendor.do("createIntakeKey", selection, name="Page", allowedOrigins=[PAGE], thankYouUrl=THANKS)


def request(
    body: bytes, fields: str = FORM, *, path: str = "/intake/KEY", method: str = "POST", length: str | None = "", accept: str = ""
) -> bytes:
    """Return a request with the length of its body, another length, or none; `KEY` is replaced by a valid key."""
    told = "" if length is None else f"content-length: {length or len(body)}\r\n"
    return f"{method} {path} HTTP/1.1\r\nhost: leads.test\r\n{fields}{accept}{told}\r\n".encode("latin-1") + body


def form(text: str, more: str = "", path: str = "/intake/KEY") -> bytes:
    return request(text.encode("latin-1"), FORM + more, path=path)


def of_json(text: str, more: str = "", path: str = "/intake/KEY") -> bytes:
    return request(text.encode(), JSON + more, path=path)


def pushed(text: str, fields: str = JSON) -> bytes:
    return request(text.encode(), fields, path="/intake/KEY/marketplace")


def padded(size: int) -> bytes:
    start = b"last_name=Padded&message="
    return start + b"x" * 9_000 + b"&other=" + b"y" * (size - len(start) - 9_007)


def chunked(*parts: bytes) -> bytes:
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    return request(body, f"{FORM}transfer-encoding: chunked\r\n", length=None)


MANY_DIGITS: Final = "9" * 400
LONG: Final = "x" * 20_000
USER: Final = f'{{"UserDetails": {{"LastName": "Pushed", "Email": "{PERSONAL}"}}'
METHODS: Final[dict[str, Case]] = {
    **{method: (request(b"", method=method), 405) for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE")},
    "GET with a form": (request(b"", "", path="/intake/KEY?last_name=x", method="GET"), 405),
    "OPTIONS": (request(b"", "", method="OPTIONS"), 204),
    "OPTIONS of another page": (request(b"", "origin: https://evil.example\r\n", method="OPTIONS"), 403),
}
TYPES: Final[dict[str, Case]] = {
    **{
        f"of type {kind!r}": (request(b"last_name=Typed %d" % at, f"content-type: {kind}\r\n"), status)
        for at, (kind, status) in enumerate(
            {
                "": 415, "text/plain": 415, "application/xml": 415, ";;;": 415, "\xff": 415, "application/x-www-form-urlencoded\xff": 415,
                "application/x-www-form-urlencoded; charset=utf-16": 415, "application/x-www-form-urlencoded; charset=x": 415,
                "application/x-www-form-urlencoded; charset=base64": 415, "application/x-www-form-urlencoded; charset=": 303,
                "application/x-www-form-urlencoded; charset=\"UTF-8\"": 303, "APPLICATION/X-WWW-FORM-URLENCODED;x": 303,
                "application/x-www-form-urlencoded; charset*=utf-8''latin1": 303, "multipart/form-data": 400,
                "multipart/form-data; boundary=b": 400, "multipart/mixed; boundary=b": 415, "application/json": 400,
            }.items()
        )
    },
    "of no type": (request(b"last_name=x", ""), 415),
    "Latin-1": (form("last_name=Typ\xe9", "").replace(b"urlencoded", b"urlencoded; charset=latin-1"), 303),
    "Latin-1 that says it is UTF-8": (form("last_name=Typ\xe9 wrong"), 400),
    "UTF-16": (request("last_name=x".encode("utf-16")), 400),
    "JSON in UTF-16": (request('{"lastName": "x"}'.encode("utf-16"), JSON), 400),
    "JSON in UTF-16 that says so": (request('{"lastName": "x"}'.encode("utf-16"), JSON.replace("json", "json; charset=utf-16")), 415),
    "a push of no type": (pushed(USER + ', "n": 1}', ""), 201),
    "a push as text": (pushed(USER + "}", "content-type: text/plain\r\n"), 415),
    "a push as a form": (pushed(USER + "}", FORM), 415),
    "gzip": (request(gzip.compress(b"last_name=x"), f"{FORM}content-encoding: gzip\r\n"), 415),
    "two codings": (request(b"last_name=x", f"{FORM}content-encoding: identity, br\r\n"), 415),
    "no coding": (form("last_name=Uncoded", "content-encoding: IDENTITY\r\n"), 303),
}  # fmt: skip
SIZES: Final[dict[str, Case]] = {
    "of the size allowed": (request(padded(LIMIT)), 303),
    "one byte more": (request(padded(LIMIT + 1)), 413),
    "chunks of one byte more": (chunked(padded(LIMIT), b"z"), 413),
    "chunks": (chunked(b"last_na", b"me=Chunked"), 303),
    "too much announced, nothing sent": (request(b"", length=str(LIMIT + 1)), 413),
    "too much announced, and asked whether to send it": (request(b"", f"{FORM}expect: 100-continue\r\n", length="1000000000"), 413),
    "a length below zero": (request(b"last_name=x", length="-1"), 400),
    "no body": (request(b"", length=None), 422),
    "a chunk of no size": (request(b"zz\r\n\r\n", f"{FORM}transfer-encoding: chunked\r\n", length=None), 400),
}
FORMS: Final[dict[str, Case]] = {
    **{
        f"the form {text[:30]!r}": (form(text), status)
        for text, status in {
            "": 422, "&&&": 422, "=": 422, "last_name": 422, "last_name=+": 422, "\0": 422, "a=b;last_name=x": 422, "company=Kilo": 422,
            "last_name=a%00b": 422, "last_name=a%0Ab": 422, "last_name=%FF": 400, "last_name=\xff": 400, "last_name=%ED%A0%80": 400,
            "last_name=%C0%AF": 400, "last_name=%zz": 303, "last_name=First&last_name=Second": 303, f"last_name={'x' * 101}": 422,
            "last_name=x&country=Narnia": 422, f"last_name=x&message={'x' * 10_001}": 422, "last_name=x&message=a%00b": 422,
            "last_name=x&email=a%0D%0Ab": 422, "last_name=%26%23x": 303, "last_name=x&phone=%00": 422,
            "_charset_=utf-16&last_name=x": 415, "_charset_=%00&last_name=x": 415, "_charset_=windows-1250&last_name=%F8": 303,
        }.items()
    },
    "200 fields": (form("last_name=Many" + "&a=b" * 199), 303),
    "201 fields": (form("last_name=Many" + "&a=b" * 200), 413),
    "10,000 fields": (form("&".join(["a="] * 10_000)), 413),
    "a filled trap": (form("last_name=Trapped&website=x"), 303),
    "a filled trap in JSON": (of_json('{"lastName": "Trapped", "website": true}'), 201),
    "parts": (request(b'--b\r\nContent-Disposition: form-data; name="last_name"\r\n\r\nParts\r\n--b--\r\n', PARTS), 303),
    "a file": (request(b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nx\r\n--b--\r\n', PARTS), 415),
    "parts without end": (request(b'--b\r\nContent-Disposition: form-data; name="last_name"\r\n\r\nx\r\n', PARTS), 400),
    "10,000 parts": (request(b"--b\r\n" * 6_000 + b"--b--", PARTS), 413),
}  # fmt: skip
OBJECTS: Final[dict[str, Case]] = {
    **{
        f"the JSON {text[:30]}": (of_json(text), status)
        for text, status in {
            "": 400, "{": 400, "1": 400, "null": 400, '"x"': 400, "[]": 400, '[{"lastName": "x"}]': 400, "{} {}": 400, "{'a': 1}": 400,
            "{}": 422, '{"lastName": NaN}': 400, '{"lastName": Infinity}': 400, '{"lastName": "\\ud800"}': 400,
            '{"lastName": "a\\u0000b"}': 422, '{"lastName": "x"}\0': 400, "[" * 20_000: 400, '{"a":' * 5_000: 400,
            '{"lastName": ["x"]}': 422, '{"lastName": {"a": 1}}': 422, '{"email": ["x"]}': 422, '{"lastName": "x", "website": []}': 422,
            '{"lastName": "Deep", "a": %s}' % ("[" * 500 + "]" * 500): 201, '{"lastName": 1e400}': 400,
            f'{{"lastName": {MANY_DIGITS}}}': 400,
            '{"lastName": "First", "lastName": "Second"}': 201, '{"last_name": "Both", "lastName": ["x"]}': 201,
            '{"lastName": "", "email": null}': 422, '{"lastName": true}': 201, '{"phone": 44123456}': 201,
        }.items()
    },
    "a mark of the byte order": (request(b'\xef\xbb\xbf{"lastName": "Marked"}', JSON), 201),
    "bytes that are no text": (request(b'{"lastName": "\xc0\xaf"}', JSON), 400),
    "5,000 members": (of_json('{"lastName":"Members"' + ',"a":1' * 5_000 + "}"), 201),
    **{
        f"the push {text[:40]}": (pushed(text), status)
        for text, status in {
            "{}": 422, "[]": 400, '{"UserDetails": []}': 422, '{"UserDetails": {}}': 422, '{"UserDetails": {"Email": ""}}': 422,
            '{"UserDetails": {"LastName": "\\u0000"}}': 201, USER + ', "OfferTitle": "\\u0000"}': 201,
            USER + ', "LeadSource": {"a": []}}': 201, USER + ', "ActionCode": 1e308}': 201,
            USER + ', "ActivityId": "\\u0000"}': 201,
            f'{USER}, "Description": "{LONG}"}}': 201, USER + ', "LeadSource": "|||-|"}': 201,
            USER + ', "OfferTitle": "\\ud800"}': 400,
        }.items()
    },
}  # fmt: skip
KEYS: Final[dict[str, Case]] = {
    **{
        f"to {path[:40]}": (form("last_name=x", path=path), 404)
        for path in (
            "/intake/gli_unknown", "/intake/gli_", "/intake/KEY%00", "/intake/KEY%20", "/intake/%ff", "/intake/gli_%ff",
            "/intake/gli_%ED%A0%80",
            "/intake/KEYx", "/intake/gla_0123456789", "/intake/eyJhbGciOiJIUzI1NiJ9.e30.x", f"/intake/gli_{'x' * 8_000}", "/intake/'--",
            "/intake/KEY/elsewhere", "/intake/KEY/marketplace/x", "/intake/../intake/x", "/intake/%2e%2e%2fgraphql",
        )
    },
    "to nobody": (form("last_name=x", path="/intake"), 404),
}  # fmt: skip
PAGES: Final[dict[str, Case]] = {
    **{
        f"from {origin!r}": (form(f"last_name=From&email=origin-{at}@x.example", f"origin: {origin}\r\n"), status)
        for at, (origin, status) in enumerate(
            {
                PAGE: 303, PAGE.upper(): 303, "https://evil.example": 403, "null": 403, "": 403, f"{PAGE}.": 403, f"{PAGE}:444": 403,
                f"{PAGE}/": 403, "http://www.acme.example": 403, f"{PAGE}, https://evil.example": 403, "\xff": 403, "x" * 9_000: 403,
                f"https://evil.example\r\norigin: {PAGE}": 403, f"{PAGE}\r\norigin: https://evil.example": 403,
            }.items()
        )
    },
}  # fmt: skip
CASES: Final = METHODS | TYPES | SIZES | FORMS | OBJECTS | KEYS | PAGES
STORED: Final = [name for name, (_, status) in CASES.items() if status in (201, 303) and "trap" not in name]


def test_each_request_has_its_answer_and_nothing_is_half_done(intake: Server, vendor: Member, key: str) -> None:
    before = vendor.ask(COUNT)["leads"]["totalCount"]
    unexpected = {}
    for name, (sent, expected) in CASES.items():
        status, response, body = answered(intake, sent.replace(b"KEY", key.encode()))
        if status != expected or (response.getheader("location") == THANKS) != (status == 303):
            unexpected[name] = (status, body)
        if status in (400, 403, 413, 415, 422) and response.getheader("content-type") == "application/json":
            assert json.loads(body)["error"].endswith("."), body
    assert unexpected == {}
    assert vendor.ask(COUNT)["leads"]["totalCount"] == before + len(STORED)


def test_a_cut_body_stores_nothing(intake: Server, vendor: Member, key: str) -> None:
    before = vendor.ask(COUNT)["leads"]["totalCount"]
    for sent in (
        request(b"last_name=Cut", length="20"),
        request(b"d\r\nlast_name=Cut\r\n", f"{FORM}transfer-encoding: chunked\r\n", length=None),
    ):
        with socket.create_connection(("127.0.0.1", intake.port), timeout=TIMEOUT_SECONDS) as client:
            client.sendall(sent.replace(b"KEY", key.encode()))
            client.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: client.recv(65_536), b""))
        assert answer == b"" or answer.startswith(b"HTTP/1.1 400 "), answer
    assert vendor.ask(COUNT)["leads"]["totalCount"] == before


def test_a_body_that_comes_byte_by_byte_is_read(intake: Server, key: str) -> None:
    sent = request(b"last_name=Slow").replace(b"KEY", key.encode())
    with socket.create_connection(("127.0.0.1", intake.port), timeout=TIMEOUT_SECONDS) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(len(sent)):
            client.sendall(sent[at : at + 1])
        assert client.recv(100).startswith(b"HTTP/1.1 303 ")


def test_a_revoked_key_and_secrets_of_other_kinds_are_refused(intake: Server, vendor: Member, installation: Installation) -> None:
    made = new_key(vendor)
    address = f"{intake.base}/intake/{made['key']}"
    assert http.post(address, data={"last_name": "Valid"}).status_code == 303
    vendor.do("revokeIntakeKey", "intakeKey { id }", intakeKeyId=made["intakeKey"]["id"])
    for path in ("", "/marketplace", "/web-to-lead"):
        refused = http.post(f"{address}{path}", json={"lastName": "x"})
        assert (refused.status_code, "revoked" in refused.json()["error"]) == (410, True)
    token = installation.token("admin@vendor.example")
    assert http.post(f"{intake.base}/intake/{token}", data={"last_name": "x"}).status_code == 404


def test_no_address_breaks_out_of_the_redirect(intake: Server, vendor: Member, key: str) -> None:
    for address in (f"{PAGE}/\r\nset-cookie: a=b", f"{PAGE}/\0", "javascript:alert(1)", "//evil.example", f"{PAGE}/ x"):
        query = "mutation ($input: CreateIntakeKeyInput!) { createIntakeKey(input: $input) { key errors { field } } }"
        answer = vendor.post(query, input={"name": "x", "thankYouUrl": address}).json()
        assert "errors" in answer or answer["data"]["createIntakeKey"]["key"] is None, (address, answer)
    for at, address in enumerate(
        (
            f"{PAGE}/\r\nset-cookie: a=b",
            f"{PAGE}/\x00",
            f"{PAGE}\\@evil.example",
            f"{PAGE}:444/",
            f" {PAGE}.evil.example/",
            f"{PAGE}/\u2028x",
        )
    ):
        fields = {"last_name": f"Redirected {at}", "retURL": address}
        sent = http.post(f"{intake.base}/intake/{key}/web-to-lead", data=fields, follow_redirects=False)
        assert (sent.status_code, sent.headers["location"], "set-cookie" in sent.headers) == (303, THANKS, False)
    sent = http.post(f"{intake.base}/intake/{key}/web-to-lead", data={"last_name": "Own page", "retURL": f"{PAGE}/d\u011bkujeme?a=b"})
    assert (sent.status_code, sent.headers["location"]) == (303, f"{PAGE}/d%C4%9Bkujeme?a=b")


def test_each_address_behind_a_trusted_proxy_has_its_own_limit(installation: Installation) -> None:
    with installation.serving(intake_rate_limit="2", trusted_proxies="127.0.0.0/8") as behind:
        member = behind.member("admin@vendor.example")
        first, second = (new_key(member)["key"] for _ in range(2))

        def send(key: str, address: str, last_name: str) -> int:
            sent = http.post(f"{behind.base}/intake/{key}", data={"last_name": last_name}, headers={"x-forwarded-for": address})
            assert sent.status_code != 429 or 1 <= int(sent.headers["retry-after"]) <= 60
            return sent.status_code

        # Two windows of a minute may lie side by side, so a fifth post is refused in any case.
        assert 429 in [send(first, "198.51.100.1", f"Limited {at}") for at in range(5)]
        assert send(first, "198.51.100.2", "Other address") == 303
        assert send(first, "203.0.113.9, 198.51.100.3", "Behind two") == 303
        assert send(second, "198.51.100.1", "Other key") == 303
        assert 429 in [send(first, f"2001:db8::{at}", f"One network {at}") for at in range(1, 6)]
        assert send(first, "2001:db8:0:1::1", "Other network") == 303
        refused = [send(first, f"{at}.1.1.1, 198.51.100.4", f"Made up {at}") for at in range(5)]
        assert 429 in refused  # the proxy's address counts, not what the sender wrote before it
