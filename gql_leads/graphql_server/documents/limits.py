"""Limits on documents and operations."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one document and of one operation."""

    source_length: int = 100_000
    tokens: int = 2_000
    operations: int = 10
    depth: int = 10
    introspection_depth: int = 15
    introspected_fields: int = 25_000
    """Fields in the response to an introspection query; the usual one of tools returns about 15,000."""
    aliases: int = 15
    directives: int = 25
    root_fields: int = 20
    fields: int = 5_000
    """Fields with all fragments expanded. Objects have no cost, so this limit alone bounds nested fragments that double."""
    cost: int = 10_000
    page_size: int = 50
    """The size of a connection without `first`, `last` and a default."""
    largest_page: int = 10_000
    """The largest page that resolvers accept; a larger request costs no more, because it fails."""
