"""What is served beside GraphQL: health, figures, exported files, and the page to try the API on; and what traces are told.

Nothing here decides anything about leads: a route reads its request, calls a service, and writes the answer.
"""
