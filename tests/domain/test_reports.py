"""Reports: points of a series, and rates."""

from datetime import UTC, datetime, timedelta

import pytest

from gql_leads.domain.errors import BadInput
from gql_leads.domain.reports import MOST_POINTS, Period, Report, ReportInterval, Totals, beginning

DAY, WEEK, MONTH = ReportInterval


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("interval", "start", "end", "expected"),
    [
        (DAY, "2026-11-21T09:30", "2026-11-23T00:00", ["2026-11-21", "2026-11-22"]),
        (DAY, "2026-11-21T09:30", "2026-11-23T00:00:00.001", ["2026-11-21", "2026-11-22", "2026-11-23"]),
        (DAY, "2026-11-21T09:30", "2026-11-21T09:31", ["2026-11-21"]),
        (WEEK, "2026-11-22T23:59", "2026-11-30T12:00", ["2026-11-16", "2026-11-23", "2026-11-30"]),
        (WEEK, "2026-12-31T00:00", "2027-01-05T00:00", ["2026-12-28", "2027-01-04"]),
        (MONTH, "2026-12-31T00:00", "2027-02-28T12:00", ["2026-12-01", "2027-01-01", "2027-02-01"]),
        (MONTH, "2028-01-31T00:00", "2028-04-01T00:00", ["2028-01-01", "2028-02-01", "2028-03-01"]),
        (DAY, "9999-12-28T00:00", "9999-12-29T23:59", ["9999-12-28", "9999-12-29"]),
        (MONTH, "0001-01-02T00:00", "0001-02-02T00:00", ["0001-01-01", "0001-02-01"]),
    ],
)
def test_a_series_covers_the_first_and_the_last_instant_of_the_period(
    interval: ReportInterval, start: str, end: str, expected: list[str]
) -> None:
    assert Period(at(start), at(end)).points(interval) == [at(one) for one in expected]


@pytest.mark.parametrize("interval", ReportInterval)
def test_every_point_is_the_beginning_of_its_interval(interval: ReportInterval) -> None:
    points = Period(at("2026-01-31T13:00"), at("2028-03-01T13:00")).points(interval)
    assert [beginning(interval, one) for one in points] == points
    assert [beginning(interval, one - timedelta(milliseconds=1)) for one in points[1:]] == points[:-1]


def test_a_series_has_at_most_a_thousand_points() -> None:
    start = at("2026-01-01")
    assert len(Period(start, start + timedelta(days=MOST_POINTS)).points(DAY)) == MOST_POINTS
    with pytest.raises(BadInput, match="longer interval"):
        Period(start, start + timedelta(days=MOST_POINTS, milliseconds=1)).points(DAY)


@pytest.mark.parametrize("end", ["2026-11-21T09:30", "2026-11-21T09:29"])
def test_a_period_ends_after_it_begins(end: str) -> None:
    with pytest.raises(BadInput, match="lies before the `before`"):
        Period(at("2026-11-21T09:30"), at(end))


def test_rates_are_shares_of_the_possible_number() -> None:
    totals = Totals(received=8, accepted=3, declined=2, expired=1, converted=2)
    assert (totals.acceptance_rate, totals.conversion_rate) == (0.5, 0.25)
    assert (Totals().acceptance_rate, Totals().conversion_rate) == (None, None)


def test_a_median_is_given_in_hours() -> None:
    assert Report(median_response=timedelta(minutes=90)).median_response_hours == 1.5
    assert Report().median_response_hours is None
