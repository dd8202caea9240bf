"""What the README asks of curl, for machines that have none."""

import sys
from argparse import ArgumentParser
from http.client import HTTPConnection
from urllib.parse import urlsplit


def main() -> None:
    """Post the data with the headers, and print what comes as it comes."""
    parser = ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-N", action="store_true")
    parser.add_argument("-H", action="append", default=[])
    parser.add_argument("-d", required=True)
    given = parser.parse_args()
    headers = dict(header.split(": ", 1) for header in given.H)
    url = urlsplit(given.url)
    connection = HTTPConnection(url.netloc)
    connection.request("POST", url.path, given.d.encode(), headers)
    response = connection.getresponse()
    while part := response.read1():
        sys.stdout.buffer.write(part)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
