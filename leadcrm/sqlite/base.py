"""Django's backend for SQLite, for the SQLite that Lead CRM asks for.

Django 5.2 puts at most 999 values into one statement, which was the limit until SQLite 3.32 (SQLite, "Limits In
SQLite", SQLITE_MAX_VARIABLE_NUMBER). Fifty leads would take three statements instead of one.
"""

from django.db.backends.sqlite3 import base, features


class DatabaseFeatures(features.DatabaseFeatures):
    max_query_params = 32_766


class DatabaseWrapper(base.DatabaseWrapper):
    features_class = DatabaseFeatures
