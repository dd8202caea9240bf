import pytest

from gql_leads.domain.events import TimelineKind as Kind
from gql_leads.domain.leads.history import AUDITED_FIELDS, FieldChange
from gql_leads.domain.leads.timeline import HOLDERS, summary


@pytest.mark.parametrize(
    ("kind", "changes", "actor", "said"),
    [
        (Kind.ACCEPTED, (), "Aparna Bosu", "Accepted by Aparna Bosu."),
        (Kind.EXPIRED, (), None, "Expired unanswered."),
        (Kind.STATUS_CHANGED, (FieldChange("status", "NEW", "CONTACTED"),), "Rita", "Status changed to contacted by Rita."),
        (Kind.QUALITY_CHANGED, (FieldChange("quality", "HIGH", "LOW"),), None, "Quality changed to low."),
        (
            Kind.ASSIGNED,
            (FieldChange("partner", "Acme", "Globex"), FieldChange("owner", "Rita", None)),
            "Ada",
            "Assigned to Globex by Ada.",
        ),
        (Kind.ASSIGNED, (FieldChange("owner", None, "Colin"),), "Rafa", "Assigned to Colin by Rafa."),
        (Kind.ASSIGNED, (FieldChange("partner", None, None),), None, "Assigned."),
        (Kind.CAMPAIGN_JOINED, (FieldChange("campaigns", None, "Spring fair"),), "Chris", "Added to a campaign: Spring fair by Chris."),
    ],
)
def test_an_entry_is_summarized_in_a_sentence(kind: Kind, changes: tuple[FieldChange, ...], actor: str | None, said: str) -> None:
    assert summary(kind, changes, actor) == said


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_its_sentence(kind: Kind) -> None:
    assert summary(kind, (), "Rita").endswith(" by Rita.")


def test_owner_partner_and_queue_are_audited_fields() -> None:
    assert {*AUDITED_FIELDS.values()} >= {*HOLDERS}
