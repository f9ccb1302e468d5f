"""Leads to files: those that the list shows to a person, as the list shows them to that person."""
