"""What is refused, and that nothing came of it."""

from collections.abc import Awaitable

import pytest

from gql_leads.domain.errors import Invalid, Refusal
from gql_leads.services.app_context import Desk
from tests.fixtures import everything


async def refused(desk: Desk, attempt: Awaitable[object]) -> Refusal:
    """The refusal of the attempt, which left everything as it was."""
    before = await everything(desk)
    with pytest.raises(Refusal) as caught:
        await attempt
    assert await everything(desk) == before
    return caught.value


async def fields_at_fault(desk: Desk, attempt: Awaitable[object]) -> list[tuple[str, ...]]:
    """The fields that an attempt was refused for, which left everything as it was."""
    refusal = await refused(desk, attempt)
    assert isinstance(refusal, Invalid)
    return [fault.field for fault in refusal.faults]
