"""The cache of documents, which are parsed, measured and validated once for all transports."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, TypeVar

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NamedTypeNode,
    Node,
    OverlappingFieldsCanBeMergedRule,
    ValidationContext,
    parse,
    specified_rules,
    validate,
)

from gql_leads.graphql_server.documents.introspection import exceeds_field_limit
from gql_leads.graphql_server.documents.limits import Limits
from gql_leads.graphql_server.documents.measurement import MeasuredOperation, TooDeep, exceeded, measure
from gql_leads.graphql_server.documents.one_of import OneOfVariablesRule
from gql_leads.graphql_server.errors import (
    BAD_USER_INPUT,
    GRAPHQL_PARSE_FAILED,
    GRAPHQL_VALIDATION_FAILED,
    PERSISTED_QUERY_NOT_SUPPORTED,
    FormattedError,
    OperationRefused,
    Refused,
    input_error,
)
from gql_leads.graphql_server.graphql_core_internals import STRAWBERRY_RULES, limit_field_comparisons, mark_one_of_inputs

MAX_COMPARISONS = 10_000
"""Comparisons of field pairs in one document."""
LONG_SOURCE = 300
"""Characters of a document that is prepared in a thread: each can take 0.1 ms."""
MAX_ERRORS = 10
ABORTED = "Validation aborted."

Made = TypeVar("Made")


class BoundedOverlap(OverlappingFieldsCanBeMergedRule):
    """The validation rule that compares fields in pairs, with a lower bound on comparisons."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        limit_field_comparisons(self, MAX_COMPARISONS)


RULES = (
    *(BoundedOverlap if rule is OverlappingFieldsCanBeMergedRule else rule for rule in specified_rules),
    *STRAWBERRY_RULES,
    OneOfVariablesRule,
)


@dataclass(frozen=True, slots=True)
class Document:
    """A prepared document. An invalid one keeps only its errors and what decides what anonymous callers may learn."""

    ast: DocumentNode | None
    operations: tuple[MeasuredOperation, ...]
    errors: tuple[FormattedError, ...] = ()
    root_fields: frozenset[str] = frozenset()
    """The root fields of all its operations."""
    names_types: bool = False
    """True if it is invalid and names types of the schema, in fragments or variables."""

    def operation(self, name: str | None) -> MeasuredOperation:
        """Return the operation of this name, or without a name the only one; refuse any other request."""
        if name is not None:
            named = next((operation for operation in self.operations if operation.name == name), None)
            if named is None:
                raise OperationRefused.of("This document has no operation of the name in `operationName`.", BAD_USER_INPUT)
            return named
        if not self.operations:
            raise OperationRefused.of("This document has no operation: it holds only definitions.", BAD_USER_INPUT)
        if len(self.operations) > 1:
            raise OperationRefused.of("This document has several operations: say which in `operationName`.", BAD_USER_INPUT)
        return self.operations[0]


