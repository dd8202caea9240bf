"""Leads as files: what a list shows, as CSV.

A file says what the API says, in the API's words: enums by their names, instants in UTC to the millisecond, amounts in major units. It is
read part by part by what `store.leads` selects, the one door, so sight and masking are the list's own, and memory stays flat however long
it is.
"""
