"""Settings, all from the environment. The list of variables stands in docs/guides/operate.md; a test compares it
with docker-compose.yml."""

from __future__ import annotations

import os
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF

BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = Path(os.environ.get("PORTAL_STATE_DIR", BASE_DIR / "var"))

PORTAL_ROLE = os.environ.get("PORTAL_ROLE", "web")
PORTAL_DEVELOPMENT = os.environ.get("PORTAL_DEVELOPMENT") == "1"
PORTAL_BASE_URL = os.environ.get("PORTAL_BASE_URL", "http://localhost:8000")
# A tick with more steps than this in one regency, and than thrice its busiest day, waits for a person.
PORTAL_CHASE_HOLD_ABOVE = int(os.environ.get("PORTAL_CHASE_HOLD_ABOVE", "300"))
# Prometheus shows it as a bearer token at /metrics; without it there is no such page.
PORTAL_METRICS_TOKEN = os.environ.get("PORTAL_METRICS_TOKEN", "")
PORTAL_HTTPS = os.environ.get("PORTAL_HTTPS") == "1"
PORTAL_SCOPE_RESOLVER = "agencies.access.scope_of_request"
PORTAL_DEMO_SIGN_INS = "reporting.demo.demo_sign_ins"

SECRET_KEY = os.environ.get("SECRET_KEY", "")
DEBUG = False
ALLOWED_HOSTS = [host for host in os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1").split(",") if host]
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("CSRF_TRUSTED_ORIGINS", "").split(",") if origin]

DATABASE_URLS = {
    "web": os.environ.get("DATABASE_URL", ""),
    "worker": os.environ.get("DATABASE_WORKER_URL", ""),
    "owner": os.environ.get("DATABASE_OWNER_URL", ""),
}
DATABASES = {
    "default": {
        **dj_database_url.parse(DATABASE_URLS[PORTAL_ROLE] or "postgres:///portal", conn_max_age=60),
        "ATOMIC_REQUESTS": True,
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "katingan_portal.spreadsheets.admin_config.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "import_export",
    "katingan_portal.tenancy",
    "katingan_portal.accounts",
    "katingan_portal.audit",
    "katingan_portal.outbox",
    "katingan_portal.spreadsheets",
    "katingan_portal.ui",
    "villages",
    "agencies",
    "cooperatives",
    "reporting",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # pads each answer by a random length, against guessing the CSRF token
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "katingan_portal.accounts.middleware.RequestIdMiddleware",
    "katingan_portal.accounts.middleware.SessionSeenMiddleware",
    "katingan_portal.accounts.middleware.NoNulMiddleware",
    "katingan_portal.tenancy.middleware.RegencyScopeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "katingan_portal.urls"
WSGI_APPLICATION = "katingan_portal.wsgi.application"
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
                "katingan_portal.navigation.portal",
            ],
            "builtins": ["katingan_portal.ui.templatetags.portal_ui", "reporting.templatetags.reporting_tags"],
        },
    }
]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["katingan_portal.accounts.backends.NameOrEmailBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username", "full_name", "email"]},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "home"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = PORTAL_HTTPS
CSRF_COOKIE_HTTPONLY = False
CSRF_COOKIE_SECURE = PORTAL_HTTPS
SECURE_HSTS_SECONDS = 31536000 if PORTAL_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PORTAL_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PORTAL_HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "id"
TIME_ZONE = "Asia/Jakarta"
USE_TZ = True
USE_I18N = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "static/"
STATIC_ROOT = STATE_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    "evidence": {
        "BACKEND": "reporting.submissions.evidence.storage.DurableFiles",
        "OPTIONS": {
            "location": os.environ.get("EVIDENCE_DIR") or STATE_DIR / "evidence",
            "file_permissions_mode": None,
        },
    },
}
if EVIDENCE_S3_BUCKET := os.environ.get("EVIDENCE_S3_BUCKET", ""):
    # Needs `pip install django-storages[s3]`; keys come from the AWS_… variables or files that boto3 reads by itself.
    STORAGES["evidence"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": EVIDENCE_S3_BUCKET,
            "endpoint_url": os.environ.get("EVIDENCE_S3_ENDPOINT") or None,
            "default_acl": "private",
            "file_overwrite": True,
        },
    }
