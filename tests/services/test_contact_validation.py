import asyncio
import socketserver
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager

import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_leads.domain.errors import Invalid
from gql_leads.domain.leads.lead import EmailValidity, PhoneValidity
from gql_leads.domain.values.validation import Validator
from gql_leads.services.contact_validation import (
    LOOKUPS_AT_ONCE,
    ContactValidator,
    Resolver,
    assess_phone,
    check_member_email,
    check_reachable,
    dns_resolver,
)

LONG = 120.0
"""A time limit in seconds that no test reaches."""


@asynccontextmanager
async def asking(
    resolver: Resolver,
) -> AsyncIterator[Callable[[str], Coroutine[None, None, EmailValidity]]]:
    """Return a validator with DNS checks on."""
    contact_validator = ContactValidator(dns_checks=True, dns_timeout=LONG, resolver=resolver)

    async def judge(email: str) -> EmailValidity:
        return await contact_validator.assess_email(email)

    yield judge
    contact_validator.close()


async def judged(email: str | None) -> EmailValidity:
    return await ContactValidator(dns_checks=False, dns_timeout=LONG).assess_email(email)


@pytest.mark.parametrize(
    "email",
    [
        None, "aparna@contoso.com", "APARNA.BOSU+x@Contoso.COM", "rep@acme.example", "a@b.test", "ü@müller.de",
        "用户@例子.广告", "a@xn--mller-kva.de", '"a b"@contoso.com', "a@[192.0.2.1]", "o'neil@contoso.co.uk",
    ],
)  # fmt: skip
async def test_a_possible_address_is_unknown_without_dns(email: str | None) -> None:
    assert await judged(email) is EmailValidity.UNKNOWN


@pytest.mark.parametrize(
    "email",
    [
        "", "aparna", "aparna@", "@contoso.com", "a@b@contoso.com", "a b@contoso.com", "..@contoso.com", "a@contoso", "\u200b@contoso.com",
        "a@localhost", "a@-contoso.com", "a@contoso..com", "a@contoso.com.", "a@nowhere.invalid", "a@printer.local",
        "Aparna <a@contoso.com>", "a@contoso.c1", "a@\ud800.com", f"{'x' * 250}@contoso.com",
    ],
)  # fmt: skip
async def test_an_address_that_cannot_exist_is_invalid(email: str) -> None:
    assert await judged(email) is EmailValidity.INVALID


@pytest.mark.parametrize(
    "email",
    [
        "try..this@docomo.ne.jp", "taro.@ezweb.ne.jp", ".taro@docomo.ne.jp", "a..b@contoso.com", "a@my_host.example.com", "a@foo_.com",
        "a@r3---sn.com", "a@ab--cd.com", "a@💩.la", f"{'x' * 70}@contoso.com", f"{'x' * 65}@gmail.com", "a..b@gmail.com",
    ],
)  # fmt: skip
async def test_an_irregular_address_of_a_form_that_exists_is_unknown(email: str) -> None:
    assert await judged(email) is EmailValidity.UNKNOWN
    validator = Validator()
    assert check_reachable(validator, f" {email} ", "recipientEmail") == email
    validator.raise_if_invalid()


@pytest.mark.parametrize("email", ["aparna", "a b@contoso.com", "a@-contoso.com", "a@nowhere.invalid", f"{'x' * 250}@contoso.com"])
def test_a_recipient_who_cannot_be_reached_is_refused(email: str) -> None:
    validator = Validator()
    check_reachable(validator, email, "recipientEmail")
    with pytest.raises(Invalid, match="Give an e-mail address that mail can reach"):
        validator.raise_if_invalid()


@pytest.mark.parametrize("blank", [None, "", " ", "\u200b", "\u3164"])
def test_a_blank_recipient_is_none(blank: str | None) -> None:
    assert check_reachable(Validator(), blank) is None


@pytest.mark.parametrize("email", ["aparna@gmail.com", "A@GMX.de", "ada@hotmail.be", "taro@docomo.ne.jp", "a\u200bda@gmail.com\u2060"])
async def test_an_address_of_a_large_provider_is_valid_without_dns(email: str) -> None:
    assert await judged(email) is EmailValidity.VALID


@pytest.mark.parametrize("email", ["a@mail.gmail.com", "a@yahoo.nowhere", "try..this@gmail.com"])
async def test_an_address_that_only_looks_like_a_large_providers_is_unknown(email: str) -> None:
    assert await judged(email) is EmailValidity.UNKNOWN


async def test_a_domain_that_took_mail_before_is_valid_without_dns() -> None:
    contact_validator = ContactValidator(dns_checks=False, dns_timeout=LONG)
    assert await contact_validator.assess_email("b@müller.de") is EmailValidity.UNKNOWN
    contact_validator.record_delivery("a@XN--mller-kva.de")
    assert await contact_validator.assess_email("b@müller.de") is EmailValidity.VALID
    assert await contact_validator.assess_email("b@other.de") is EmailValidity.UNKNOWN


