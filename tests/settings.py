"""The product's settings with what a test run needs: known keys, a database of its own, loopback allowed.

``TEST_DATABASE=postgresql`` runs against PostgreSQL: the server of ``TEST_DATABASE_URL``, else one started here.
"""

import os
import tempfile

os.environ.setdefault("LEADCRM_STATE_DIR", tempfile.mkdtemp(prefix="leadcrm-tests-"))
if os.environ.get("TEST_DATABASE") == "postgresql" and not os.environ.get("TEST_DATABASE_URL"):
    from tests import postgres

    os.environ["TEST_DATABASE_URL"] = postgres.start()
if os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
else:
    os.environ.pop("DATABASE_URL", None)

os.environ.update(
    {
        "LEADCRM_READ_LOCAL_ENV": "false",
        "LEADCRM_SECRET_KEY": "tests-only-" + "0123456789abcdef" * 4,
        "LEADCRM_FIELD_KEYS": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "LEADCRM_PUBLIC_URL": "https://leads.example.com",
        "LEADCRM_ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8,::1/128",
        "LEADCRM_ALLOW_HTTP_DESTINATIONS": "true",
    }
)

from leadcrm.settings import *  # noqa: F403
from leadcrm.settings import DATABASES, STATIC_ROOT

STATIC_ROOT.mkdir(parents=True, exist_ok=True)

if "postgresql" not in str(DATABASES["default"]["ENGINE"]):
    # A file, not memory: threads and processes share it as in production. Nothing waits for the disk.
    DATABASES["default"]["TEST"] = {"NAME": os.path.join(os.environ["LEADCRM_STATE_DIR"], "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SECURE_SSL_REDIRECT = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
