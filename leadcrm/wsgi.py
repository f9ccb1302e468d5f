"""What the web server runs."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")

application = get_wsgi_application()

from leads.api.spooling import import_in_background  # noqa: E402  (the apps must be loaded)

import_in_background()
