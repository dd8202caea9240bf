"""The command line: one module per command group.

`main` registers the commands and turns errors into one sentence.
"""
