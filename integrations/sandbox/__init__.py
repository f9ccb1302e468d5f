"""Small HTTP servers that behave as the outside systems do: a lead can be seen arriving without an account anywhere.

Part of the product: `make run` starts them, operators rehearse outages with them, tests use them over real sockets.
Standard library only, loopback by default; nothing here is shared with the connectors, so both cannot share a mistake.
"""
