"""Telling people: rows first, then mail, with its own state."""
