"""Leads from files: read, checked before anything is stored, imported like posted ones, and taken back again."""
