"""Small pages without scripts: their templates and response headers."""

from importlib.resources import files
from typing import Final

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_environment: Final = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)


def page_template(filename: str) -> Template:
    """Return the template in this file of `templates/`."""
    return _environment.from_string(files("gql_leads.web").joinpath("templates", filename).read_text("utf-8"))
