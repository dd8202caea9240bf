"""Hand-written reads of leads: lists, search conditions, facets, boards, reports, duplicates, exports."""