async def test_a_domain_that_was_found_once_stays_valid_while_dns_does_not_answer() -> None:
    answers = iter((True, None, False))
    async with asking(lambda _: next(answers)) as judge:
        assert [await judge(f"{name}@contoso.com") for name in "abc"] == [EmailValidity.VALID, EmailValidity.VALID, EmailValidity.INVALID]


@pytest.mark.parametrize("email", ["a@mailinator.com", "a@MAILINATOR.com", "a@deep.below.mailinator.com"])
async def test_a_disposable_address_is_spam(email: str) -> None:
    assert await judged(email) is EmailValidity.SPAM


async def test_a_domain_that_only_ends_like_a_disposable_one_is_not_spam() -> None:
    assert await judged("a@contoso-mailinator.com") is EmailValidity.UNKNOWN


@pytest.mark.parametrize(
    ("has_mail_host", "validity"),
    [(True, EmailValidity.VALID), (False, EmailValidity.INVALID), (None, EmailValidity.UNKNOWN)],
)
async def test_dns_decides_on_validity_if_enabled(has_mail_host: bool | None, validity: EmailValidity) -> None:
    asked = []

    def resolver(domain: str) -> bool | None:
        asked.append(domain)
        return has_mail_host

    async with asking(resolver) as judge:
        assert await judge("a@Müller.de") is validity
    assert asked == ["xn--mller-kva.de"]


@pytest.mark.parametrize(
    ("email", "validity"),
    [
        ("rep@acme.example", EmailValidity.UNKNOWN),
        ("a@b.test", EmailValidity.UNKNOWN),
        ("a@example.com", EmailValidity.UNKNOWN),
        ("a@[192.0.2.1]", EmailValidity.UNKNOWN),
        ("a@mailinator.com", EmailValidity.SPAM),
        ("nonsense", EmailValidity.INVALID),
    ],
)
async def test_reserved_and_literal_domains_are_not_looked_up(email: str, validity: EmailValidity) -> None:
    async with asking(lambda _: True) as judge:
        assert await judge(email) is validity


async def test_a_resolver_that_fails_means_unknown() -> None:
    def resolver(domain: str) -> bool:
        raise OSError(domain)

    async with asking(resolver) as judge:
        assert await judge("a@contoso.com") is EmailValidity.UNKNOWN


