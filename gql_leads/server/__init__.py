"""How patient a connection is with its client: how long it waits, how much it takes in, and how much it keeps for who does not read.

Uvicorn's protocols, but that each of these has an end. They are told of by `uvicorn.run(http=…, ws=…)`.
"""
