"""Labels of values for people: in facets, boards and reports."""

import re
from typing import Final

from gql_leads.domain.values.codes import COUNTRIES

NO_VALUE: Final = "NONE"
"""The value that stands for leads without an owner or a listing."""
_PROPER_NAMES: Final = {
    "APP_SOURCE": "AppSource",
    "AZURE_MARKETPLACE": "Azure Marketplace",
    "AZURE_PORTAL": "Azure portal",
    "POWER_BI": "Power BI",
    "CLOUD_MARKETPLACE": "Cloud Marketplace",
    "API": "API",
}
_EMPLOYEES: Final = re.compile(r"EMPLOYEES_(?:(?P<least>\d+)_TO_(?P<most>\d+)|OVER_(?P<over>\d+))")


def enum_label(value: str) -> str:
    """Return the label of an enum value: its proper name, else its words with a capital at the beginning."""
    if (name := _PROPER_NAMES.get(value)) is not None:
        return name
    if (size := _EMPLOYEES.fullmatch(value)) is not None:
        if size["over"]:
            return f"More than {int(size['over']):,} employees"
        return f"{int(size['least']):,} to {int(size['most']):,} employees"
    return value.replace("_", " ").capitalize()


def country_label(code: str) -> str:
    """Return the country's English name; the code itself if it is unknown."""
    return COUNTRIES.get(code, code)
