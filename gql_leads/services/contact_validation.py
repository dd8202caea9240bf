"""Whether a customer can be reached: judged, never refused, because a typo must not lose a lead.

An address is INVALID only where it cannot exist. Names reserved for documentation and tests (`.example`, `.test`) are
never asked of DNS, which knows nothing of them. A lookup runs in one of a few threads of its own, within a time limit;
what is not known by then is UNKNOWN.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache

import dns.resolver
import phonenumbers
from disposable_email_domains import blocklist
from email_validator import (
    EmailNotValidError,
    EmailUndeliverableError,
    ValidatedEmail,
    caching_resolver,
    validate_email,
)
from email_validator.deliverability import validate_email_deliverability

from gql_leads.domain.errors import Invalid, InvalidField
from gql_leads.domain.leads.lead import EmailValidity, PhoneValidity
from gql_leads.domain.validation import Validator

Resolver = Callable[[str], bool | None]
"""Whether mail for the domain has a host; None where nobody could tell. Blocks; runs in a thread."""

LOOKUPS_AT_ONCE = 8
RESERVED_DOMAINS = frozenset({"example", "test", "example.com", "example.net", "example.org"})


class ContactValidator:
    """Judges e-mail addresses."""

    def __init__(self, dns_checks: bool, dns_timeout: float, resolver: Resolver | None = None) -> None:
        self._dns_timeout = dns_timeout
        self._has_mail_host = (resolver or dns_resolver(dns_timeout)) if dns_checks else None
        self._threads = ThreadPoolExecutor(LOOKUPS_AT_ONCE, thread_name_prefix="dns")
        self._free = asyncio.Semaphore(LOOKUPS_AT_ONCE)

    def close(self) -> None:
        """Let go of the threads; a lookup that still runs ends by its own time limit."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def assess_email(self, email: str | None) -> EmailValidity:
        """Whether mail to the address can arrive, as far as it can be told."""
        if email is None:
            return EmailValidity.UNKNOWN
        try:
            address = _parse_email(email, existing=True)
        except EmailNotValidError:
            return EmailValidity.INVALID
        if _is_within(address.ascii_domain, blocklist):
            return EmailValidity.SPAM
        if self._has_mail_host is None or not _is_asked_of_dns(address.ascii_domain):
            return EmailValidity.UNKNOWN
        match await self._look_up(self._has_mail_host, address.ascii_domain):
            case True:
                return EmailValidity.VALID
            case False:
                return EmailValidity.INVALID
            case None:
                return EmailValidity.UNKNOWN

    async def _look_up(self, has_mail_host: Resolver, domain: str) -> bool | None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._dns_timeout):
                await self._free.acquire()
                lookup = self._threads.submit(has_mail_host, domain)
                # When the thread is done, not when the waiting is: else lookups would pile up behind a stuck resolver.
                lookup.add_done_callback(lambda _: self._give_back(loop))
                return await asyncio.wrap_future(lookup)
        except Exception:  # noqa: BLE001 - whatever a resolver dies of, the lead must not
            return None

    def _give_back(self, loop: asyncio.AbstractEventLoop) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(self._free.release)


def assess_phone(phone: str | None, country: str | None) -> tuple[PhoneValidity, str | None]:
    """The validity of a number by its own numbering plan (`+…`) or else the country's, and its best spelling: E.164 where valid."""
    if phone is None:
        return PhoneValidity.UNKNOWN, None
    region = country if country in phonenumbers.SUPPORTED_REGIONS else None
    try:
        number = phonenumbers.parse(phone, region)
    except phonenumbers.NumberParseException as error:
        is_national = "+" not in phone and "＋" not in phone
        no_plan = error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE and is_national
        return (PhoneValidity.UNKNOWN if no_plan else PhoneValidity.INVALID), phone
    if not phonenumbers.is_valid_number(number):
        return PhoneValidity.INVALID, phone
    if number.extension:  # which E.164 cannot say
        return PhoneValidity.VALID, phone
    return PhoneValidity.VALID, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def check_member_email(email: str, *path: str) -> str:
    """A member's address as it is stored; raises Invalid where mail cannot reach it."""
    try:
        return _parse_email(email.strip(), existing=False).normalized
    except EmailNotValidError as error:
        message = f"Give an e-mail address that mail can reach. {error}"
        raise Invalid([InvalidField(path or ("email",), message)]) from None


def check_reachable(validator: Validator, email: str | None, *path: str) -> str | None:
    """The address of somebody whom mail must reach, if there is one; a fault where mail cannot."""
    if email is None or not email.strip():
        return None
    try:
        return check_member_email(email, *path)
    except Invalid as wrong:
        validator.add_error(wrong.faults[0].message, *path)
        return None


def dns_resolver(timeout: float, configured: Callable[[], dns.resolver.Resolver] = dns.resolver.Resolver) -> Resolver:
    """Asks DNS for the domain's mail host, remembering the answers; each question takes at most so many seconds."""

    @cache
    def resolver() -> dns.resolver.Resolver:
        # At the first lookup, so that a machine without DNS starts all the same.
        made = caching_resolver(dns_resolver=configured())
        made.lifetime = timeout
        return made

    def has_mail_host(domain: str) -> bool | None:
        try:
            answer = validate_email_deliverability(domain, domain, dns_resolver=resolver())
        except EmailUndeliverableError as error:
            was_answered = error.__cause__ is None or isinstance(error.__cause__, (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer))
            return False if was_answered else None
        return None if "unknown-deliverability" in answer else True

    return has_mail_host


def _parse_email(email: str, *, existing: bool) -> ValidatedEmail:
    """The address in its parts; with `existing`, in any form that can exist, however odd."""
    return validate_email(
        email,
        check_deliverability=False,
        test_environment=True,
        allow_quoted_local=existing,
        allow_domain_literal=existing,
    )


def _is_asked_of_dns(domain: str) -> bool:
    return not domain.startswith("[") and not _is_within(domain, RESERVED_DOMAINS)


def _is_within(domain: str, domains: frozenset[str] | set[str]) -> bool:
    """Whether the domain, or one above it, is among these."""
    labels = domain.lower().split(".")
    return any(".".join(labels[start:]) in domains for start in range(len(labels)))
