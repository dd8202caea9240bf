"""Periods of reports: the beginnings of days, weeks and months in time zones."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_leads.domain.errors import BadInput
from gql_leads.domain.reports.periods import MOST_POINTS, Period, ReportInterval, day_start, first_day

DAY, WEEK, MONTH = ReportInterval
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def boundaries(interval: ReportInterval, zone: str, start: str, end: str) -> list[datetime]:
    return Period(at(start), at(end)).boundaries(interval, ZoneInfo(zone))


@pytest.mark.parametrize(
    ("interval", "start", "end", "expected"),
    [
        (DAY, "2026-11-21T09:30", "2026-11-23T00:00", ["2026-11-21", "2026-11-22", "2026-11-23"]),
        (DAY, "2026-11-21T09:30", "2026-11-23T00:00:00.001", ["2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"]),
        (DAY, "2026-11-21T09:30", "2026-11-21T09:31", ["2026-11-21", "2026-11-22"]),
        (WEEK, "2026-11-22T23:59", "2026-11-30T12:00", ["2026-11-16", "2026-11-23", "2026-11-30", "2026-12-07"]),
        (WEEK, "2026-12-31T00:00", "2027-01-05T00:00", ["2026-12-28", "2027-01-04", "2027-01-11"]),
        (MONTH, "2026-12-31T00:00", "2027-02-28T12:00", ["2026-12-01", "2027-01-01", "2027-02-01", "2027-03-01"]),
        (MONTH, "2028-01-31T00:00", "2028-04-01T00:00", ["2028-01-01", "2028-02-01", "2028-03-01", "2028-04-01"]),
        (DAY, "9999-12-30T00:00", "9999-12-31T23:59", ["9999-12-30", "9999-12-31", "9999-12-31T23:59"]),
        (MONTH, "0001-01-02T00:00", "0001-02-02T00:00", ["0001-01-01", "0001-02-01", "0001-03-01"]),
    ],
)
def test_a_series_covers_the_first_and_the_last_instant_of_the_period(
    interval: ReportInterval, start: str, end: str, expected: list[str]
) -> None:
    assert boundaries(interval, "UTC", start, end) == [at(one) for one in expected]


@pytest.mark.parametrize(
    ("zone", "start", "end", "expected"),
    [
        ("Europe/Paris", "2026-03-28T12:00", "2026-03-30T12:00",
         ["2026-03-27T23:00", "2026-03-28T23:00", "2026-03-29T22:00", "2026-03-30T22:00"]),
        ("Europe/Paris", "2026-10-25T00:00", "2026-10-26T00:00", ["2026-10-24T22:00", "2026-10-25T23:00", "2026-10-26T23:00"]),
        ("Asia/Kathmandu", "2026-11-21T18:00", "2026-11-21T18:30", ["2026-11-20T18:15", "2026-11-21T18:15", "2026-11-22T18:15"]),
        ("Asia/Kathmandu", "1985-12-31T12:00", "1986-01-01T12:00", ["1985-12-30T18:30", "1985-12-31T18:30", "1986-01-01T18:15"]),
        # Clocks went forward at midnight, so that the day began at 1:00.
        ("America/Sao_Paulo", "2018-11-03T12:00", "2018-11-05T12:00",
         ["2018-11-03T03:00", "2018-11-04T03:00", "2018-11-05T02:00", "2018-11-06T02:00"]),
        # At the end of 17 February, 23:00 came twice.
        ("America/Sao_Paulo", "2018-02-17T12:00", "2018-02-18T12:00", ["2018-02-17T02:00", "2018-02-18T03:00", "2018-02-19T03:00"]),
        # There was no 30 December.
        ("Pacific/Apia", "2011-12-29T12:00", "2012-01-01T00:00",
         ["2011-12-29T10:00", "2011-12-30T10:00", "2011-12-31T10:00", "2012-01-01T10:00"]),
        # Midnight came twice: at 1:00, it was 0:00 again.
        ("America/Havana", "2026-10-31T12:00", "2026-11-02T00:00", ["2026-10-31T04:00", "2026-11-01T04:00", "2026-11-02T05:00"]),
        # A minute after midnight, it was 23:01 of the day before.
        ("America/St_Johns", "2010-11-06T12:00", "2010-11-07T12:00", ["2010-11-06T02:30", "2010-11-07T03:30", "2010-11-08T03:30"]),
        # A day ended at 23:30, and the next one began at 0:00 half an hour later by the old clock.
        ("America/Toronto", "1919-03-30T12:00", "1919-03-31T12:00",
         ["1919-03-30T05:00", "1919-03-31T04:30", "1919-04-01T04:00"]),
    ],
)  # fmt: skip
def test_days_begin_where_the_reader_lives(zone: str, start: str, end: str, expected: list[str]) -> None:
    assert boundaries(DAY, zone, start, end) == [at(one) for one in expected]


def test_weeks_and_months_begin_where_the_reader_lives() -> None:
    assert boundaries(WEEK, "Europe/Paris", "2026-10-20T12:00", "2026-10-26T12:00") == [
        at("2026-10-18T22:00"), at("2026-10-25T23:00"), at("2026-11-01T23:00"),
    ]  # fmt: skip
    assert boundaries(MONTH, "Pacific/Apia", "2011-11-30T10:30", "2011-12-31T12:00") == [
        at("2011-11-01T10:00"), at("2011-12-01T10:00"), at("2011-12-31T10:00"), at("2012-01-31T10:00"),
    ]  # fmt: skip


ZONES = [
    "UTC",
    "Europe/Paris",
    "Asia/Kathmandu",
    "America/Sao_Paulo",
    "Pacific/Apia",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Havana",
]


@given(
    name=st.sampled_from(ZONES),
    start=st.datetimes(at("1950-01-01").replace(tzinfo=None), at("2037-01-01").replace(tzinfo=None)),
    days=st.integers(1, 500),
    interval=st.sampled_from(ReportInterval),
)
def test_every_instant_lies_in_the_point_of_its_local_date(name: str, start: datetime, days: int, interval: ReportInterval) -> None:
    start, zone = start.replace(tzinfo=UTC, microsecond=0), ZoneInfo(name)
    found = Period(start, start + timedelta(days=days)).boundaries(interval, zone)
    assert found[0] <= start < found[1]
    assert found[-2] < start + timedelta(days=days) <= found[-1]
    for beginning, end in pairwise(found):
        assert beginning < end
        day = first_day(interval, beginning.astimezone(zone).date())
        for instant in (beginning, beginning + (end - beginning) / 2, end - timedelta(milliseconds=1)):
            assert first_day(interval, instant.astimezone(zone).date()) == day


@given(name=st.sampled_from(ZONES), day=st.dates(date(1950, 1, 1), date(2037, 1, 1)))
def test_a_day_begins_when_the_date_changes(name: str, day: date) -> None:
    zone = ZoneInfo(name)
    start = day_start(day, zone)
    assert start.astimezone(zone).date() >= day
    assert (start - timedelta(milliseconds=1)).astimezone(zone).date() < day


def test_a_series_has_at_most_a_thousand_points() -> None:
    start = at("2026-01-01")
    assert len(Period(start, start + timedelta(days=MOST_POINTS)).boundaries(DAY, UTC)) == MOST_POINTS + 1
    with pytest.raises(BadInput, match="longer interval"):
        Period(start, start + timedelta(days=MOST_POINTS, milliseconds=1)).boundaries(DAY, UTC)


def test_a_series_cannot_begin_before_the_first_day() -> None:
    with pytest.raises(BadInput, match="year 1"):
        boundaries(DAY, "America/New_York", "0001-01-01T01:00", "0001-01-03T00:00")


@pytest.mark.parametrize("end", ["2026-11-21T09:30", "2026-11-21T09:29"])
def test_a_period_ends_after_it_begins(end: str) -> None:
    with pytest.raises(BadInput, match="lies before the `before`"):
        Period(at("2026-11-21T09:30"), at(end))
