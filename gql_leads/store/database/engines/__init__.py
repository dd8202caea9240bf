"""Tortoise database clients that survive cancelled tasks and run short statements with little overhead.

Tortoise's migrations choose the schema editor by module name: it must contain `sqlite` or `asyncpg`.
"""
