"""The routes beside GraphQL: health, exported files, and the page to try the API on.

Nothing here decides anything about leads: a route reads its request, calls a service, and writes the answer.
"""
