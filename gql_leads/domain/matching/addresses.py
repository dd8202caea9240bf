"""Keys of e-mail addresses and domains, and which domains are a company's own."""

from typing import Final

from gql_leads.domain.matching.mail_providers import is_provider, name_label
from gql_leads.domain.matching.names import company_name, counts
from gql_leads.domain.values.text_folding import fold

_SHORTEST: Final = 3
_LONGEST: Final = 253
_GENERIC: Final = frozenset({"the", "company", "corporation", "limited", "group", "holding", "holdings"})
"""Words that name no company."""


def email_key(email: str) -> str:
    """Return the address for comparison: folded, with punycode labels of the domain decoded."""
    local, at, domain = fold(email).rpartition("@")
    return f"{local}{at}{domain_key(domain)}"


def domain_key(domain: str) -> str:
    """Return the domain folded, with its punycode labels decoded: `müller.example` for `xn--mller-kva.example`."""
    folded = fold(domain)
    return ".".join(map(_decoded, folded.split("."))) if "xn--" in folded else folded


def email_spellings(email: str) -> tuple[str, ...]:
    """Return the address as it was given and, for an international domain, in its other spelling."""
    local, at, domain = email.rpartition("@")
    if not at:
        return (email,)
    decoded = domain_key(domain)
    encoded = ".".join(map(_encoded, decoded.split(".")))
    return tuple(dict.fromkeys((email, *(f"{local}{at}{one}" for one in (decoded, encoded) if one != fold(domain)))))


def given_domain(text: str) -> str | None:
    """Return a domain that somebody typed, for comparison; None if it is no domain."""
    domain = domain_key(text.strip().rpartition("@")[2].removeprefix("www.").rstrip("."))
    labels = domain.split(".")
    is_domain = len(labels) > 1 and len(domain) <= _LONGEST and all(map(_is_label, labels))
    return domain if is_domain else None


def _is_label(label: str) -> bool:
    return (
        bool(label)
        and not label.startswith("-")
        and not label.endswith("-")
        and all(one.isalnum() or counts(one) or one == "-" for one in label)
    )


def company_domain(email: str | None) -> str | None:
    """Return the domain of the address, if it can be a company's own: no provider's, and with a dot."""
    if email is None:
        return None
    _, at, domain = email_key(email).rpartition("@")
    return domain if at and "." in domain and not is_provider(domain) else None


def is_named_in(domain: str, company: str | None) -> bool:
    """Return whether a label of the domain is the company's name or its first word.

    Hyphens and the legal form are ignored.
    """
    words = company_name(company or "").core.split()
    names = {name for name in ("".join(words), *words[:1]) if len(name) >= _SHORTEST and name not in _GENERIC}
    labels = {label.replace("-", "") for label in domain_key(domain).split(".")[:-1]}
    return not names.isdisjoint(labels)


def is_own_domain(domain: str, company: str) -> bool:
    """Return whether the domain is named like the company and is no mail provider's."""
    return not is_provider(domain) and is_named_in(name_label(domain) + ".", company)


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        decoded = fold(label[4:].encode("ascii").decode("punycode"))
    except (UnicodeError, ValueError, OverflowError):
        return label
    return decoded if decoded and all(character.isalnum() or counts(character) or character == "-" for character in decoded) else label


def _encoded(label: str) -> str:
    return label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}"
