"""Uploads of files to be imported, and downloads of their errors, through signed links."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from gql_leads.domain.errors import Forbidden, Unavailable
from gql_leads.domain.imports.states import ImportState
from gql_leads.services.app_context import AppContext
from gql_leads.services.imports.imports import errors_csv, open_errors_link, open_upload_link
from gql_leads.services.imports.uploads import RefusedUpload, receive_file, too_large

HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
ERRORS_METHODS: Final = ["GET", "HEAD", "OPTIONS"]


def routes(
    app_of: Callable[[], AppContext], upload_middleware: Sequence[Middleware] = (), download_middleware: Sequence[Middleware] = ()
) -> list[Route]:
    """Return `PUT /imports/upload?token=…` and `GET /imports/errors.csv?token=…`.

    The middleware adds the CORS headers, so preflights have to reach it.
    """

    async def upload(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=HEADERS | {"allow": "PUT, OPTIONS"})
        try:
            app = app_of()
            started = await open_upload_link(app, request.query_params.get("token", ""))
            if started.state != ImportState.PENDING:
                raise RefusedUpload(409, "This import has its file already, or has ended. Start another import for another file.")
            _check_headers(request, app.import_limits.size)
            await receive_file(app, started.id, request.stream())
        except Forbidden as error:
            return _refusal(403, error.message)
        except RefusedUpload as error:
            return _refusal(error.status, error.message)
        except Unavailable as error:
            return _refusal(503, error.message)
        except ClientDisconnect:
            return _refusal(400, "The upload was cut off. Repeat it.")
        return PlainTextResponse("The file is here, and the import runs.\n", 202, headers=HEADERS)

    async def errors(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=HEADERS | {"allow": ", ".join(ERRORS_METHODS)})
        try:
            app = app_of()
            import_id = await open_errors_link(app, request.query_params.get("token", ""))
        except Forbidden as error:
            return _refusal(403, error.message)
        except Unavailable as error:
            return _refusal(503, error.message)
        headers = {**HEADERS, "content-disposition": 'attachment; filename="errors.csv"'}
        content: AsyncIterator[bytes] = errors_csv(app, import_id)
        return StreamingResponse(content if request.method == "GET" else iter(()), headers=headers, media_type="text/csv; charset=utf-8")

    return [
        Route("/imports/upload", upload, methods=["PUT", "OPTIONS"], middleware=upload_middleware),
        Route("/imports/errors.csv", errors, methods=ERRORS_METHODS, middleware=download_middleware),
    ]


def _check_headers(request: Request, most: int) -> None:
    """Raise RefusedUpload for a compressed body, and for one that says that it is too large."""
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise RefusedUpload(415, f"The file is sent as {encoding[:20]!r}. Send it as it is, without Content-Encoding.")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > most:
        raise RefusedUpload(413, too_large(most))


def _refusal(status: int, message: str) -> Response:
    return PlainTextResponse(f"{message}\n", status, headers=HEADERS)