MEDIA_ROOT = STATE_DIR / "media"
MIB = 1024 * 1024
EVIDENCE_MAX_FILE_BYTES = int(os.environ.get("EVIDENCE_MAX_FILE_MIB", "10")) * MIB
EVIDENCE_MAX_REPORT_BYTES = int(os.environ.get("EVIDENCE_MAX_REPORT_MIB", "50")) * MIB
EVIDENCE_MAX_FILES = int(os.environ.get("EVIDENCE_MAX_FILES", "20"))
EVIDENCE_MAX_PIXELS = int(os.environ.get("EVIDENCE_MAX_MEGAPIXELS", "50")) * 1_000_000
CLAMD_ADDRESS = os.environ.get("CLAMD_ADDRESS", "")
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * MIB
DATA_UPLOAD_MAX_NUMBER_FILES = 100
LARGEST_UPLOAD_BYTES = EVIDENCE_MAX_REPORT_BYTES + 4 * MIB
FILE_UPLOAD_HANDLERS = [
    "katingan_portal.spreadsheets.uploads.BoundedUploads",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS") == "1"
EMAIL_USE_SSL = os.environ.get("EMAIL_USE_SSL") == "1"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "Portal Koperasi <portal@localhost>")
PORTAL_BOUNCE_ADDRESS = os.environ.get("PORTAL_BOUNCE_ADDRESS", "")
PORTAL_BOUNCE_MAILDIR = os.environ.get("PORTAL_BOUNCE_MAILDIR", "")
PORTAL_MAIL_LOG = os.environ.get("PORTAL_MAIL_LOG", "")
PORTAL_MAIL_PER_DOMAIN_A_DAY = int(os.environ.get("PORTAL_MAIL_PER_DOMAIN_A_DAY", "500"))

PORTAL_WHATSAPP_TOKEN = os.environ.get("PORTAL_WHATSAPP_TOKEN", "")
PORTAL_WHATSAPP_PHONE_NUMBER_ID = os.environ.get("PORTAL_WHATSAPP_PHONE_NUMBER_ID", "")
PORTAL_WHATSAPP_TEMPLATE = os.environ.get("PORTAL_WHATSAPP_TEMPLATE", "")
PORTAL_WHATSAPP_LANGUAGE = os.environ.get("PORTAL_WHATSAPP_LANGUAGE", "id")
PORTAL_WHATSAPP_APP_SECRET = os.environ.get("PORTAL_WHATSAPP_APP_SECRET", "")
PORTAL_WHATSAPP_VERIFY_TOKEN = os.environ.get("PORTAL_WHATSAPP_VERIFY_TOKEN", "")
PORTAL_WHATSAPP_URL = os.environ.get("PORTAL_WHATSAPP_URL", "https://graph.facebook.com")
PORTAL_WHATSAPP_VERSION = os.environ.get("PORTAL_WHATSAPP_VERSION", "v24.0")

# The broker is a doorbell: the rows in PostgreSQL are the queue. A task may vanish, run twice or late.
CELERY_BROKER_URL = os.environ.get("REDIS_URL", "redis://localhost:6379/0")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 240
CELERY_TASK_SOFT_TIME_LIMIT = 200
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = TIME_ZONE
CELERY_ENABLE_UTC = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    # What a dead worker held is looked for every ten seconds; by default only at every tenth such look.
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 15,
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "agencies.access.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["agencies.access.HasScope"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "API Portal Koperasi Merah Putih",
    "DESCRIPTION": "Hanya baca. Setiap permintaan melihat satu kabupaten: milik keanggotaan atau kunci yang dipakai.",
    "VERSION": "1",
    "SERVE_PERMISSIONS": ["agencies.access.HasScope"],
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

IMPORT_EXPORT_USE_TRANSACTIONS = True
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = False  # our formats escape by themselves, and more than a leading "="

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "katingan_portal.logs.DiscreetFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
