"""The fields of a form sent as `multipart/form-data` (RFC 7578), as scripts send a `FormData` object; files are refused."""

from email.message import Message
from email.parser import BytesHeaderParser
from typing import Final

from gql_leads.intake.bodies import MOST_FIELDS, Unreadable, media_header, python_charset

MULTIPART: Final = "multipart/form-data"
LONGEST_BOUNDARY: Final = 70
"""The limit of RFC 2046."""
_PLAIN_ENCODINGS: Final = frozenset(["7bit", "8bit", "binary"])


def read_multipart(body: bytes, content_type: str) -> dict[str, str]:
    """Return the fields of a form, the first value of each; raise Unreadable.

    The field `_charset_`, which browsers fill in, names the charset of the values.
    """
    values: dict[str, bytes] = {}
    for head, content in _parts(body, content_type):
        name = _name(head, content)
        if name is not None:
            values.setdefault(name.strip(), content)
    encoding = python_charset(values.get("_charset_", b"utf-8").decode("ascii", "replace"))
    try:
        return {name: content.decode(encoding) for name, content in values.items()}
    except UnicodeDecodeError:
        raise Unreadable(400, f"The form is not valid {encoding.upper()}. Send it in UTF-8.") from None


def _parts(body: bytes, content_type: str) -> list[tuple[Message, bytes]]:
    boundary = media_header(content_type).get_boundary("")
    if not 0 < len(boundary) <= LONGEST_BOUNDARY or not boundary.isascii():
        raise Unreadable(400, "Name the boundary of the parts in the content type, as browsers do.")
    _, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    if not parts or not parts[-1].startswith(b"--"):
        raise Unreadable(400, "The form ended too early: its last boundary is missing.")
    if len(parts) > MOST_FIELDS + 1:
        raise Unreadable(413, f"Send at most {MOST_FIELDS} fields.")
    found = []
    for part in parts[:-1]:
        head, blank_line, content = part.partition(b"\r\n\r\n")
        if not blank_line:
            raise Unreadable(400, "A part of the form has no blank line after its headers.")
        found.append((BytesHeaderParser().parsebytes(head.lstrip()), content))
    return found


def _name(head: Message, content: bytes) -> str | None:
    """Return the name of a field, None for a file that was not chosen; raise Unreadable for a file."""
    if str(head.get("content-transfer-encoding", "binary")).strip().lower() not in _PLAIN_ENCODINGS:
        raise Unreadable(415, "Send the fields without a content-transfer-encoding.")
    if head.get_filename() is not None or head.get_param("filename", header="content-disposition") is not None:
        if content:
            raise Unreadable(415, "Files are not accepted here. Remove the file field from the form.")
        return None
    name = head.get_param("name", header="content-disposition")
    if not isinstance(name, str):
        raise Unreadable(400, "A part of the form has no name.")
    return name
