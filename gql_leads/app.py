"""Build the Starlette application from settings; the only module that connects all packages."""

import importlib
import os
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from gql_leads import logs
from gql_leads.api.mutations.sessions import SIGN_IN_FIELDS
from gql_leads.api.resolving.errors import describe_error
from gql_leads.api.resolving.event_sources import cursor_of, sharing_key
from gql_leads.api.schema import schema
from gql_leads.api.subscriptions import recipient_of
from gql_leads.environment import SettingsError
from gql_leads.graphql_server.application import Application
from gql_leads.graphql_server.documents.limits import Limits
from gql_leads.graphql_server.graphql_endpoint import GraphQLEndpoint
from gql_leads.graphql_server.origins import origin_of
from gql_leads.graphql_server.policy import Introspection, Policy
from gql_leads.lifespan import Clock, ServerProcess
from gql_leads.services.app_context import system_clock
from gql_leads.settings import Settings, load_settings
from gql_leads.telemetry import Telemetry
from gql_leads.web import error_pages, exports, graphiql, health, imports, password_pages, schema_file, sessions, unsubscribing
from gql_leads.web.intake import IntakeEndpoint, IntakeLimits
from gql_leads.web.public_address import PathPrefix, PublicAddress, SlashRedirects


def create_app(settings: Settings, clock: Clock = system_clock) -> Starlette:
    """Return the application for these settings; every rule reads the time from `clock`."""
    process = ServerProcess(settings, clock)
    telemetry = Telemetry(settings)
    address = PublicAddress(settings.public_url)
    rate_limit_store = _rate_limit_store(settings)
    graphql = GraphQLEndpoint(
        schema,
        Application(
            authenticate=process.callers.authenticate,
            context_for=process.context_for,
            describe=describe_error,
            public_fields=frozenset({"__typename", *SIGN_IN_FIELDS}),
            revoked=process.callers.revoked,
            cursor_of=cursor_of,
            sharing_key=sharing_key,
            recipient_of=recipient_of,
            reading_scale=process.callers.reading_scales.scale,
            rate_limit_store=rate_limit_store,
            log_operation=telemetry.observe,
        ),
        policy_of(settings),
        clock=clock,
    )
    process.close_streams = graphql.close
    process.stop_operations = graphql.stop
    process.close_telemetry = telemetry.close
    if rate_limit_store is not None:
        process.close_rate_limit_store = rate_limit_store.close
    process.report_metrics = telemetry.report
    routes = [
        *graphql.routes("/graphql"),
        *health.routes(process.find_trouble),
        *exports.routes(lambda: process.app, [graphql.cross_origin(exports.EXPOSED_HEADERS)]),
        *imports.routes(lambda: process.app, [graphql.cross_origin((), ["PUT"])], [graphql.cross_origin(exports.EXPOSED_HEADERS)]),
        *password_pages.routes(lambda: process.app),
        *unsubscribing.routes(lambda: process.app),
        *IntakeEndpoint(lambda: process.app, intake_limits(settings), rate_limit_store).routes(),
        *sessions.routes(lambda: process.app, graphql.origins.may_use_cookies, [graphql.cross_origin((), ["POST"])]),
        *telemetry.routes(lambda: process.app, graphql, process.webhook_attempts),
        *(graphiql.routes(address) if settings.introspection else ()),
        *graphiql.favicon_routes(),
        *(schema_file.routes(schema.as_str()) if settings.introspection and not settings.in_production else ()),
    ]
    app = Starlette(
        routes=routes,
        middleware=[*([Middleware(PathPrefix, prefix=address.prefix)] if address.prefix else ()), *graphql.middleware("/graphql")],
        lifespan=process.lifespan,
        exception_handlers={HTTPException: error_pages.answer},
    )
    app.router.redirect_slashes = False  # Starlette would redirect to the `Host` of the request, which a proxy may have rewritten
    app.router.default = SlashRedirects(app.router, address)
    return app


def from_environment() -> Starlette:
    """Return the application for a worker process, with settings from the environment."""
    settings = load_settings(os.environ)
    logs.set_up_logs(settings.log_level, settings.log_format, settings.debug_loggers, trace_ids=settings.tracing)
    return create_app(settings)


def _rate_limit_store(settings: Settings) -> Any:
    """Return the store that the servers share their rate limits in; None without one."""
    if settings.rate_limit_store is None:
        return None
    try:
        store = importlib.import_module("gql_leads.graphql_server.rate_limit_store")
    except ImportError:
        raise SettingsError(
            "GQL_LEADS_RATE_LIMIT_STORE needs Redis' client: install the extra, as in pip install 'gql-leads[redis]'."
        ) from None
    return store.SharedWindows(settings.rate_limit_store)


def intake_limits(settings: Settings) -> IntakeLimits:
    """Return the limits of what is sent with intake keys."""
    return IntakeLimits(per_minute=settings.intake_rate_limit, body_size=settings.intake_max_bytes)


def policy_of(settings: Settings) -> Policy:
    """Return the limits of the GraphQL server that these settings give."""
    everyone = settings.introspection and not settings.in_production
    introspection = Introspection.EVERYONE if everyone else Introspection.MEMBERS if settings.introspection else Introspection.NOBODY
    return Policy(
        limits=Limits(
            tokens=settings.max_tokens,
            operations=settings.max_operations,
            depth=settings.max_depth,
            introspection_depth=settings.max_introspection_depth,
            introspected_fields=settings.max_introspected_fields,
            aliases=settings.max_aliases,
            directives=settings.max_directives,
            root_fields=settings.max_root_fields,
            cost=settings.max_cost,
            page_size=settings.page_size,
            largest_page=settings.max_page_size,
        ),
        introspection=introspection,
        suggestions=everyone,  # whoever may read the whole schema learns nothing by them
        persisted=settings.persisted_documents(),
        only_persisted=settings.documents_only,
        simple_get=settings.allow_get,
        allowed_origins=frozenset(settings.allowed_origins),
        own_origin=origin_of(settings.public_url),
        allows_local_origins=not settings.in_production,
        allowed_headers=settings.allowed_headers,
        body_size=settings.max_body_bytes,
        frame_size=settings.max_frame_bytes,
        header_size=settings.max_header_bytes,
        json_depth=settings.max_json_depth,
        deadline=settings.query_deadline_seconds,
        rate=settings.rate_limit,
        sockets_per_member=settings.sockets_per_member,
        operations_per_member=settings.operations_per_member,
        operations_per_socket=settings.operations_per_socket,
    )
