"""Checks the Python before anything is imported that an old one would not understand."""

import sys

if sys.version_info < (3, 12):  # noqa: UP036
    sys.exit(f"Lead CRM needs Python 3.12 or newer; this is {sys.version.split()[0]}. `make run` finds one.")

from leadcrm.start.command import main

sys.exit(main(sys.argv[1:]))
