"""Labels of enum values for people."""

import pytest

from gql_leads.api.values.labels import country_label, enum_label
from gql_leads.domain.leads.lead import CompanySize

LABELS = {
    "APP_SOURCE": "AppSource", "AZURE_MARKETPLACE": "Azure Marketplace", "AZURE_PORTAL": "Azure portal", "POWER_BI": "Power BI",
    "CLOUD_MARKETPLACE": "Cloud Marketplace", "API": "API", "WEB_FORM": "Web form", "GET_IT_NOW": "Get it now", "NEW": "New",
    "MARKETING_QUALIFIED": "Marketing qualified", "EMPLOYEES_1_TO_9": "1 to 9 employees",
    "EMPLOYEES_10001_TO_20000": "10,001 to 20,000 employees", "EMPLOYEES_OVER_20000": "More than 20,000 employees",
}  # fmt: skip


@pytest.mark.parametrize(("value", "label"), LABELS.items())
def test_a_label_is_a_proper_name_or_the_words_of_the_value(value: str, label: str) -> None:
    assert enum_label(value) == label


def test_every_company_size_has_a_label_with_its_numbers() -> None:
    assert all(enum_label(one).endswith(" employees") and "_" not in enum_label(one) for one in CompanySize)


def test_a_country_is_labelled_with_its_name() -> None:
    assert [country_label(code) for code in ("FR", "XK", "ZZ")] == ["France", "Kosovo", "ZZ"]
