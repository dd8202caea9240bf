import gc

import pytest

from gql_leads.graphql_server.documents.cache import Documents
from gql_leads.graphql_server.documents.limits import Limits
from gql_leads.graphql_server.errors import OperationRefused, Refused
from tests.graphql_server.shop_schema import schema


def documents(**options: int) -> Documents:
    return Documents(schema._schema, Limits(), **options)  # type: ignore[arg-type]


def test_document_is_prepared_once_whether_valid_or_not() -> None:
    cache = documents()
    for source in ("{ hello }", "{ nothing }", "{"):
        assert cache.of(source) is cache.of(source)


def test_least_recently_used_document_is_evicted() -> None:
    cache = documents(kept=2)
    first, second = cache.of("{ a: hello }"), cache.of("{ b: hello }")
    assert cache.of("{ a: hello }") is first
    cache.of("{ c: hello }")
    assert cache.of("{ a: hello }") is first
    assert cache.of("{ b: hello }") is not second


def test_memory_is_bounded_by_tokens() -> None:
    cache = documents(kept_tokens=1_000)
    for number in range(100):
        cache.of(f"{{ a{number}: hello " + "hello " * 10 + "}")
    assert 10 < len(cache._cache) < 100
    kept = sum(document.ast.token_count or 0 for document in cache._cache.values() if document.ast)
    assert kept <= 1_000


def test_refused_document_keeps_no_objects_alive() -> None:
    cache = documents()
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(50):
        with pytest.raises(Refused):
            cache.find(None, None)
        with pytest.raises(OperationRefused):
            cache.of("query A { hello } query B { hello }").operation(None)
    gc.collect()
    assert len(gc.get_objects()) - before < 1_000


def test_refused_document_keeps_only_its_errors() -> None:
    cache = documents()
    for source in ("{ nothing }", "{ hello " * 120 + "}" * 120, "{ hello hello"):
        document = cache.of(source)
        assert document.errors
        assert document.ast is None
        assert not document.operations
        assert cache.of(source) is document
