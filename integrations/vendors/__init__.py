"""What several kinds of one vendor share: credentials, addresses, the reading of errors. Connectors know it; it knows none."""
