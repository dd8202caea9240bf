"""Submissions of web forms: of this service's own fields, or of Salesforce's web-to-lead forms."""

from collections.abc import Mapping
from typing import Any, Final

from gql_leads.domain.commands import ContactFields
from gql_leads.domain.leads.lead import LeadSource
from gql_leads.domain.values.country_names import country_code
from gql_leads.intake.bodies import Unreadable, text_of
from gql_leads.services.intake.submissions import Submission

TRAP: Final = "website"
"""A field that people do not see: a program that fills in every field gives itself away."""
_NO: Final = frozenset({"", "0", "false", "no", "off", "n"})


def is_trapped(fields: Mapping[str, Any]) -> bool:
    """Return whether the hidden field was filled in."""
    return bool(text_of(fields.get(TRAP), TRAP).strip())


def submission_of_form(fields: Mapping[str, Any]) -> Submission:
    """Return the submission of a form with the fields `first_name` … `contact_me`, in JSON also `firstName` …"""
    text = {name: text_of(_either(fields, name), name) for name in (*_CONTACT, *_TEXTS, "consent", "contact_me")}
    _require_person({name: text[name] for name in _CONTACT})
    contact_requested = _is_yes(text["contact_me"])
    return Submission(
        contact=ContactFields(**{name: text[name] for name in _CONTACT}),
        texts=_texts({name: text[name] for name in _TEXTS}),
        source=LeadSource.WEB_FORM,
        contact_requested=contact_requested,
        consent_to_contact=contact_requested or _is_yes(text["consent"]),
    )


def submission_of_web_to_lead(fields: Mapping[str, Any]) -> Submission:
    """Return the submission of a web-to-lead form; `oid` and custom fields are ignored."""
    text = {name: text_of(value, name) for name, value in fields.items() if name in _WEB_TO_LEAD}
    named = {attribute: text[name] for name, attribute in _WEB_TO_LEAD.items() if text.get(name, "").strip()}
    _require_person({name: named.get(name, "") for name in _CONTACT})
    return Submission(
        contact=ContactFields(**{name: named[name] for name in _CONTACT if name in named}),
        texts=_texts({name: value for name, value in named.items() if name not in _CONTACT}),
        source=LeadSource.WEB_FORM,
        consent_to_contact=not _is_yes(text_of(fields.get("emailOptOut"), "emailOptOut")),
    )


_CONTACT: Final = ("first_name", "last_name", "title", "email", "phone")
_TEXTS: Final = ("company", "country", "message")
_WEB_TO_LEAD: Final = {
    "first_name": "first_name", "last_name": "last_name", "title": "title", "email": "email", "mobile": "phone", "phone": "phone",
    "company": "company", "industry": "industry", "city": "city", "state": "region", "state_code": "region", "country": "country",
    "country_code": "country", "description": "message",
}  # fmt: skip
"""The attribute of each field of Salesforce that is read; of two for one attribute the last one given wins."""


def _require_person(contact: Mapping[str, str]) -> None:
    if not any(contact[name].strip() for name in ("first_name", "last_name", "email", "phone")):
        raise Unreadable(422, "Give at least a name, an e-mail address or a phone number.")


def _texts(given: Mapping[str, str]) -> dict[str, str]:
    """Return the texts that are not blank, with the country's code for its name."""
    texts = {name: value for name, value in given.items() if value.strip()}
    if "country" in texts:
        texts["country"] = country_code(texts["country"]) or texts["country"]
    return texts


def _either(fields: Mapping[str, Any], name: str) -> Any:
    first, *others = name.split("_")
    camel_case = first + "".join(map(str.capitalize, others))
    return fields[name] if name in fields else fields.get(camel_case)


def _is_yes(text: str) -> bool:
    return text.strip().lower() not in _NO