class StuckResolver:
    """A resolver that answers only after its release."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.was_asked = threading.Event()
        self.released = threading.Event()

    def __call__(self, domain: str) -> bool:
        self.asked.append(domain)
        self.was_asked.set()
        return self.released.wait(LONG)


@pytest.fixture
def stuck() -> Iterator[StuckResolver]:
    resolver = StuckResolver()
    yield resolver
    resolver.released.set()


async def test_a_stuck_resolver_means_unknown_and_holds_few_threads(stuck: StuckResolver) -> None:
    contact_validator = ContactValidator(dns_checks=True, dns_timeout=0.2, resolver=stuck)
    for _ in range(3):
        judgements = await asyncio.gather(*(contact_validator.assess_email("a@contoso.com") for _ in range(2 * LOOKUPS_AT_ONCE)))
        assert set(judgements) == {EmailValidity.UNKNOWN}
    assert 0 < len(stuck.asked) <= LOOKUPS_AT_ONCE
    async with asyncio.timeout(60):
        while contact_validator._threads._work_queue.qsize():  # noqa: ASYNC110 - no event is set when a thread takes an abandoned lookup
            await asyncio.sleep(0.01)
    contact_validator.close()


async def test_the_event_loop_runs_while_a_resolver_is_stuck(stuck: StuckResolver) -> None:
    async with asking(stuck) as judge:
        waiting = asyncio.create_task(judge("a@contoso.com"))
        await asyncio.to_thread(stuck.was_asked.wait, LONG)
        assert await judged("a@mailinator.com") is EmailValidity.SPAM
        assert not waiting.done()
        stuck.released.set()
        assert await waiting is EmailValidity.VALID


async def test_threads_of_abandoned_lookups_are_reused(stuck: StuckResolver) -> None:
    async with asking(stuck) as judge:
        given_up = [asyncio.create_task(judge("a@contoso.com")) for _ in range(3 * LOOKUPS_AT_ONCE)]
        await asyncio.to_thread(stuck.was_asked.wait, LONG)
        for task in given_up:
            task.cancel()
        outcomes = await asyncio.gather(*given_up, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {asyncio.CancelledError}
        stuck.released.set()
        answers = await asyncio.gather(*(judge("a@contoso.com") for _ in range(2 * LOOKUPS_AT_ONCE)))
        assert set(answers) == {EmailValidity.VALID}


class NameServer(socketserver.BaseRequestHandler):
    """A name server with two domains: one has a mail host, one has none; others get no answer."""

    def handle(self) -> None:
        data, server = self.request
        question = dns.message.from_wire(data)
        name, wanted = question.question[0].name.to_text(), question.question[0].rdtype
        answer = dns.message.make_response(question)
        if name == "silent.com.":
            return
        if name == "contoso.com." and wanted == dns.rdatatype.MX:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "MX", "10 mail.contoso.com."))
        elif name == "null.com." and wanted == dns.rdatatype.MX:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "MX", "0 ."))
        elif name == "nowhere.com.":
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif name == "broken.com.":
            answer.set_rcode(dns.rcode.SERVFAIL)
        server.sendto(answer.to_wire(), self.client_address)


@pytest.fixture(scope="module")
def name_server() -> Iterator[int]:
    """Return the port of a local name server."""
    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), NameServer) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.mark.parametrize(
    ("domain", "has_mail_host"),
    [
        ("contoso.com", True),
        ("null.com", False),
        ("hostless.com", False),
        ("nowhere.com", False),
        ("broken.com", None),
        ("silent.com", None),
    ],
)
async def test_answers_of_a_name_server_are_mapped_to_validity(name_server: int, domain: str, has_mail_host: bool | None) -> None:
    def configured() -> dns.resolver.Resolver:
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = name_server
        return resolver

    timeout = 0.2 if domain == "silent.com" else LONG
    assert await asyncio.to_thread(dns_resolver(timeout, configured), domain) is has_mail_host


async def test_a_machine_without_name_servers_means_unknown() -> None:
    def configured() -> dns.resolver.Resolver:
        raise dns.resolver.NoResolverConfiguration

    async with asking(dns_resolver(LONG, configured)) as judge:
        assert await judge("a@contoso.com") is EmailValidity.UNKNOWN


@pytest.mark.parametrize(
    ("phone", "country", "validity", "spelling"),
    [
        (None, "FR", "UNKNOWN", None),
        ("+33 1 23 45 67 89", None, "VALID", "+33123456789"),
        ("+33 1 23 45 67 89", "US", "VALID", "+33123456789"),
        ("01 23 45 67 89", "FR", "VALID", "+33123456789"),
        ("(650) 253-0000", "US", "VALID", "+16502530000"),
        ("0049 30 123456", "FR", "VALID", "+4930123456"),
        ("＋３３ １２３４５６７８９", None, "VALID", "+33123456789"),
        ("+1 650 253 0000 ext. 5", None, "VALID", "+1 650 253 0000 ext. 5"),
        ("030 123456", None, "UNKNOWN", "030 123456"),
        ("030 123456", "AQ", "UNKNOWN", "030 123456"),
        ("0123", "FR", "INVALID", "0123"),
        ("+1 555 0100", None, "INVALID", "+1 555 0100"),
        ("+999 123 456", None, "INVALID", "+999 123 456"),
        ("call me", "FR", "INVALID", "call me"),
        ("call me", None, "INVALID", "call me"),
        ("9" * 200, "FR", "INVALID", "9" * 200),
        ("0033 1 23 45 67 89", None, "VALID", "+33123456789"),
        ("+49 30 123456 Durchwahl 12", None, "VALID", "+49 30 123456 Durchwahl 12"),
        ("038 123 456", "XK", "VALID", "+38338123456"),
        ("", "FR", "INVALID", ""),
    ],
)
async def test_a_phone_number_is_assessed_by_its_own_plan_or_the_countrys(
    phone: str | None, country: str | None, validity: str, spelling: str | None
) -> None:
    assert assess_phone(phone, country) == (PhoneValidity(validity), spelling)


@given(email=st.text(), phone=st.text(), country=st.sampled_from([None, "FR", "US", "AQ"]))
def test_arbitrary_text_is_assessed_and_never_refused(email: str, phone: str, country: str | None) -> None:
    assert asyncio.run(judged(email)) in EmailValidity
    assert assess_phone(phone, country)[1] is not None


@pytest.mark.parametrize(
    ("email", "stored"),
    [
        ("rep@acme.example", "rep@acme.example"),
        (" Rep@ACME.Example ", "Rep@acme.example"),
        ("ü@müller.de", "ü@müller.de"),
    ],
)
async def test_a_members_address_is_stored_normalised(email: str, stored: str) -> None:
    assert check_member_email(email) == stored


@pytest.mark.parametrize("email", ["", "rep", "rep@acme", '"a b"@acme.example', "a@[192.0.2.1]", "a\0@acme.example"])
async def test_a_members_faulty_address_is_refused(email: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_member_email(email, "member", "email")
    (fault,) = caught.value.invalid_fields
    assert fault.field == ("member", "email")
    assert fault.message.startswith("Give an e-mail address that mail can reach. ")
