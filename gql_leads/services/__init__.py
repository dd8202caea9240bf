"""Use cases: one module per subject, one function per mutation, named after it.

A service validates its input, opens `app.unit_of_work(viewer)`, checks the domain's rules and saves what changed; leaving the block
writes history and events and commits.
"""
