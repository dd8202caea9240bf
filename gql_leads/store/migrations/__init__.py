"""How the tables came about, one file a step. Applied by `store.database.migrate`, never edited once released."""
