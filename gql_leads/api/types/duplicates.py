"""Reading leads that look like the same person, or the same company and request."""

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
    "Why two leads look alike; what is hidden of either contact matches nothing.",
    """
    EMAIL The same e-mail address, without regard to case.
    PHONE The same phone number.
    PERSON_AND_COMPANY The same full name at the same company.
    COMPANY_AND_LISTING The same company about the same listing, within 30 days.
    """,
)


@dataclass(frozen=True, slots=True)
class DuplicateQuery:
    """What is known of a lead that others are to look like, and the way to read those others."""

    uuid: UUID
    is_reduced: bool
    is_hidden: bool
    plan: Callable[[Selection], Any]


async def duplicates_of(info: Info, like: DuplicateQuery, first: int) -> list[tuple[Any, Duplicate]]:
    """The lead's duplicates as far as they were selected, read together with those of all leads of its level; none to its sender."""
    if like.is_reduced:
        return []
    dataloader, reader = info.context.dataloader, info.context.reader

    async def read(asked: Sequence[DuplicateQuery]) -> Mapping[DuplicateQuery, Sequence[Duplicate]]:
        hidden = [one.uuid for one in asked if one.is_hidden]
        found = await duplicates.duplicates(reader, [one.uuid for one in asked], hidden, first)
        return {one: found[one.uuid] for one in asked}

    alike: Sequence[Duplicate] = await dataloader.load(("duplicates", first), like, read) or ()
    below = Selection.under(info).fields("LeadDuplicate")
    if "lead" not in below:
        return [(None, one) for one in alike]
    plan = like.plan(below["lead"])
    place = ("duplicate", *(id(node) for node in info._raw_info.field_nodes))
    # All at once, so that every lead of the level asks in the same turn.
    rows = await asyncio.gather(
        *(dataloader.load(place, one.lead_id, lambda ids: lists.by_id(reader, ids, plan.projection)) for one in alike)
    )
    return [(plan.make(row, reader), one) for row, one in zip(rows, alike, strict=True) if row is not None]
