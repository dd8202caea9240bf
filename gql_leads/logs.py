"""Logs: one event a line on standard error, for people (console) or for machines (json)."""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from gql_leads.graphql_server.operation_log import REQUEST_ID


def set_up_logs(level: str, log_format: str) -> None:
    """Send this program's events and those of its libraries through the same processors."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _name_request,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _name_uvicorn,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(log_format)],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)


def _name_request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """What is logged while a request is served can be found by the id that its answer names."""
    if "request_id" not in event and (request_id := REQUEST_ID.get()) is not None:
        event["request_id"] = request_id
    return event


def _name_uvicorn(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Uvicorn tells everything as `uvicorn.error`, which alarms whoever reads that it has started."""
    if event.get("logger") == "uvicorn.error":
        event["logger"] = "uvicorn"
    return event


def _rendering(log_format: str) -> list[Processor]:
    if log_format == "json":
        # Local variables may hold what customers told us.
        tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        return [structlog.processors.ExceptionRenderer(tracebacks), structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
