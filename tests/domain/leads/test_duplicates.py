"""How likely two leads are the same."""

from itertools import chain, combinations

import pytest

from gql_leads.domain.leads.duplicates import DuplicateMatch, score

SETS = list(chain.from_iterable(combinations(DuplicateMatch, size) for size in range(5)))


def test_no_two_sets_of_matches_are_equally_likely() -> None:
    assert len({score(one) for one in SETS}) == len(SETS)


@pytest.mark.parametrize("matched", SETS)
def test_every_further_match_makes_it_likelier(matched: tuple[DuplicateMatch, ...]) -> None:
    assert 0 <= score(matched) < 1
    for further in set(DuplicateMatch) - set(matched):
        assert score([*matched, further]) > score(matched)


def test_what_the_description_says_of_each_alone_is_so() -> None:
    assert [score([one]) for one in DuplicateMatch] == [0.8, 0.7, 0.6, 0.35]
