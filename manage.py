#!/usr/bin/env python
"""Django's command line for Lead CRM."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        raise SystemExit("Django is missing in this Python. Run `make setup`, then use .venv/bin/python.") from None
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
