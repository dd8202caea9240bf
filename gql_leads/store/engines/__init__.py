"""Tortoise's two database clients, made safe for tasks that are cancelled while a transaction begins.

A module's name tells Tortoise's migrations which schema editor it needs, so it must keep `sqlite` or `asyncpg` in it.
"""
