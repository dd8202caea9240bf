"""What senders repeat until a 2xx becomes one lead, although servers are killed; and one subscriber's event."""

import socket as sockets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from threading import Barrier
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import orjson
import pytest

from tests.acceptance.client import TIMEOUT_SECONDS, Member, http
from tests.acceptance.server import Installation, Server

ROUNDS: Final = 3
POSTS_A_ROUND: Final = 40
AT_ONCE: Final = 20
CREATED: Final = "subscription ($after: EventCursor) { leadChanged(after: $after) { kind leadId lead { company } } }"
LEADS: Final = """query ($search: String!, $after: String) { leads(search: $search, first: 200, after: $after) {
    totalCount nodes { id company listingTitle } pageInfo { hasNextPage endCursor } } }"""
FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"


@dataclass(frozen=True)
class Post:
    """A form or a push, with the name of the company that makes its lead known."""

    company: str
    path: str
    content_type: str
    body: bytes


def form(company: str) -> Post:
    return Post(company, "", FORM, urlencode({"last_name": "Byron", "email": "ada@engine.example", "company": company}).encode())


def push(company: str, **more: Any) -> Post:
    user = {"FirstName": "Ada", "LastName": "Byron", "Email": "ada@engine.example", "Company": company}
    body = {"ActionCode": "INS", "OfferTitle": "Ledger", "LeadSource": "AzureMarketplace-INS|acme.none", "UserDetails": user}
    return Post(company, "/marketplace", JSON, orjson.dumps(body | more))


class Site:
    """Two servers on one database, of which the first one is killed and replaced, and a key of the general queue."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self.victim, self.survivor = self._launch(), self._launch()
        try:
            self.victim.wait_until_ready()
            self.survivor.wait_until_ready()
        except BaseException:
            self.close()
            raise
        self.vendor: Member = self.survivor.member("admin@vendor.example")
        self.key = str(self.vendor.do("createIntakeKey", "key", name="Acceptance")["key"])

    def _launch(self) -> Server:
        return self._installation.launch(intake_rate_limit="1000000", poll_seconds="0.2")

    def close(self) -> None:
        self.victim.kill()
        self.survivor.kill()

    def replace_victim(self) -> None:
        """Kill the first server, and start another one in its place."""
        self.victim.kill()
        self.victim = self._launch()
        self.victim.wait_until_ready()

    def send(self, server: Server, post: Post) -> httpx.Response:
        address = f"{server.base}/intake/{self.key}{post.path}"
        return http.post(address, content=post.body, headers={"content-type": post.content_type})

    def send_and_hang_up(self, server: Server, post: Post) -> None:
        """Send a post and close the socket without reading the answer."""
        fields = f"host: x\r\ncontent-type: {post.content_type}\r\ncontent-length: {len(post.body)}"
        request = f"POST /intake/{self.key}{post.path} HTTP/1.1\r\n{fields}\r\n\r\n".encode() + post.body
        with suppress(OSError), sockets.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT_SECONDS) as client:
            client.sendall(request)

    def leads(self, search: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after = None
        while True:
            page = self.vendor.ask(LEADS, search=search, after=after)["leads"]
            found += page["nodes"]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                return found


@pytest.fixture(scope="module")
def site(installation: Installation) -> Iterator[Site]:
    with closing(Site(installation)) as started:
        yield started
        assert "Traceback" not in started.survivor.log + started.victim.log


class Sender:
    """A sender as marketplaces are: it repeats each post until a 2xx, at the server that it began with or at any."""

    def __init__(self, site: Site, prefix: str) -> None:
        self.accepted: list[str] = []
        self._site = site
        self._prefix = prefix

    def posts_of_round(self, number: int) -> list[Post]:
        names = [f"{self._prefix} {number} {at} end" for at in range(POSTS_A_ROUND)]
        return [form(name) if at % 2 else push(name, ActivityId=name) for at, name in enumerate(names)]

    def send(self, at: int, post: Post) -> None:
        """Send a post until it is accepted; close the first socket of every fourth one before the answer."""
        deadline = time.monotonic() + 2 * TIMEOUT_SECONDS
        servers: list[Callable[[], Server]] = [lambda: self._site.victim, lambda: self._site.survivor]
        if at % 4 == 0:
            self._site.send_and_hang_up(servers[at % 2](), post)
        tries = 0
        while True:
            # A third stays with the victim until it is back; the others try both servers in turn.
            server = self._site.victim if at % 3 == 0 else servers[(at + tries) % 2]()
            with suppress(httpx.TransportError):
                answer = self._site.send(server, post)
                if answer.is_success:
                    self.accepted.append(post.company)
                    return
                assert answer.status_code == 503, answer.text
            assert time.monotonic() < deadline, post.company
            tries += 1
            time.sleep(0.02)


def test_each_post_is_one_lead_although_servers_are_killed(site: Site) -> None:
    sender = Sender(site, "Storm")
    start = site.vendor.cursor()
    with ThreadPoolExecutor(9) as threads, site.vendor.socket() as socket:
        socket.subscribe(CREATED, after=start)
        followed = threads.submit(socket.alerts_until, lambda one: one["lead"]["company"] == "Sentinel")
        for number in range(ROUNDS):
            sent = [threads.submit(sender.send, at, post) for at, post in enumerate(sender.posts_of_round(number))]
            while len(sender.accepted) < number * POSTS_A_ROUND + POSTS_A_ROUND // 4:
                time.sleep(0.005)
                assert not any(one.done() and one.exception() for one in sent)
            site.replace_victim()
            for one in sent:
                one.result()
        site.vendor.do("createLead", contact={"lastName": "End"}, company="Sentinel")
        alerts = followed.result()
    expected = {f"Storm {number} {at} end": 1 for number in range(ROUNDS) for at in range(POSTS_A_ROUND)}
    leads = site.leads("Storm ")
    assert Counter(lead["company"] for lead in leads) == expected
    created = [alert for alert in alerts if alert["lead"]["company"] != "Sentinel"]
    assert {alert["kind"] for alert in created} == {"CREATED"}
    assert Counter(alert["leadId"] for alert in created) == dict.fromkeys((lead["id"] for lead in leads), 1)


@pytest.mark.parametrize("make", [form, push])
def test_the_same_post_at_two_servers_at_once_is_one_lead(site: Site, make: Callable[[str], Post]) -> None:
    post, barrier = make(f"Same {make.__name__}"), Barrier(AT_ONCE)

    def send(number: int) -> int:
        barrier.wait(TIMEOUT_SECONDS)
        return site.send((site.victim, site.survivor)[number % 2], post).status_code

    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert list(threads.map(send, range(AT_ONCE))) == [201] * AT_ONCE
    assert [lead["company"] for lead in site.leads(f"Same {make.__name__}")] == [post.company]


def test_pushes_of_one_activity_at_two_servers_at_once_are_one_lead(site: Site) -> None:
    posts = [push(f"Activity {number % 2}", ActivityId="activity-1", Attempt=number) for number in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        statuses = list(threads.map(site.send, [site.victim, site.survivor] * (AT_ONCE // 2), posts))
    assert [answer.status_code for answer in statuses] == [201] * AT_ONCE
    assert len(site.leads("Activity ")) == 1
