"""Comparison of names, e-mail addresses and domains of companies and persons."""
