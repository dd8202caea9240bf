"""Figures of reports: rates, durations and buckets of ages."""

from datetime import timedelta

import pytest

from gql_leads.domain.reports.figures import OpportunityFigures, Totals, bucket_of, hours


def test_rates_are_shares_of_the_possible_number() -> None:
    totals = Totals(received=8, accepted=3, declined=2, expired=1, converted=2)
    assert (totals.acceptance_rate, totals.conversion_rate) == (0.5, 0.25)
    assert (Totals().acceptance_rate, Totals().conversion_rate) == (None, None)
    assert OpportunityFigures(created=9, won=3, lost=1, open=5).win_rate == 0.75
    assert OpportunityFigures(created=9, open=5).win_rate is None


def test_a_median_is_given_in_hours() -> None:
    assert hours(timedelta(minutes=90)) == 1.5
    assert hours(None) is None


@pytest.mark.parametrize(
    ("age", "bucket"),
    [(-1, 0), (0, 0), (23.9999, 0), (24, 1), (71.9999, 1), (72, 2), (167.9999, 2), (168, 3), (335.9999, 3), (336, 4), (99_999, 4)],
)
def test_ages_are_counted_in_buckets_with_an_inclusive_start(age: float, bucket: int) -> None:
    assert bucket_of(timedelta(hours=age)) == bucket
