from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from gql_leads.domain.imports.cell_values import WrongCell, unescaped, value_of
from gql_leads.domain.imports.fields import LeadImportField as F
from gql_leads.domain.leads.lead import CompanySize, LeadSource, LeadStatus


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("'=1+1", "=1+1"), ("''=1", "'=1"), ("'＝1", "＝1"), ("'\tx", "\tx"), ("'quoted'", "'quoted'"), ("'", "'"), ("''", "''"),
        ("+49301", "+49301"), ("O'Neil", "O'Neil"), ("", ""),
    ],
)  # fmt: skip
def test_one_apostrophe_is_removed_before_a_formula(cell: str, text: str) -> None:
    assert unescaped(cell) == text


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (F.CONSENT_TO_CONTACT, "Ano", True), (F.CONSENT_TO_CONTACT, "NEIN", False), (F.IS_TEST, "1", True),
        (F.CONTACT_REQUESTED, "oui", True), (F.CONTACT_REQUESTED, "2026-11-21", datetime(2026, 11, 21, tzinfo=UTC)),
        (F.COUNTRY, "fr", "FR"), (F.COUNTRY, "Česká republika", "CZ"), (F.COUNTRY, "Allemagne", "DE"), (F.COUNTRY, "U.S.A.", "US"),
        (F.COMPANY_SIZE, "EMPLOYEES_51_TO_250", CompanySize.EMPLOYEES_51_TO_250),
        (F.COMPANY_SIZE, "1,200", CompanySize.EMPLOYEES_1001_TO_5000),
        (F.COMPANY_SIZE, "51-200", CompanySize.EMPLOYEES_51_TO_250), (F.COMPANY_SIZE, "20 000+", CompanySize.EMPLOYEES_10001_TO_20000),
        (F.SOURCE, "Trade Show", LeadSource.EVENT), (F.STATUS, "contacted", LeadStatus.CONTACTED),
        (F.CREATED_AT, "2026-11-21T10:30:00+01:00", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        (F.CREATED_AT, "21.11.2026 9:05", datetime(2026, 11, 21, 9, 5, tzinfo=UTC)),
        (F.CREATED_AT, "11/21/2026 3:05 PM", datetime(2026, 11, 21, 15, 5, tzinfo=UTC)),
        (F.CREATED_AT, "21/11/2026, 12:00:01 AM", datetime(2026, 11, 21, 0, 0, 1, tzinfo=UTC)),
        (F.EXPECTED_CLOSE_DATE, "31. 1. 2027", date(2027, 1, 31)), (F.EXPECTED_CLOSE_DATE, "2027-01-31", date(2027, 1, 31)),
        (F.DEAL_AMOUNT, "12500.00", Decimal("12500.00")), (F.DEAL_AMOUNT, "12 500,50", Decimal("12500.50")),
        (F.DEAL_AMOUNT, "12,500.5", Decimal("12500.5")), (F.DEAL_CURRENCY, "eur", "EUR"), (F.COMPANY, "Contoso", "Contoso"),
    ],
)  # fmt: skip
def test_a_cell_has_a_value(field: F, text: str, value: Any) -> None:
    assert value_of(field, text) == value


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (F.CONSENT_TO_CONTACT, "perhaps"), (F.COUNTRY, "Atlantis"), (F.STATUS, "DONE"), (F.CREATED_AT, "yesterday"),
        (F.CREATED_AT, "01/02/2026"), (F.CREATED_AT, "31.02.2026"), (F.CREATED_AT, "1.1.2026 25:00"), (F.CREATED_AT, "0001-01-01"),
        (F.CREATED_AT, "9999-12-31T23:59:59-12:00"), (F.EXPECTED_CLOSE_DATE, "soon"), (F.DEAL_AMOUNT, "a lot"), (F.DEAL_AMOUNT, "-1"),
        (F.DEAL_AMOUNT, "1.2.3"), (F.DEAL_AMOUNT, "NaN"), (F.DEAL_CURRENCY, "XXX"), (F.COMPANY_SIZE, "many"),
    ],
)  # fmt: skip
def test_a_cell_without_a_value_says_what_to_write(field: F, text: str) -> None:
    with pytest.raises(WrongCell, match=r"Write|clear"):
        value_of(field, text)