class Documents:
    """Documents by their text or by the id of a persisted document."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits,
        *,
        persisted: Mapping[str, str] | None = None,
        only_persisted: bool = False,
        suggestions: bool = False,
        kept: int = 1_000,
        kept_tokens: int = 100_000,
    ) -> None:
        mark_one_of_inputs(schema)
        self._schema = schema
        self._limits = limits
        self._persisted = persisted or {}
        self._only_persisted = only_persisted
        self._suggestions = suggestions
        self._kept = kept
        self._kept_tokens = kept_tokens
        self._weight = 0
        self._cache: OrderedDict[str, Document] = OrderedDict()
        self._in_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="documents")

    async def prepare(self, source: str | None) -> None:
        """Prepare a long new text in a thread, so that `find` returns it from the cache."""
        if source is None or len(source) <= LONG_SOURCE or source in self._cache or self._only_persisted:
            return
        self._keep(source, await self.in_thread(partial(self._prepare, source)))

    async def in_thread(self, work: Callable[[], Made]) -> Made:
        """Run long work in the one thread for it, without blocking the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._in_thread, work)

    def find(self, query: str | None, document_id: str | None, persisted_query: Any = None) -> Document:
        """Return a document by its text, its id or its hash; refuse any other request."""
        if query is not None and document_id is not None:
            raise Refused("Send `query` or `documentId`, not both.")
        if query is not None:
            if self._only_persisted:
                raise Refused("Only persisted documents are served here: send `documentId`, not `query`.")
            return self.of(query)
        if document_id is None and persisted_query is None:
            raise Refused("Send a document as the string `query`.")
        source = self._persisted.get(hashed_id(persisted_query) if document_id is None else document_id)
        if source is not None:
            return self.of(source)
        if document_id is None:
            # Clients compare this message, and then send the text.
            raise OperationRefused.of("PersistedQueryNotSupported", PERSISTED_QUERY_NOT_SUPPORTED)
        raise Refused("No document is persisted under this `documentId`.", PERSISTED_QUERY_NOT_SUPPORTED)

    def of(self, source: str) -> Document:
        """Return the document of a text, from the cache or newly prepared."""
        document = self._cache.get(source)
        if document is None:
            document = self._prepare(source)
            self._keep(source, document)
        else:
            self._cache.move_to_end(source)
        return document

    def _keep(self, source: str, document: Document) -> None:
        if source in self._cache:  # two requests prepared it at the same time
            return
        self._cache[source] = document
        self._weight += weight(source, document)
        while len(self._cache) > self._kept or self._weight > self._kept_tokens:
            self._weight -= weight(*self._cache.popitem(last=False))

    def _prepare(self, source: str) -> Document:
        limits = self._limits
        try:
            ast = parse(
                source,
                max_lexical_tokens=limits.tokens,
                max_comments=limits.tokens,
                max_source_length=limits.source_length,
            )
        except GraphQLError as error:
            return Document(None, (), (input_error(error, GRAPHQL_PARSE_FAILED, suggestions=self._suggestions),))
        try:
            operations = tuple(measure(self._schema, ast, limits))
        except TooDeep:
            deep = limit_error(f"This document nests too deeply; {limits.depth} levels are allowed.")
            return Document(None, (), (deep,), names_types=names_types(ast))
        root_fields = frozenset(chain.from_iterable(operation.root_fields for operation in operations))
        errors = tuple(self._errors(ast, operations))
        if errors:  # the syntax tree is dropped: many kept trees would make garbage collection slow
            return Document(None, (), errors, root_fields, names_types(ast))
        return Document(ast, operations, (), root_fields)

    def _errors(self, ast: DocumentNode, operations: tuple[MeasuredOperation, ...]) -> list[FormattedError]:
        asked, allowed = len(operations), self._limits.operations
        if asked > allowed:
            return [limit_error(f"This document has {asked} operations; at most {allowed} are allowed.")]
        for operation in operations:
            limit = exceeded(operation, self._limits)
            if limit:
                return [limit_error(limit)]
        errors = validate(self._schema, ast, RULES, max_errors=MAX_ERRORS, hide_suggestions=not self._suggestions)
        if len(errors) <= MAX_ERRORS and any(error.message == ABORTED for error in errors):
            return [limit_error("This document repeats too many fields or fragments in one selection; write each once.")]
        allowed = self._limits.introspected_fields
        if not errors and any(one.introspections and exceeds_field_limit(self._schema, ast, one.node, allowed) for one in operations):
            return [
                limit_error(f"This operation asks for more than {allowed:,} fields of the schema, its lists written out; ask for less.")
            ]
        return [input_error(error, GRAPHQL_VALIDATION_FAILED, suggestions=self._suggestions) for error in errors]


def hashed_id(persisted_query: Any) -> str:
    """Return the `documentId` of an automatic persisted query, which need not be well-formed."""
    return f"sha256:{persisted_query.get('sha256Hash')}" if isinstance(persisted_query, dict) else ""


def names_types(ast: DocumentNode) -> bool:
    """Return True if a document names types of the schema."""
    waiting: list[Node] = [ast]
    while waiting:
        node = waiting.pop()
        if isinstance(node, NamedTypeNode):
            return True
        for key in node.keys:
            part = getattr(node, key)
            waiting.extend(part if isinstance(part, tuple | list) else [part] if isinstance(part, Node) else [])
    return False


def weight(source: str, document: Document) -> int:
    """Return the estimated size of a document in memory, in tokens."""
    return 1 + len(source) // 100 + (document.ast.token_count or 0 if document.ast else 0)


def limit_error(message: str) -> FormattedError:
    """Return the error for a document that exceeds a limit."""
    return {"message": message, "extensions": {"code": GRAPHQL_VALIDATION_FAILED}}
