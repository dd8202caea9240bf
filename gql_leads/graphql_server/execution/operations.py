"""The pipeline that admits, executes and streams the operations of all transports."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Iterable
from dataclasses import dataclass, replace
from typing import Any, cast

import orjson
import strawberry
from graphql import (
    DocumentNode,
    ExecutionResult,
    OperationType,
    create_source_event_stream,
)

from gql_leads.graphql_server import json_codec
from gql_leads.graphql_server.application import Application, ClientRequest, Position
from gql_leads.graphql_server.documents.cache import Document, Documents
from gql_leads.graphql_server.documents.measurement import INTROSPECTION_FIELDS, MeasuredOperation
from gql_leads.graphql_server.documents.parameters import Parameters
from gql_leads.graphql_server.errors import (
    BAD_USER_INPUT,
    GRAPHQL_VALIDATION_FAILED,
    RATE_LIMITED,
    SERVICE_UNAVAILABLE,
    ErrorFormatter,
    OperationRefused,
    Refused,
    Unauthenticated,
    input_error,
)
from gql_leads.graphql_server.execution.compiled import CompiledExecutor
from gql_leads.graphql_server.execution.eager_start import Suspended, start_eagerly
from gql_leads.graphql_server.execution.subscriptions import Payload, Subscription
from gql_leads.graphql_server.graphql_core_internals import core_schema, optimized_is_awaitable
from gql_leads.graphql_server.operation_log import REQUEST_ID, codes_of
from gql_leads.graphql_server.policy import Introspection, Policy
from gql_leads.graphql_server.rate_limits import Allowance, RateLimiter
from gql_leads.graphql_server.slots import Slots


@dataclass(frozen=True, slots=True)
class Operation:
    """An admitted operation."""

    document: DocumentNode
    measured: MeasuredOperation
    parameters: Parameters
    context: Any
    cost: int
    rate_limit_key: str
    """The key of the member, or of the address without a token."""
    allowance: Allowance | None = None

    @property
    def type(self) -> OperationType:
        """The type: query, mutation or subscription."""
        return self.measured.type

    @property
    def name(self) -> str | None:
        """The name in the document."""
        return self.measured.name

    @property
    def text(self) -> str:
        """The text of the document."""
        assert self.document.loc is not None
        return self.document.loc.source.body


class Pipeline:
    """Admits and executes operations of a schema by the policy and the application's rules."""

    def __init__(
        self,
        schema: strawberry.Schema,
        application: Application[Any],
        policy: Policy,
    ) -> None:
        self._schema = schema
        self._application = application
        self._policy = policy
        self._documents = Documents(
            core_schema(schema),
            policy.limits,
            persisted=policy.persisted,
            only_persisted=policy.only_persisted,
            suggestions=policy.suggestions,
        )
        self.errors = ErrorFormatter(application.describe, suggestions=policy.suggestions)
        self.rates = RateLimiter(policy.rate, store=application.rate_limit_store)
        self.replays_per_member = policy.replays_per_member
        self._slots = Slots(policy.operations_per_member)
        self._running: set[asyncio.Timeout] = set()
        """The timeouts of the operations that wait for something."""
        self._is_stopping = False

    def stop(self) -> None:
        """Refuse the running operations and all further ones, because the server stops."""
        self._is_stopping = True
        for timeout in self._running:
            if not timeout.expired():
                timeout.reschedule(asyncio.get_running_loop().time())

    async def prepare(self, parameters: Parameters) -> None:
        """Prepare a long document in a thread; call this before `admit`."""
        await self._documents.prepare(parameters.query)

    def admit(self, parameters: Parameters, caller: Any, rate_limit_key: str, client: ClientRequest | None = None) -> Operation:
        """Admit an operation, before it is charged; raise `Refused` if it is not allowed."""
        document = self._documents.find(parameters.query, parameters.document_id, parameters.persisted_query)
        measured = self._permitted(document, parameters.operation_name, caller)
        context = self._application.context_for(caller, client or ClientRequest(""))
        cost = measured.cost(parameters.variables, self._application.reading_scale(context))
        if cost > self._policy.limits.cost:
            raise _too_costly(cost, self._policy.limits.cost)
        return Operation(
            document=cast("DocumentNode", document.ast),
            measured=measured,
            parameters=parameters,
            context=context,
            cost=cost,
            rate_limit_key=rate_limit_key,
        )

    async def charged(self, operation: Operation, paid: int = 0) -> Operation:
        """Charge an operation its cost, less `paid`, and return it with the allowance; raise `Refused`."""
        allowance = await self.rates.charge(operation.rate_limit_key, max(1, operation.cost) - paid)
        return operation if allowance is None else replace(operation, allowance=allowance)

    def _permitted(self, document: Document, name: str | None, caller: Any) -> MeasuredOperation:
        if caller is None and self._policy.introspection is not Introspection.EVERYONE:
            self._refuse_schema_probing(document)
        if document.errors:
            raise OperationRefused(document.errors)
        measured = document.operation(name)
        if caller is None:
            self._require_public_fields(measured.root_fields)
        if measured.introspections and self._policy.introspection is Introspection.NOBODY:
            raise OperationRefused.of("The schema cannot be asked for here: introspection is off.", GRAPHQL_VALIDATION_FAILED)
        return measured

    def _refuse_schema_probing(self, document: Document) -> None:
        """Refuse an anonymous document whose validation errors would reveal names of the schema."""
        self._require_public_fields(document.root_fields)
        if document.errors and document.names_types:
            raise Unauthenticated

    def _require_public_fields(self, root_fields: Iterable[str]) -> None:
        public_fields = self._application.public_fields
        if self._policy.introspection is Introspection.EVERYONE:
            public_fields |= INTROSPECTION_FIELDS
        if not public_fields.issuperset(root_fields):
            raise Unauthenticated

    async def execute(self, operation: Operation) -> Payload:
        """Execute a query or mutation; cancel it after the deadline, or when the server stops."""
        if self._is_stopping:
            raise stopping()
        if not self._slots.take_free(operation.rate_limit_key):
            await self._wait_for_slot(operation.rate_limit_key)
        try:
            return await self._execute(operation)
        finally:
            self._slots.release(operation.rate_limit_key)

    async def _wait_for_slot(self, key: str) -> None:
        try:
            async with asyncio.timeout(self._policy.slot_timeout) as timeout:
                self._running.add(timeout)
                await self._slots.take(key)
        except TimeoutError:
            raise (stopping() if self._is_stopping else _too_many(self._policy.operations_per_member)) from None
        finally:
            self._running.discard(timeout)

    async def _execute(self, operation: Operation) -> Payload:
        execute = self._executor(operation).execute_operation
        # Introspection takes 0.1 s of computation, so it runs in a thread.
        result: Any = self._documents.in_thread(execute) if operation.measured.is_introspection else execute()
        if optimized_is_awaitable(result):
            result = start_eagerly(result)
        if isinstance(result, Suspended):
            try:
                async with asyncio.timeout(self._policy.deadline) as timeout:
                    self._running.add(timeout)
                    result = await result
            except TimeoutError:
                raise (stopping() if self._is_stopping else _too_slow(self._policy.deadline)) from None
            finally:
                self._running.discard(timeout)
        return self._payload(result, operation)

    async def subscribe(self, operation: Operation) -> Subscription:
        """Run a subscription's resolver; raise `Refused` if it fails or the variables are invalid."""
        executor = self._executor(operation)
        source = create_source_event_stream(executor)
        if optimized_is_awaitable(source):
            source = await cast("Awaitable[Any]", source)
        if isinstance(source, ExecutionResult):
            raise OperationRefused(self.errors.of_result(source.errors or []))

        def encode(result: ExecutionResult, position: Position) -> Payload:
            payload = self._payload(result, operation)
            if result.data is None or position is None:
                return payload
            return payload._replace(cursor=self._application.cursor_of(operation.context, position))

        return Subscription(executor, cast("AsyncIterable[Any]", source), encode, self.errors, self._application.recipient_of)

    def _executor(self, operation: Operation) -> Any:
        measured, given, template = operation.measured, operation.parameters, operation.measured.executor_template
        if template is not None:
            executor = template.for_request(operation.context, given.variables, given.extensions)
        else:
            executor = CompiledExecutor.build(
                core_schema(self._schema),
                operation.document,
                context_value=operation.context,
                raw_variable_values=dict(given.variables),
                operation_name=measured.name,
                is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
                hide_suggestions=not self._policy.suggestions,
                operation_extensions=given.extensions,
            )
        if isinstance(executor, list):
            raise OperationRefused([input_error(error, BAD_USER_INPUT, suggestions=self._policy.suggestions) for error in executor])
        if template is None:
            measured.executor_template = executor.without_request()
        return executor

    def _payload(self, result: ExecutionResult, operation: Operation) -> Payload:
        errors = self.errors.of_result(result.errors) if result.errors else []
        response: dict[str, Any] = {"errors": errors} if errors else {}
        response |= {"data": result.data, "extensions": {"cost": operation.cost}}
        try:
            body = json_codec.dumps(response)
        except orjson.JSONEncodeError as error:
            errors = [self.errors.of_exception(error)]
            return Payload(json_codec.dumps({**response, "errors": errors, "data": None}), codes=codes_of(errors))
        return Payload(body, codes=codes_of(errors))


def stopping() -> Refused:
    """Return the refusal of an operation that the server could not finish before it stops."""
    request_id = REQUEST_ID.get()
    message = (
        "This server stops and could not finish the operation. Send it again; read first what a mutation may have changed. "
        f"The log knows it as {request_id}."
    )
    return Refused(message, SERVICE_UNAVAILABLE, status=503, headers={"retry-after": "1"}, extensions={"id": request_id})


def _too_costly(cost: int, allowed: int) -> OperationRefused:
    message = f"This operation may cost {cost:,}; at most {allowed:,} is allowed. Ask for smaller pages, or for fewer counts and figures."
    return OperationRefused.of(message, GRAPHQL_VALIDATION_FAILED, cost=min(cost, 2**53))


def _too_many(allowed: int) -> Refused:
    message = f"You have {allowed} operations running, which is all that may run at once. Try again when one has ended."
    return Refused(message, RATE_LIMITED, status=429, headers={"retry-after": "1"}, extensions={"retryAfter": 1})


def _too_slow(deadline: float) -> Refused:
    message = f"This operation took longer than {deadline:g} s and was stopped. Ask for less, or try again later."
    return Refused(message, SERVICE_UNAVAILABLE, status=503)
