"""Queries q1 to q4: a GraphQL document for the service, and a name for the baseline server, which returns the same data."""

from dataclasses import dataclass
from typing import Any, Final

FIELDS: Final = """id reference version type source callToAction status stage outcome company city country quality
    isHot expiresAt createdAt updatedAt contact { fullName email }
    listing { id name kind } partner { id name country }"""
LIST: Final = f"""query List($search: String, $filter: LeadFilter) {{
    leads(first: 50, search: $search, filter: $filter) {{ nodes {{ {FIELDS} }} }} }}"""
LEAD: Final = f"""query Lead($id: ID!) {{
    lead(id: $id) {{ {FIELDS} notes(first: 10) {{ nodes {{ id body createdAt author {{ id name }} }} }} }} }}"""
COUNTS: Final = "query Counts { leads { totalCount facets(fields: [STATUS]) { values { value count } } } }"

STATUSES: Final = ("NEW", "CONTACTED")
TYPES: Final = ("OFFER", "PROFILE", "SALES_QUALIFIED")
FILTER: Final = {"statuses": STATUSES, "types": TYPES}
TERMS: Final = {
    "a frequent word": "labs",
    "a rare one": "tailspin labs 77",
    "a name": "kovács",
    "another script": "школа",
    "one letter": "e",
    "nothing": "zzzzqqqq",
}
TERM: Final = TERMS["a frequent word"]


@dataclass(frozen=True, slots=True)
class BenchmarkQuery:
    """One query: its name for the baseline, and its document and variables for the service."""

    name: str
    title: str
    document: str
    variables: dict[str, Any]

    @property
    def graphql(self) -> dict[str, Any]:
        """Body of the GraphQL request."""
        return {"query": self.document, "variables": self.variables}


def benchmark_queries(lead: str) -> tuple[BenchmarkQuery, ...]:
    """Return q1 to q4; q3 reads the lead with this global id."""
    return (
        BenchmarkQuery("q1", "Q1 50 leads, two filters", LIST, {"filter": FILTER}),
        BenchmarkQuery("q2", f"Q2 the same, searched for “{TERM}”", LIST, {"filter": FILTER, "search": TERM}),
        BenchmarkQuery("q3", "Q3 one lead with 10 notes", LEAD, {"id": lead}),
        BenchmarkQuery("q4", "Q4 total and counts by status", COUNTS, {}),
    )
