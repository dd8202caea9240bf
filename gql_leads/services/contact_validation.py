"""Validity of e-mail addresses and phone numbers.

Customers' faulty addresses are marked, never refused: a typo must not lose a lead. An address is INVALID only if no mail can be delivered
to it. One that breaks a rule of syntax but is of a form that mail hosts have given out, such as `a..b@` or `a@my_host`, is UNKNOWN.
Names reserved for documentation and tests (`.example`, `.test`) are not looked up: DNS does not know them. Lookups run in a few threads
of their own with a time limit; an answer that comes later counts as UNKNOWN.
"""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache

import dns.resolver
import phonenumbers
from disposable_email_domains import blocklist
from email_validator import (
    SPECIAL_USE_DOMAIN_NAMES,
    EmailNotValidError,
    EmailUndeliverableError,
    ValidatedEmail,
    caching_resolver,
    validate_email,
)
from email_validator.deliverability import validate_email_deliverability

from gql_leads.domain.errors import Invalid, InvalidField
from gql_leads.domain.leads.lead import EmailValidity, PhoneValidity
from gql_leads.domain.matching.mail_providers import PROVIDERS
from gql_leads.domain.values.text_folding import is_blank, without_invisible
from gql_leads.domain.values.validation import MOST_EMAIL, Validator
from gql_leads.store.leads.phone_keys import parse_number

Resolver = Callable[[str], bool | None]
"""Returns whether the domain has a mail host, None if unknown. It blocks, so it runs in a thread."""

LOOKUPS_AT_ONCE = 8
MOST_REMEMBERED = 50_000
"""Domains known to deliver; when there are more, all are forgotten and learned again."""
UNUSABLE_DOMAINS = frozenset(SPECIAL_USE_DOMAIN_NAMES) - {"test"}
"""Domains to which no mail can be delivered, such as `.invalid` and `.local`."""
RESERVED_DOMAINS = frozenset({"example", "test", "example.com", "example.net", "example.org"})


class ContactValidator:
    """Computes the validity of e-mail addresses, with DNS lookups if they are enabled."""

    def __init__(self, dns_checks: bool, dns_timeout: float, resolver: Resolver | None = None) -> None:
        self._dns_timeout = dns_timeout
        self._has_mail_host = (resolver or dns_resolver(dns_timeout)) if dns_checks else None
        self._delivering: set[str] = set()
        self._threads = ThreadPoolExecutor(LOOKUPS_AT_ONCE, thread_name_prefix="dns")
        self._free = asyncio.Semaphore(LOOKUPS_AT_ONCE)

    def close(self) -> None:
        """Release the threads; a running lookup ends at its own time limit."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def assess_email(self, email: str | None) -> EmailValidity:
        """Return whether mail to the address can be delivered; UNKNOWN without an address or an answer."""
        if email is None:
            return EmailValidity.UNKNOWN
        text = without_invisible(email)
        domain = _regular_domain(text)
        is_regular = domain is not None
        domain = domain or _irregular_domain(text)
        if domain is None:
            return EmailValidity.INVALID
        if _is_within(domain, blocklist):
            return EmailValidity.SPAM
        has_mail_host = await self._look_up_domain(domain)
        if has_mail_host is False:
            return EmailValidity.INVALID
        delivers = has_mail_host or domain in PROVIDERS or domain in self._delivering
        return EmailValidity.VALID if delivers and is_regular else EmailValidity.UNKNOWN

    def record_delivery(self, email: str) -> None:
        """Remember that mail to the address was accepted: its domain is VALID without a lookup."""
        self._remember(email_domain(email))

    def _remember(self, domain: str) -> None:
        if len(self._delivering) >= MOST_REMEMBERED:
            self._delivering.clear()
        self._delivering.add(domain)

    async def _look_up_domain(self, domain: str) -> bool | None:
        if self._has_mail_host is None or not _is_asked_of_dns(domain):
            return None
        has_mail_host = await self._look_up(self._has_mail_host, domain)
        if has_mail_host:
            self._remember(domain)
        return has_mail_host

    async def _look_up(self, has_mail_host: Resolver, domain: str) -> bool | None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._dns_timeout):
                await self._free.acquire()
                lookup = self._threads.submit(has_mail_host, domain)
                # Release the slot when the thread ends, not at the timeout: else lookups would pile up behind a stuck resolver.
                lookup.add_done_callback(lambda _: self._give_back(loop))
                return await asyncio.wrap_future(lookup)
        except Exception:  # noqa: BLE001 - a resolver's failure must not fail the mutation
            return None

    def _give_back(self, loop: asyncio.AbstractEventLoop) -> None:
        with suppress(RuntimeError):  # The loop is closed at shutdown.
            loop.call_soon_threadsafe(self._free.release)


def assess_phone(phone: str | None, country: str | None) -> tuple[PhoneValidity, str | None]:
    """Return the number's validity and format.

    A number with `+` follows its own country's plan, others the given country's. Valid numbers without an extension become E.164.
    """
    if phone is None:
        return PhoneValidity.UNKNOWN, None
    try:
        number = parse_number(phone, country)
    except phonenumbers.NumberParseException as error:
        is_national = "+" not in phone and "＋" not in phone
        no_plan = error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE and is_national
        return (PhoneValidity.UNKNOWN if no_plan else PhoneValidity.INVALID), phone
    if not phonenumbers.is_valid_number(number):
        return PhoneValidity.INVALID, phone
    if number.extension:  # E.164 has no extensions.
        return PhoneValidity.VALID, phone
    return PhoneValidity.VALID, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def check_member_email(email: str, *path: str) -> str:
    """Return the normalized address of a member; raise Invalid if mail cannot reach it."""
    try:
        return _parse_email(without_invisible(email).strip(), existing=False).normalized
    except EmailNotValidError as error:
        message = f"Give an e-mail address that mail can reach. {error}"
        raise Invalid([InvalidField(path or ("email",), message)]) from None


def check_reachable(validator: Validator, email: str | None, *path: str) -> str | None:
    """Return the normalized address, or None for a blank one; add an error if mail cannot reach it.

    An irregular address of a form that exists is accepted as it was given.
    """
    if email is None or is_blank(email):
        return None
    text = without_invisible(email).strip()
    try:
        return check_member_email(text, *path)
    except Invalid as wrong:
        if len(text) <= MOST_EMAIL and _irregular_domain(text) is not None:
            return text
        validator.add_error(wrong.invalid_fields[0].message, *path)
        return None


def dns_resolver(timeout: float, configured: Callable[[], dns.resolver.Resolver] = dns.resolver.Resolver) -> Resolver:
    """Return a function that asks DNS for a domain's mail host, with a cache; `timeout` is in seconds."""

    @cache
    def resolver() -> dns.resolver.Resolver:
        # Created at the first lookup, so that a machine without DNS configuration can start.
        caching = caching_resolver(dns_resolver=configured())
        caching.lifetime = timeout
        return caching

    def has_mail_host(domain: str) -> bool | None:
        try:
            answer = validate_email_deliverability(domain, domain, dns_resolver=resolver())
        except EmailUndeliverableError as error:
            was_answered = error.__cause__ is None or isinstance(error.__cause__, (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer))
            return False if was_answered else None
        return None if "unknown-deliverability" in answer else True

    return has_mail_host


