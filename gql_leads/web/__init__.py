"""Routes other than GraphQL: health, metrics, exported files and GraphiQL.

Routes contain no rules about leads: they read the request, call a service and write the response.
"""
