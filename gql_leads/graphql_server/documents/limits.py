"""How large a document and its operations may be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document and one operation may ask for at most."""

    source_length: int = 100_000
    tokens: int = 2_000
    operations: int = 10
    depth: int = 10
    introspection_depth: int = 15
    introspections: int = 2
    introspected_fields: int = 25_000
    """Of the schema, that an introspection may be answered with; the one that all tools send is answered with some 15,000."""
    aliases: int = 15
    directives: int = 25
    root_fields: int = 20
    fields: int = 5_000
    """Fields with every fragment written out: objects cost nothing, so only this stops selections that double."""
    cost: int = 10_000
    page_size: int = 50
    """What a connection costs that says neither `first` nor `last` and has no default of its own."""
    largest_page: int = 10_000
    """The largest page that the schema answers: whoever asks for more is refused by the schema, and costs no more until then."""
