"""Files as other products write them: made-up rows under the headings of their exports."""

from pathlib import Path
from typing import Any, Final

import pytest

from gql_leads.domain.leads.lead import CompanySize, Lead, LeadSource, LeadStatus
from gql_leads.services.app_context import AppContext
from tests.factories import World
from tests.services.imports.importing import by_last_name, import_file

SAMPLES: Final = Path(__file__).parent / "samples"
EXPECTED: Final[dict[str, dict[str, dict[str, Any]]]] = {
    "salesforce-en.csv": {
        "Bosu": {
            "first_name": "Aparna", "title": "CIO", "company": "Contoso, Ltd.", "phone": "+12065550100", "region": "WA", "country": "US",
            "source": LeadSource.EVENT, "status": LeadStatus.CONTACTED, "message": 'She said: "call me".',
            "company_size": CompanySize.EMPLOYEES_1001_TO_5000,
        },
        "Novák": {
            "phone": "+420777123456", "country": "CZ", "source": LeadSource.WEB_FORM, "status": LeadStatus.NEW, "city": "Praha",
        },
    },
    "hubspot-de.csv": {
        "Müller": {
            "first_name": "Jörg", "external_reference": "101", "phone": "+49301234567", "country": "DE", "title": "Einkauf",
            "region": "Berlin",
        }
    },
    "outlook-fr.csv": {"Lefèvre": {"first_name": "Hélène", "title": "Directrice", "city": "Besançon", "phone": "+33381000000"}},
    "dynamics-cs.txt": {
        "Dvořák": {
            "listing_name": "Účetnictví 365", "region": "Jihomoravský kraj", "country": "CZ", "message": "Zajímá ho\ncena.",
            "company_size": CompanySize.EMPLOYEES_10_TO_50,
        }
    },
    "eloqua-pl.csv": {"Wójcik": {"country": "PL", "region": "łódzkie", "title": "Prezes", "phone": "+48421234567"}},
}  # fmt: skip

UNKNOWN: Final = {"hubspot-de.csv": [(1, "Eigentümer")], "outlook-fr.csv": [(1, "Titre")]}


@pytest.mark.parametrize("name", EXPECTED)
async def test_a_products_file_becomes_leads(app: AppContext, world: World, name: str) -> None:
    done = await import_file(app, world.referrals, (SAMPLES / name).read_bytes())
    expected = EXPECTED[name]
    assert [(row, heading) for row, heading, _ in done.errors] == UNKNOWN.get(name, [])
    assert done.counts == (len(expected), len(expected), len(expected), 0, 0, 0)
    leads = await by_last_name(app)
    assert {last_name: attributes_of(leads[last_name], wanted) for last_name, wanted in expected.items()} == expected


def attributes_of(lead: Lead, wanted: dict[str, Any]) -> dict[str, Any]:
    return {attribute: getattr(lead, attribute) for attribute in wanted}
