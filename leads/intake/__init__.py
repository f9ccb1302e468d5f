"""From what was posted to touches, leads and deliveries."""
