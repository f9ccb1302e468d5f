"""Django's settings for Lead CRM. Values that differ between installations come from ``leadcrm.env``."""

import ipaddress
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from leadcrm import embedded, env

BASE_DIR = Path(__file__).resolve().parent.parent
public = urlsplit(env.PUBLIC_URL)
is_public_https = public.scheme == "https"

SECRET_KEY = env.SECRET_KEY
DEBUG = env.DEBUG
ALLOWED_HOSTS = env.ALLOWED_HOSTS or [str(public.hostname), *(["localhost"] if public.hostname == "127.0.0.1" else [])]
CSRF_TRUSTED_ORIGINS = [env.PUBLIC_URL]
ROOT_URLCONF = "leadcrm.urls"
WSGI_APPLICATION = "leadcrm.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEST_RUNNER = "django.test.runner.DiscoverRunner"

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # before the admin, whose templates it replaces
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "leadcrm.admin_site.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "knox",
    "axes",
    "leads",
    "leadcrm",
]

MIDDLEWARE = [
    "leadcrm.probes.ProbeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "leads.admin.people.preferences.OwnLanguageAndTime",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database -------------------------------------------------------------------------------------------------------

# Connections stay open: opening one per request costs PostgreSQL nine tenths of its throughput.
DATABASES: dict[str, dict[str, Any]] = {
    "default": {**env.DATABASE, "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["ENGINE"] = "leadcrm.sqlite"
    DATABASES["default"]["OPTIONS"] = {
        # A transaction that reads first and writes later fails at once under any other mode, whatever the timeout.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    # A server that does not answer must not hang a webhook, whose sender waits and does not come back.
    DATABASES["default"]["OPTIONS"] = {"connect_timeout": 5} | DATABASES["default"].get("OPTIONS", {})

# --- Signing in -----------------------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "admin/locked_out.html"
AXES_VERBOSE = False
AXES_ENABLE_ACCESS_FAILURE_LOG = True  # for the audit, which clears it after its time
AXES_IPWARE_PROXY_COUNT = env.PROXY_COUNT or None

# --- Transport security ---------------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = is_public_https
SECURE_REDIRECT_EXEMPT = [r"^webhooks/"]  # a lead that is redirected is lost, and its address was sent already
SECURE_HSTS_SECONDS = 31_536_000 if is_public_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = is_public_https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.PROXY_COUNT else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- Mail: for notices to who looks after the installation -----------------------------------------------------------

EMAIL_BACKEND = env.EMAIL["EMAIL_BACKEND"]
EMAIL_HOST = env.EMAIL.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = env.EMAIL.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = env.EMAIL.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = env.EMAIL.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = bool(env.EMAIL.get("EMAIL_USE_TLS"))
EMAIL_USE_SSL = bool(env.EMAIL.get("EMAIL_USE_SSL"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.EMAIL_FROM or f"leads@{public.hostname}"

# --- Languages and time ---------------------------------------------------------------------------------------------

LANGUAGE_CODE = env.LANGUAGE
LANGUAGES = [("en", _("English")), ("ko", _("Korean"))]
LOCALE_PATHS = [BASE_DIR / "leadcrm" / "locale"]
FORMAT_MODULE_PATH = ["leadcrm.formats"]
TIME_ZONE = env.TIME_ZONE
USE_TZ = True

# --- Static files ---------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = embedded.state_dir() / "static"

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- Celery: it carries the work, the rows are the record of it -------------------------------------------------------

CELERY_BROKER_URL = env.BROKER_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Without these a broker that accepts and never answers hangs a publish for ever.
    "socket_timeout": 2,
    "socket_connect_timeout": 1,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
    "visibility_timeout": 300,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_SOFT_TIME_LIMIT = 170
CELERY_TASK_TIME_LIMIT = 200
CELERY_TASK_DEFAULT_QUEUE = "leadcrm"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_DB_REUSE_MAX = 1000
CELERY_TIMEZONE = "UTC"

# --- API ------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "leads.api.v1.authentication.BearerToken",  # first, so that it says how to sign in
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": [
        "leads.api.v1.throttling.ReadRate",
        "leads.api.v1.throttling.WriteRate",
        "rest_framework.throttling.AnonRateThrottle",  # by address; only the description is open to everybody
    ],
    "DEFAULT_THROTTLE_RATES": {"read": "1200/min", "write": "300/min", "anon": "60/min"},
    "NUM_PROXIES": env.PROXY_COUNT,
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["leads.api.v1.parsing.JsonParser"],
    "DEFAULT_METADATA_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "leads.api.v1.problems.ProblemHandler",
    "NESTED_FIELD_SEPARATOR": "/",
}
REST_KNOX = {"AUTH_HEADER_PREFIX": "Bearer", "TOKEN_TTL": timedelta(days=365), "AUTO_REFRESH": False}
SPECTACULAR_SETTINGS = {
    "TITLE": "Lead CRM",
    "DESCRIPTION": "Read what came in and where it went, and put right what failed.\n\n"
    "Lists are newest first. `next` is the address of the next page, and there are no totals. Times have their zone; "
    "in filters `…_after` means at or after and `…_before` means before. A parameter or field that is not known is "
    "refused. Errors are problem documents (RFC 9457).",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "ActivityKind": "leads.states.ActivityKind",
        "LoggedKind": "leads.api.v1.lead_work.LOGGED",
        "TaskKind": "leads.states.TaskKind",
        "DeliveryState": "leads.states.DeliveryState",
        "InboundState": "leads.states.InboundState",
        "KindEnum": "leads.models.destination.kind_choices",
        "ResendKind": "leads.models.resend_job.ResendKind",
        "ResendState": "leads.models.resend_job.ResendState",
        "ImportState": "leads.models.import_job.ImportState",
        "ExportState": "leads.models.export_job.ExportState",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "leads.api.v1.schema.add_problems",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},  # the usual validator is a foreign server
}

# --- Logs: to stderr, without personal data or secrets --------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_webhook_secrets": {"()": "leadcrm.logs.WithoutWebhookSecrets"}},
    "formatters": {
        "text": {"()": "leadcrm.logs.PlainFormatter", "format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        "json": {"()": "leadcrm.logs.JsonFormatter"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": env.LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": env.LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.request": {"filters": ["without_webhook_secrets"]},
        "django.server": {"handlers": [], "propagate": True, "filters": ["without_webhook_secrets"]},
        "axes": {"level": "WARNING"},
        "celery": {"level": "WARNING"},  # it would tell of every task, of which there are several a second
    },
}

# --- The product's own ----------------------------------------------------------------------------------------------

LEADCRM_PUBLIC_URL = env.PUBLIC_URL
LEADCRM_FIELD_KEYS = env.FIELD_KEYS
LEADCRM_PROXY_COUNT = env.PROXY_COUNT
LEADCRM_ALLOWED_PRIVATE_NETWORKS = [ipaddress.ip_network(text) for text in env.ALLOWED_PRIVATE_NETWORKS]
LEADCRM_ALLOW_HTTP_DESTINATIONS = env.ALLOW_HTTP_DESTINATIONS
LEADCRM_SENDS_MAIL = bool(env.EMAIL_URL)
LEADCRM_CHAT_URL = env.CHAT_URL
LEADCRM_NOTICES_NAME_PEOPLE = env.NOTICES_NAME_PEOPLE
LEADCRM_METRICS_TOKEN = env.METRICS_TOKEN
LEADCRM_SANDBOX_URL = env.SANDBOX_URL
LEADCRM_SANDBOX_SECRET = env.SANDBOX_SECRET
LEADCRM_WEBHOOK_LIMIT_PER_MINUTE = env.WEBHOOK_LIMIT_PER_MINUTE
LEADCRM_SPOOL_DIR = env.SPOOL_DIR
LEADCRM_EXPORT_DIR = env.EXPORT_DIR
LEADCRM_IMPORT_CLOCK_AFTER = timedelta(days=env.IMPORT_CLOCK_DAYS)
LEADCRM_REPEAT_WINDOW = timedelta(seconds=env.REPEAT_WINDOW_SECONDS)
LEADCRM_RETRY_WAITS = [timedelta(seconds=int(wait)) for wait in env.RETRY_WAITS]
LEADCRM_DELIVERY_DEADLINE = timedelta(days=env.DELIVERY_DEADLINE_DAYS)

# --- The admin's theme ----------------------------------------------------------------------------------------------

UNFOLD = {
    "SITE_TITLE": "Lead CRM",
    "SITE_HEADER": "Lead CRM",
    "SITE_SYMBOL": "inbox",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("leadcrm/favicon.svg")},
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "ACCOUNT": {
        "navigation": [
            {"title": _("My settings"), "link": reverse_lazy("admin:leads_my_settings")},
            {"title": _("Change password"), "link": reverse_lazy("admin:password_change")},
        ]
    },
    "SHOW_BACK_BUTTON": True,
    "DASHBOARD_CALLBACK": "leads.admin.overview.landing.overview",
    "ENVIRONMENT": "leads.admin.overview.first_steps.demo_badge",
    "STYLES": [lambda request: static("leadcrm/admin.css")],
    "SCRIPTS": [lambda request: static("leadcrm/admin.js"), lambda request: static("leadcrm/leads.js")],
    "COMMAND": {"search_models": ["leads.lead", "leads.destination", "leads.offer"]},
    "SIDEBAR": {"show_search": True, "show_all_applications": False, "navigation": "leads.admin.navigation.sidebar"},
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.604)",
            "100": "oklch(93.2% .032 255.585)",
            "200": "oklch(88.2% .059 254.128)",
            "300": "oklch(80.9% .105 251.813)",
            "400": "oklch(70.7% .165 254.624)",
            "500": "oklch(62.3% .214 259.815)",
            "600": "oklch(54.6% .245 262.881)",
            "700": "oklch(48.8% .243 264.376)",
            "800": "oklch(42.4% .199 265.638)",
            "900": "oklch(37.9% .146 265.522)",
            "950": "oklch(28.2% .091 267.935)",
        },
    },
}
