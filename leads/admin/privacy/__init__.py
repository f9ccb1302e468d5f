"""Requests of people about their data, retention, and the audit."""
