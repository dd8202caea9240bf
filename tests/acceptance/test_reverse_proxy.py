"""The service below a path of a real nginx, addresses that begin with the public one, and callers from other origins."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.acceptance.client import PROTOCOL, TIMEOUT_SECONDS, Member, http
from tests.acceptance.nginx import nginx
from tests.acceptance.server import Installation, Server
from tests.ports import reserve_port

# Without `proxy_set_header Host`, nginx sends the address of the server behind it, and HTTP/1.0 but for WebSockets.
SITE: Final = """
  server {{
    listen 127.0.0.1:{port};
    location = /crm/leads/graphql {{
      proxy_pass http://127.0.0.1:{stripped};
      rewrite ^/crm/leads(.*)$ $1 break;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $http_connection;
      proxy_buffering off;
    }}
    location /crm/leads/ {{ proxy_pass http://127.0.0.1:{stripped}/; }}
    location /kept/ {{ proxy_pass http://127.0.0.1:{kept}; proxy_buffering off; }}
  }}
"""
VIEWER: Final = "{ viewer { roles } }"
STREAM: Final = "subscription ($after: EventCursor) { leadChanged(after: $after) { leadId } }"
EVIL: Final = "https://evil.example"
HEADERS: Final = (
    "traceparent,tracestate,baggage,x-request-id,apollographql-client-name,apollographql-client-version,sentry-trace,cache-control,"
    "last-event-id,authorization,content-type,x-tenant"
)


@pytest.fixture(scope="module")
def proxied(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Member, Member]]:
    """A server, and members that reach two servers through nginx: one gets the paths without the prefix, the other with it."""
    installation.fill(leads=30)
    port, holder = reserve_port()
    bases = [f"http://127.0.0.1:{port}{prefix}" for prefix in ("/crm/leads", "/kept")]
    with (
        installation.serving(public_url=bases[0], allowed_headers="X-Tenant") as stripped,
        installation.serving(public_url=bases[1]) as kept,
        nginx(Path(tmp_path_factory.mktemp("nginx")), SITE.format(port=port, stripped=stripped.port, kept=kept.port), port),
    ):
        token = installation.token("admin@vendor.example")
        yield stripped, Member(bases[0], token), Member(bases[1], token)
    holder.close()


def test_every_address_works_through_the_proxy(proxied: tuple[Server, Member, Member]) -> None:
    for member in proxied[1:]:
        for path, location in (("/", "/graphiql"), ("/graphiql/", "/graphiql"), ("/graphql/?a=1", "/graphql?a=1")):
            assert http.get(member.base + path).headers["location"] == member.base + location
        page = http.get(f"{member.base}/", follow_redirects=True)
        files = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert len(files) == 8
        for file in files:
            assert http.get(urljoin(str(page.url), file)).status_code == 200
        endpoint = re.search(r'data-endpoint="([^"]+)"', page.text)
        assert endpoint is not None
        assert urljoin(str(page.url), endpoint[1]) == f"{member.base}/graphql"
        assert "type Query" in http.get(f"{member.base}/schema.graphql").text
        assert http.get(f"{member.base}/favicon.ico").status_code == 200
        assert member.ask(VIEWER) == {"viewer": {"roles": ["ADMINISTRATOR"]}}
        export = member.do("exportLeads", "export { url rowCount }")["export"]
        assert export["url"].startswith(f"{member.base}/exports/")
        assert len(http.get(export["url"]).text.split("\r\n")) == export["rowCount"] + 2


def test_streams_pass_the_proxy_and_its_origin_is_the_own_one(proxied: tuple[Server, Member, Member]) -> None:
    _, member, by_http_1_0 = proxied
    before = by_http_1_0.cursor()
    origin = re.match(r"http://[^/]+", member.base)
    assert origin is not None
    address = f"{member.base.replace('http', 'ws', 1)}/graphql"
    with (
        connect(address, subprotocols=[PROTOCOL], additional_headers={"origin": origin[0]}) as socket,
        by_http_1_0.events(STREAM, after=before) as events,
    ):
        socket.send(json.dumps({"type": "connection_init", "payload": member.headers}))
        assert json.loads(socket.recv(TIMEOUT_SECONDS))["type"] == "connection_ack"
        created = member.do("createLead", contact={"lastName": "Proxied"})["lead"]["id"]
        assert events.alert()["leadId"] == created


def test_pages_of_other_origins_are_allowed_by_header_and_refused_ones_are_logged(proxied: tuple[Server, Member, Member]) -> None:
    server, admin, _ = proxied
    url = admin.do("exportLeads", "export { url }")["export"]["url"].replace(admin.base, server.base)
    for target, method in ((f"{server.base}/graphql", "POST"), (url, "GET")):
        for origin in ("http://localhost:5173", "http://127.0.0.1:3000"):
            asked = {"origin": origin, "access-control-request-method": method, "access-control-request-headers": HEADERS}
            preflight = http.options(target, headers=asked)
            assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, origin)
        asked |= {"origin": EVIL}
        assert "access-control-allow-origin" not in http.options(target, headers=asked).headers
        asked |= {"origin": "http://localhost:5173", "access-control-request-headers": "x-other"}
        assert http.options(target, headers=asked).status_code == 400
    download = http.get(url, headers={"origin": "http://localhost:5173"})
    assert download.headers["access-control-allow-origin"] == "http://localhost:5173"
    assert "content-disposition" in download.headers["access-control-expose-headers"]
    assert http.get(url.replace("token=", "token=x"), headers={"origin": "http://localhost:5173"}).headers["access-control-allow-origin"]
    with pytest.raises(InvalidStatus), connect(f"ws://127.0.0.1:{server.port}/graphql", additional_headers={"origin": EVIL}):
        pass
    assert server.log.count(EVIL) == 1


def test_forwarded_address_is_believed_only_from_a_trusted_proxy(installation: Installation) -> None:
    def statuses(server: Server) -> list[int]:
        body = {"query": VIEWER}
        return [
            http.post(f"{server.base}/graphql", json=body, headers={"x-forwarded-for": f"evil.example, 192.0.2.{number // 40}"}).status_code
            for number in range(80)
        ]

    with installation.serving(rate_limit="50", trusted_proxies="127.0.0.0/8, ::1") as trusting:
        assert set(statuses(trusting)) == {401}
    with installation.serving(rate_limit="50") as wary:
        assert 429 in statuses(wary) + statuses(wary)  # a new minute may begin in between


def test_production_serves_no_schema_and_no_local_origins(installation: Installation) -> None:
    with installation.serving(environment="production", public_url="https://leads.example.com/crm") as server:
        assert http.get(f"{server.base}/schema.graphql").status_code == 404
        answer: httpx.Response = http.get(f"{server.base}/readyz/?probe=1")
        assert answer.headers["location"] == "https://leads.example.com/crm/readyz?probe=1"
        asked = {"origin": "http://localhost:5173", "access-control-request-method": "POST"}
        assert "access-control-allow-origin" not in http.options(f"{server.base}/graphql", headers=asked).headers