def _parse_email(email: str, *, existing: bool) -> ValidatedEmail:
    """Parse an address; `existing` accepts every form that can exist, such as a quoted local part."""
    return validate_email(
        email,
        check_deliverability=False,
        test_environment=True,
        allow_quoted_local=existing,
        allow_domain_literal=existing,
    )


def _regular_domain(email: str) -> str | None:
    """Return the ASCII domain of an address whose syntax is right, else None."""
    try:
        parsed = _parse_email(email, existing=True)
    except EmailNotValidError:
        return None
    return parsed.ascii_domain.lower() if len(parsed.local_part.encode()) <= LONGEST_LOCAL_PART else None


LONGEST_LOCAL_PART = 64
"""Largest number of bytes before the `@` that every mail host must accept (RFC 5321)."""
_LOCAL_CHARACTERS = re.compile(r"[^\x00-\x20\x7f-\x9f\ud800-\udfff()<>\[\]:;@\\,\"\s]+")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_LAST_LABEL = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,59}")


def _irregular_domain(email: str) -> str | None:
    """Return the ASCII domain of an irregular address if addresses of its form exist, else None.

    They exist with full stops anywhere in the local part or more than 64 characters in it, and with underscores, hyphens in the third and
    fourth place or emoji in the domain.
    """
    local, at, domain = email.rpartition("@")
    labels = [_ascii_label(label) for label in domain.lower().split(".")]
    if not at or len(email) > MOST_EMAIL or not _LOCAL_CHARACTERS.fullmatch(local) or not local.strip("."):
        return None
    if len(labels) < 2 or not all(map(_LABEL.fullmatch, labels)) or not _LAST_LABEL.fullmatch(labels[-1]):
        return None
    ascii_domain = ".".join(labels)
    return None if _is_within(ascii_domain, UNUSABLE_DOMAINS) else ascii_domain


def _ascii_label(label: str) -> str:
    if label.isascii():
        return label
    return f"xn--{label.encode('punycode').decode('ascii')}" if label.isprintable() else ""


def email_domain(email: str) -> str:
    """Return the domain of an address in ASCII and lower case."""
    return ".".join(map(_ascii_label, email.rpartition("@")[2].lower().split(".")))


def _is_asked_of_dns(domain: str) -> bool:
    return not domain.startswith("[") and not _is_within(domain, RESERVED_DOMAINS)


def _is_within(domain: str, domains: frozenset[str] | set[str]) -> bool:
    """Return whether the domain or one of its parents is in the set."""
    labels = domain.lower().split(".")
    return any(".".join(labels[start:]) in domains for start in range(len(labels)))
