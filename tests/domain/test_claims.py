from datetime import UTC, datetime, timedelta, timezone

import pytest

from gql_leads.domain.claims import ClaimUsage, Limits, can_claim, check_limit, day_of, open_claim, resets_at
from gql_leads.domain.errors import ClaimLimitReached
from gql_leads.domain.leads.lead import Lead
from tests.domain.facts import ACME, GENERAL, NOW, accepted, archived, claimed, make_lead, waiting

OPEN_CLAIMS = [
    ("waiting", waiting(), None),
    ("received without a queue", make_lead(), None),
    ("claimed", claimed(), (GENERAL, ACME)),
    ("given to it by the vendor, out of a queue", make_lead(origin_queue_id=GENERAL), (GENERAL, ACME)),
    ("accepted", accepted(origin_queue_id=GENERAL), (GENERAL, ACME)),
    ("archived", archived(origin_queue_id=GENERAL), None),
    ("deleted", claimed(deleted_at=NOW), None),
    ("expired in its queue", archived(partner_id=None, origin_queue_id=GENERAL), None),
]


@pytest.mark.parametrize(("lead", "counts"), [case[1:] for case in OPEN_CLAIMS], ids=[case[0] for case in OPEN_CLAIMS])
def test_a_claim_is_open_until_its_lead_is_archived_deleted_or_released(lead: Lead, counts: object) -> None:
    assert open_claim(lead) == counts


# limits (open, per day), use before the claim, and whether one more is within them
LIMITS = [
    (None, None, 1_000, 1_000, True),
    (0, None, 0, 0, False),
    (None, 0, 0, 0, False),
    (2, None, 1, 50, True),
    (2, None, 2, 0, False),
    (2, None, 3, 0, False),  # assigning passes the limit
    (None, 3, 50, 2, True),
    (None, 3, 0, 3, False),
    (2, 3, 1, 2, True),
    (2, 3, 1, 3, False),
    (2, 3, 2, 2, False),
]


@pytest.mark.parametrize(("most_open", "most_today", "open_now", "today", "fits"), LIMITS)
def test_a_claim_is_allowed_if_the_usage_stays_within_both_limits(
    most_open: int | None, most_today: int | None, open_now: int, today: int, fits: bool
) -> None:
    limits = Limits(most_open, most_today)
    assert can_claim(limits, ClaimUsage(open_now, today)) is fits
    if fits:
        check_limit(limits, ClaimUsage(open_now + 1, today + 1), NOW)
    else:
        with pytest.raises(ClaimLimitReached):
            check_limit(limits, ClaimUsage(open_now + 1, today + 1), NOW)


def test_the_error_has_the_limit_and_the_restart_of_the_daily_count() -> None:
    with pytest.raises(ClaimLimitReached) as of_the_day:
        check_limit(Limits(None, 3), ClaimUsage(1, 4), NOW)
    assert (of_the_day.value.limit, of_the_day.value.resets_at) == (3, datetime(2026, 11, 22, tzinfo=UTC))
    with pytest.raises(ClaimLimitReached) as of_open_claims:
        check_limit(Limits(2, 3), ClaimUsage(3, 4), NOW)
    assert (of_open_claims.value.limit, of_open_claims.value.resets_at) == (2, None)


DAYS = [
    (datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)),
    (datetime(2026, 11, 21, 23, 59, 59, 999000, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)),
    (datetime(2026, 11, 22, 1, tzinfo=timezone(timedelta(hours=2))), datetime(2026, 11, 21, tzinfo=UTC)),
    (datetime(2026, 12, 31, 12, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)),
]


@pytest.mark.parametrize(("now", "midnight"), DAYS)
def test_the_day_begins_and_ends_at_midnight_utc(now: datetime, midnight: datetime) -> None:
    assert day_of(now) == midnight
    assert resets_at(now) == midnight + timedelta(days=1)
