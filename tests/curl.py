"""The options of curl that the documentation uses, for machines without curl."""

import sys
from argparse import ArgumentParser
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit


def main() -> None:
    """Send the request and print the response as it arrives."""
    parser = ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-N", action="store_true")
    parser.add_argument("-H", action="append", default=[])
    parser.add_argument("-d")
    parser.add_argument("-T")
    arguments = parser.parse_args()
    headers = dict(header.split(": ", 1) for header in arguments.H)
    url = urlsplit(arguments.url)
    connection = HTTPConnection(url.netloc)
    path = f"{url.path}?{url.query}" if url.query else url.path
    if arguments.T is not None:
        connection.request("PUT", path, Path(arguments.T).read_bytes(), headers)
    elif arguments.d is None:
        connection.request("GET", path, headers=headers)
    else:
        body = sys.stdin.read() if arguments.d == "@-" else arguments.d
        connection.request("POST", path, body.encode(), headers)
    response = connection.getresponse()
    while part := response.read1():
        sys.stdout.buffer.write(part)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
