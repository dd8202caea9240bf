from gql_leads.domain.imports.fields import FOR_ADMINISTRATORS
from gql_leads.domain.imports.fields import LeadImportField as F
from gql_leads.domain.imports.headings import HEADINGS


def test_partners_set_what_people_enter_and_nothing_that_happened_to_a_lead() -> None:
    assert {F.STAGE, F.OUTCOME, F.CREATED_AT, F.UPDATED_AT, F.ARCHIVED_AT, F.EXPIRES_AT, F.PARTNER} <= FOR_ADMINISTRATORS
    assert FOR_ADMINISTRATORS.isdisjoint({F.REFERENCE, F.LAST_NAME, F.STATUS, F.LISTING_NAME, F.CONTACT_REQUESTED, F.NOTE, F.IGNORE})


def test_every_language_has_headings_of_the_same_fields() -> None:
    assert {frozenset(one) for one in HEADINGS.values()} == {frozenset(HEADINGS["en"])}
