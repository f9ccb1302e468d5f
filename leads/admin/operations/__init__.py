"""Who runs it: deliveries, inbound requests, replays, notices, the system."""
