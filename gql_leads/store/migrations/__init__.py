"""How the tables came about, one file a step. Applied by `store.migrate`, never edited once released."""
