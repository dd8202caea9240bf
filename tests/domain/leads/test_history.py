from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.history import CONTACT_PATHS, FieldChange, differences
from gql_leads.domain.leads.lead import CloseReason, CompanySize, Lead, LeadOutcome, LeadStage, LeadStatus, TeamMember
from gql_leads.domain.leads.timeline import summary
from tests.domain.facts import ACME, GENERAL, GLOBEX, ME, NOW, make_lead

CHANGES: list[tuple[dict[str, Any], dict[str, Any], list[FieldChange]]] = [
    ({}, {}, []),
    ({}, {"updated_at": NOW.replace(year=2027), "version": 2, "expires_at": None}, []),
    ({}, {"status": LeadStatus.CONTACTED}, [FieldChange("status", "NEW", "CONTACTED")]),
    ({"company": "A"}, {"company": None}, [FieldChange("company", "A", None)]),
    ({}, {"first_name": "Ж"}, [FieldChange("contact.firstName", None, "Ж")]),
    ({}, {"consent_to_share": True}, [FieldChange("consent.toShare", "false", "true")]),
    ({}, {"company_size": CompanySize.EMPLOYEES_1_TO_9}, [FieldChange("companySize", None, "EMPLOYEES_1_TO_9")]),
    ({}, {"expected_close_date": date(2026, 12, 1)}, [FieldChange("deal.expectedCloseDate", None, "2026-12-01")]),
    ({}, {"team": (TeamMember("Ann"), TeamMember("Bo"))}, [FieldChange("deal.team", None, "Ann, Bo")]),
    ({"team": (TeamMember("Ann"),)}, {"team": ()}, [FieldChange("deal.team", "Ann", None)]),
    (
        {"deal_minor": 1250, "deal_currency": "EUR"},
        {"deal_minor": 1250, "deal_currency": "JPY"},
        [FieldChange("deal.estimatedValue", "12.50 EUR", "1250 JPY")],
    ),
    ({}, {"deal_minor": 0, "deal_currency": "EUR"}, [FieldChange("deal.estimatedValue", None, "0.00 EUR")]),
    (
        {"partner_id": None, "queue_id": GENERAL},
        {"partner_id": ACME, "queue_id": None, "owner_id": ME},
        [
            FieldChange("partner", None, str(ACME)),
            FieldChange("queue", str(GENERAL), None),
            FieldChange("owner", None, str(ME)),
        ],
    ),
    (
        {},
        {
            "stage": LeadStage.ARCHIVED,
            "outcome": LeadOutcome.DECLINED,
            "close_reason": CloseReason.SPAM,
            "close_comment": "no",
        },
        [
            FieldChange("stage", "RECEIVED", "ARCHIVED"),
            FieldChange("outcome", None, "DECLINED"),
            FieldChange("decline.reason", None, "SPAM"),
            FieldChange("decline.comment", None, "no"),
        ],
    ),
    (
        {"stage": LeadStage.ACCEPTED},
        {"stage": LeadStage.ARCHIVED, "outcome": LeadOutcome.LOST, "close_reason": CloseReason.OTHER},
        [
            FieldChange("stage", "ACCEPTED", "ARCHIVED"),
            FieldChange("outcome", None, "LOST"),
            FieldChange("loss.reason", None, "OTHER"),
        ],
    ),
]


@pytest.mark.parametrize(("before", "changed", "expected"), CHANGES)
def test_changes_have_the_field_and_its_values_before_and_after(
    before: dict[str, Any], changed: dict[str, Any], expected: list[FieldChange]
) -> None:
    lead: Lead = make_lead(**before)
    assert list(differences(lead, replace(lead, **changed))) == expected


SUMMARIES = [
    (TimelineKind.CREATED, [], "Ada", "Created by Ada."),
    (TimelineKind.EXPIRED, [], None, "Expired unanswered."),
    (TimelineKind.STATUS_CHANGED, [FieldChange("status", "NEW", "CONTACTED")], "Rita", "Status changed to contacted by Rita."),
    (TimelineKind.STATUS_CHANGED, [], None, "Status changed."),
    (
        TimelineKind.ASSIGNED, [FieldChange("partner", "Acme", "Globex"), FieldChange("owner", "Rita", None)], "Ada",
        "Assigned to Globex by Ada.",
    ),
    (TimelineKind.ASSIGNED, [FieldChange("queue", None, "General")], None, "Assigned to General."),
    (TimelineKind.ASSIGNED, [], None, "Assigned."),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "changes", "actor", "expected"), SUMMARIES)
def test_an_entry_is_one_sentence(kind: TimelineKind, changes: list[FieldChange], actor: str | None, expected: str) -> None:
    assert summary(kind, changes, actor) == expected


@pytest.mark.parametrize("kind", TimelineKind)
def test_every_kind_has_its_sentence(kind: TimelineKind) -> None:
    assert summary(kind, [], None).endswith(".")


def test_a_change_of_partner_is_recorded_by_id() -> None:
    (change,) = differences(make_lead(), make_lead(partner_id=GLOBEX))
    assert (change.before, change.after) == (str(ACME), str(GLOBEX))


def test_values_of_the_contact_are_hidden_with_it() -> None:
    assert {f"contact.{name}" for name in ("firstName", "lastName", "title", "email", "emailValidity", "phone", "phoneValidity")} | {
        "message"
    } == CONTACT_PATHS
