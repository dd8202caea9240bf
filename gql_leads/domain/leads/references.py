"""References: the short codes of leads that people quote, such as `L-7K3QX2`."""

import re
from typing import Final

from gql_leads.domain.values.text_folding import search_term

_REFERENCE: Final = re.compile(r"L-[0-9A-Z]{4,17}")


def normal_reference(text: str) -> str:
    """Return the text as references are stored: capitals, without spaces around it."""
    return search_term(text).upper()


def whole_reference(term: str | None) -> str | None:
    """Return the reference that a search term is in whole, None for any other term."""
    reference = normal_reference(term or "")
    return reference if _REFERENCE.fullmatch(reference) else None
