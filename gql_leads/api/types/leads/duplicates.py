"""Reading probable duplicates of leads: the same person, or the same company and request."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gql_leads.api.resolving.context import Info
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.values.enums import describe
from gql_leads.domain.leads.duplicates import DuplicateMatch
from gql_leads.store.leads import duplicates, lists
from gql_leads.store.leads.duplicates import Duplicate

describe(
    DuplicateMatch,
    "An attribute in which two leads are equal; hidden contact details match nothing.",
    """
    EMAIL The same e-mail address; case is ignored, and an international domain equals its punycode.
    PHONE A phone number that dials the same, however it is written, extension included.
    PERSON_AND_COMPANY The same full name at the same company; punctuation and a legal form at the company's end are ignored.
    COMPANY_AND_LISTING The same company about the same listing, within 30 days.
    """,
)


@dataclass(frozen=True, slots=True)
class DuplicateQuery:
    """A lead whose duplicates are read, and the function that returns the mapper of the duplicates' fields."""

    uuid: UUID
    is_reduced: bool
    is_hidden: bool
    mapper_of: Callable[[Selection], Any]


async def duplicates_of(info: Info, query: DuplicateQuery, first: int) -> list[tuple[Any, Duplicate]]:
    """Return the lead's duplicates with their selected fields; none for its sender.

    The duplicates of all leads of the level are read together.
    """
    if query.is_reduced:
        return []
    dataloader, reader = info.context.dataloader, info.context.reader

    async def read(queries: Sequence[DuplicateQuery]) -> Mapping[DuplicateQuery, Sequence[Duplicate]]:
        hidden = [one.uuid for one in queries if one.is_hidden]
        found = await duplicates.duplicates(reader, [one.uuid for one in queries], hidden, first)
        return {one: found[one.uuid] for one in queries}

    matches: Sequence[Duplicate] = await dataloader.load(("duplicates", first), query, read) or ()
    below = Selection.under(info).fields("LeadDuplicate")
    if "lead" not in below:
        return [(None, one) for one in matches]
    mapper = query.mapper_of(below["lead"])
    batch = ("duplicate", *(id(node) for node in info._raw_info.field_nodes))
    # Load concurrently, so that the DataLoader reads the leads of the whole level with one statement.
    rows = await asyncio.gather(
        *(dataloader.load(batch, one.lead_id, lambda ids: lists.by_id(reader, ids, mapper.projection)) for one in matches)
    )
    return [(mapper.make(row, reader), one) for row, one in zip(rows, matches, strict=True) if row is not None]
