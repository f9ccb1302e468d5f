"""What several kinds of one vendor share: credentials, addresses, the reading of errors.

Connectors build on it; it knows none of them.
"""
