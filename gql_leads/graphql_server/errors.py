"""Errors of the GraphQL response: refused requests, public errors of resolvers, and masked unexpected ones."""

import logging
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from graphql import FieldNode, GraphQLError
from strawberry.exceptions import StrawberryInputCoercionError

UNAUTHENTICATED = "UNAUTHENTICATED"
FORBIDDEN = "FORBIDDEN"
BAD_USER_INPUT = "BAD_USER_INPUT"
GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
RATE_LIMITED = "RATE_LIMITED"
SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"

STATUS_OF_CODE = {
    BAD_USER_INPUT: 400,
    UNAUTHENTICATED: 401,
    FORBIDDEN: 403,
    RATE_LIMITED: 429,
    INTERNAL_SERVER_ERROR: 500,
    SERVICE_UNAVAILABLE: 503,
}

PASSING = frozenset({RATE_LIMITED, SERVICE_UNAVAILABLE})
"""Codes of failures that pass: the same request may succeed later."""

FormattedError = dict[str, Any]
Public = tuple[str, str, Mapping[str, Any]]
Describe = Callable[[BaseException], Public | None]

log = logging.getLogger(__name__)
MAX_LOGGED_PER_RESULT = 5
MAX_MESSAGE_LENGTH = 500
SUGGESTION = re.compile(r",? did you mean ", re.IGNORECASE)


class Refused(Exception):
    """A request that is refused before any of it is executed."""

    well_formed: ClassVar[bool] = False
    """True if the request itself is well-formed, so that the status is 200 for `application/json`."""

    def __init__(
        self,
        message: str,
        code: str = BAD_USER_INPUT,
        *,
        status: int = 400,
        headers: Mapping[str, str] | None = None,
        extensions: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.errors: list[FormattedError] = [{"message": message, "extensions": {"code": code, **(extensions or {})}}]


class OperationRefused(Refused):
    """A well-formed request that the schema, the limits or the variables do not allow."""

    well_formed = True

    def __init__(self, errors: Sequence[FormattedError]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = list(errors)

    @classmethod
    def of(cls, message: str, code: str, **extensions: Any) -> "OperationRefused":
        """Create a refusal with one error."""
        return cls([{"message": message, "extensions": {"code": code, **extensions}}])


class Unauthenticated(Refused):
    """A request without a token that needs one, or with an invalid token."""

    def __init__(self, message: str = "Sign in first: send a token as `Authorization: Bearer …`.") -> None:
        super().__init__(message, UNAUTHENTICATED, status=401, headers={"www-authenticate": "Bearer"})


def with_code(error: GraphQLError, code: str, **extensions: Any) -> FormattedError:
    """Format an error as the specification defines, with `extensions.code`."""
    formatted: FormattedError = {**error.formatted}
    formatted["extensions"] = {"code": code, **extensions}
    return formatted


def input_error(error: GraphQLError, code: str, *, suggestions: bool = False) -> FormattedError:
    """Format an error in a document or its variables, without the message of an unexpected exception in a scalar.

    `suggestions`: keep the names that the caller may have meant.
    """
    formatted = with_code(error, code)
    # Python's error about too many digits is a ValueError, too, and its message names interpreter settings.
    if not isinstance(cause_of(error), GraphQLError | ValueError) or "int_max_str_digits" in error.message:
        formatted["message"] = error.message.partition(", but encountered error")[0] + "."
    if not suggestions:
        # `hide_suggestions` does not remove those for a missing selection and for a wrong quote.
        formatted["message"] = SUGGESTION.split(formatted["message"], maxsplit=1)[0]
    formatted["message"] = shortened(formatted["message"])
    return formatted


def shortened(message: str) -> str:
    """Truncate a message that quotes a long input."""
    return message if len(message) <= MAX_MESSAGE_LENGTH else message[:MAX_MESSAGE_LENGTH] + "…"


class ErrorFormatter:
    """Formats execution errors: public ones as described, all others masked and logged."""

    def __init__(self, describe: Describe, *, suggestions: bool = False) -> None:
        self._describe = describe
        self.suggestions = suggestions

    def of_result(self, errors: Sequence[GraphQLError]) -> list[FormattedError]:
        """Format the errors of one result; all masked ones share one id."""
        incident = Incident()
        return [self._format(error, incident) for error in errors]

    def refusal(self, exception: Exception) -> Refused:
        """Convert an exception raised before execution to a refusal."""
        refusal = Refused(str(exception))
        refusal.errors = [self.of_exception(exception)]
        refusal.status = STATUS_OF_CODE.get(refusal.errors[0]["extensions"]["code"], 500)
        return refusal

    def of_exception(self, exception: BaseException) -> FormattedError:
        """Format an exception raised outside any field, such as one of a subscription's source."""
        if isinstance(exception, GraphQLError):
            return self._format(exception, Incident())
        return self._format(GraphQLError(str(exception), original_error=exception), Incident())  # type: ignore[arg-type]

    def _format(self, error: GraphQLError, incident: "Incident") -> FormattedError:
        cause = cause_of(error)
        public = self._describe(cause)
        if public is not None:
            message, code, extensions = public
            formatted = with_code(error, code, **extensions)
            formatted["message"] = message
            return formatted
        if isinstance(cause, Refused):
            formatted = with_code(error, BAD_USER_INPUT)
            return {**formatted, **cause.errors[0]}
        if is_client_error(error, cause):
            return input_error(error, BAD_USER_INPUT, suggestions=self.suggestions)
        incident.note(error, cause)
        formatted = with_code(error, INTERNAL_SERVER_ERROR, id=incident.id)
        formatted["message"] = f"Something went wrong here, not with your request. The log knows it as {incident.id}."
        return formatted


class Incident:
    """The unexpected errors of one result: one id for the client, and the first tracebacks for the log."""

    def __init__(self) -> None:
        self.id = secrets.token_hex(8)
        self._noted = 0

    def note(self, error: GraphQLError, cause: BaseException) -> None:
        """Log an unexpected error with this incident's id."""
        self._noted += 1
        if self._noted <= MAX_LOGGED_PER_RESULT:
            path = ".".join(map(str, error.path or ()))
            log.error("error %s at %s", self.id, path or "(no field)", exc_info=cause)


def cause_of(error: GraphQLError) -> BaseException:
    """Return the exception that a located error was made from."""
    cause: BaseException = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None and cause.original_error is not cause:
        cause = cause.original_error
    return cause


def is_client_error(error: GraphQLError, cause: BaseException) -> bool:
    """Return True for a client error: about a field's arguments, not about its value."""
    if isinstance(cause, StrawberryInputCoercionError):
        return True
    nodes = error.nodes or []
    return isinstance(cause, GraphQLError) and bool(nodes) and not isinstance(nodes[0], FieldNode)
