"""`gql-leads serve`: run the API in one or several processes."""

import asyncio
import gc
import os
import sys
from contextlib import suppress
from typing import Annotated, Final

import structlog
import typer
import uvicorn
from starlette.applications import Starlette
from uvicorn.supervisors import Multiprocess

from gql_leads import logs
from gql_leads.app import create_app
from gql_leads.cli.app_context import open_app_context
from gql_leads.cli.demo import DEMO_REP, fill_demo
from gql_leads.cli.listening import BACKLOG, address_of, bind, listen
from gql_leads.cli.tokens import TOKEN_LIFETIME, mint_token
from gql_leads.demo import fill as demonstration
from gql_leads.environment import PREFIX
from gql_leads.server.http import TimeoutProtocol
from gql_leads.server.websockets import BoundedWebSocket
from gql_leads.settings import Settings, load_settings
from gql_leads.store.database.migrate import migrate
from gql_leads.web.worker_metrics import metrics_folder

logger = structlog.get_logger(__name__)

GC_THRESHOLD: Final = 20_000
"""Allocations between two garbage collections. One page of leads makes more objects than Python's default of 700."""
SHUTDOWN_MARGIN: Final = 10
"""Seconds after which uvicorn cancels what the lifespan has not ended by then."""
PUBLIC_URL: Final = f"{PREFIX}PUBLIC_URL"


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="The number of server processes.")] = 1,
    demo: Annotated[bool, typer.Option("--demo", help="Fill an empty database with demo data, and print a token for it.")] = False,
) -> None:
    """Serve the API until the process gets SIGINT or SIGTERM."""
    bound = bind(host, port)
    address = address_of(host, bound)
    # Worker processes read their settings from the environment, so the default of the public address has to be there.
    os.environ[PUBLIC_URL] = os.environ.get(PUBLIC_URL) or address
    settings = load_settings(os.environ)
    logs.set_up_logs(settings.log_level, settings.log_format, settings.debug_loggers, trace_ids=settings.tracing)
    token = None
    if demo:
        token = asyncio.run(_prepare_demo(settings))
    elif settings.auto_migrate:
        asyncio.run(migrate(settings.connection_url))
    # Built here even for several workers: uvicorn would restart workers that fail on a wrong setting forever.
    application = create_app(settings)
    config = _uvicorn_config(settings, application if workers == 1 else "gql_leads.app:from_environment", workers)
    listen(bound)
    logger.info("Listening on %s", address)
    if token is not None:
        print(f"GraphiQL: {settings.public_url}/graphiql")
        print(f"A token of {DEMO_REP}, valid for 12 hours:\n{token}", flush=True)
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)
    if workers > 1:
        with metrics_folder(os.environ):
            Workers(config, sockets=[bound]).run()
        return
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[bound])
    if not server.started:
        sys.exit(1)


class Workers(Multiprocess):
    """Worker processes that share a listening socket."""

    def terminate_all(self) -> None:
        """Stop all workers; close the socket first, or new connections would wait for workers that accept none."""
        for bound in self.sockets:
            bound.close()
        super().terminate_all()


def _uvicorn_config(settings: Settings, application: Starlette | str, workers: int) -> uvicorn.Config:
    return uvicorn.Config(
        application, factory=workers > 1, workers=workers if workers > 1 else None, http=TimeoutProtocol, ws=BoundedWebSocket,
        proxy_headers=bool(settings.trusted_proxies), forwarded_allow_ips=list(settings.trusted_proxies),
        log_config=None, access_log=False, server_header=False, backlog=BACKLOG, timeout_keep_alive=settings.keep_alive_seconds,
        timeout_graceful_shutdown=settings.shutdown_seconds + SHUTDOWN_MARGIN, timeout_worker_healthcheck=60,
        ws_per_message_deflate=False, ws_ping_interval=settings.ping_seconds, ws_ping_timeout=settings.ping_seconds,
        ws_max_size=settings.max_frame_bytes, h11_max_incomplete_event_size=settings.max_header_bytes,
    )  # fmt: skip


async def _prepare_demo(settings: Settings) -> str:
    """Fill an empty database and return a token of a member."""
    async with open_app_context(settings) as app:
        if not await demonstration.is_filled(app):
            await fill_demo(app, demonstration.LEADS, demonstration.SEED)
        return await mint_token(app, settings, DEMO_REP, TOKEN_LIFETIME)
