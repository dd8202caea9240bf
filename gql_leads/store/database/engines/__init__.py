"""Tortoise's database clients, made safe for tasks that are cancelled while a transaction begins, and quick where statements are short.

A module's name tells Tortoise's migrations which schema editor it needs, so a client's must keep `sqlite` or `asyncpg` in it.
"""
