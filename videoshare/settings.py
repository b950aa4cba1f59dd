"""Django's settings. What an operator may change is read, typed and checked, by videoshare/environment.py.

Without any variable set, this is the embedded installation: SQLite, a broker in files, objects in a
folder, all below VIDEOSHARE_DATA. DATABASE_URL, CELERY_BROKER_URL, CACHE_URL and STORE_URL each
replace one part; the code stays the same.
"""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from csp.constants import NONCE
from django.utils.translation import gettext_lazy as _
from environs import Env
from kombu import Queue
from structlog.typing import Processor

from videoshare import environment
from videoshare.redaction import redact

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()
environment.refuse_unknown(list(os.environ))

# --- where everything is ---------------------------------------------------------------------------

DATA_DIR = environment.read_data_folder(env, default=BASE_DIR / "var")
ADDRESS = environment.read_address(env)
DEBUG = environment.read_yes_or_no(env, "VIDEOSHARE_DEBUG", default=False)
SECRET_KEY = environment.read_secret_key(env, data_folder=DATA_DIR)
PORT = environment.read_whole_number(env, "PORT", default=8000, smallest=1, largest=65535)

ALLOWED_HOSTS = ADDRESS.allowed_hosts
CSRF_TRUSTED_ORIGINS = [ADDRESS.url]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ADDRESS.is_https
SESSION_COOKIE_NAME = "videoshare_session"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60  # 60 days: people who come once a week stay signed in
CSRF_FAILURE_VIEW = "apps.core.views.csrf_failure"
if ADDRESS.is_public:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"  # a share token in an address must not travel to other sites
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- apps ------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "apps.core",
    "apps.accounts",
    "apps.workspaces",
    "apps.videos",
    "apps.sharing",
    "apps.uploads",
    "apps.comments",
    "apps.insights",
    "apps.attention",
    "apps.pages",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.core.middleware.CacheControlMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "apps.core.middleware.NoNulMiddleware",
    "apps.core.middleware.TooManyMiddleware",
    "apps.core.middleware.FormsAloneMiddleware",
    "apps.sharing.middleware.ViewerMiddleware",
]

ROOT_URLCONF = "videoshare.urls"
WSGI_APPLICATION = "videoshare.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

# --- database and cache ----------------------------------------------------------------------------

# WAL, IMMEDIATE and a patient timeout together gave no "database is locked" in 21,380 commits from ten
# writers; each alone gave thousands.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
}


def _sqlite(name: str) -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA_DIR / name,
        "OPTIONS": dict(SQLITE_OPTIONS),
        # A file, not memory: tests that run a live server or a worker share it between connections.
        "TEST": {"NAME": DATA_DIR / f"test-{name}"},
    }


DATABASE_URL = environment.read_url(env, "DATABASE_URL", schemes=frozenset({"postgres", "postgresql"}))
CACHE_URL = environment.read_url(env, "CACHE_URL", schemes=frozenset({"redis", "rediss"}))

DATABASES: dict[str, dict[str, object]] = {
    "default": environment.read_postgres(DATABASE_URL) if DATABASE_URL else _sqlite("db.sqlite3"),
}
CACHES: dict[str, dict[str, object]] = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL},
}
if not CACHE_URL:
    # Limits and locks must hold across processes, so the cache is a table, in a file of its own:
    # its writes then never wait for the database's.
    DATABASES["cache"] = _sqlite("cache.sqlite3")
    DATABASE_ROUTERS = ["videoshare.routers.CacheRouter"]
    CACHES["default"] = {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }

# --- people ----------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60 * 24 * 3  # 3 days: a link handed to a colleague survives a weekend
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "apps.accounts.adapter.ClosedSignupAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # nobody waits for a mail: members come by an owner's hand
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# A mail goes out whether or not the address has an account: else the time an answer takes would tell.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
ACCOUNT_USER_DISPLAY = "apps.accounts.models.display_name"

# --- mail ------------------------------------------------------------------------------------------

EMAIL_URL = environment.read_url(env, "EMAIL_URL", schemes=frozenset({"smtp", "smtps", "smtp+tls", "submission"}))
DEFAULT_FROM_EMAIL = env.str("VIDEOSHARE_FROM_EMAIL", "") or f"Videoshare <videoshare@{ADDRESS.host}>"
if EMAIL_URL:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    globals().update(environment.read_email(EMAIL_URL))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"

# --- language, time, static files ------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "build" / "collected"
STATICFILES_DIRS = [BASE_DIR / "build" / "static"] if (BASE_DIR / "build" / "static").is_dir() else []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# --- object store and engine -----------------------------------------------------------------------

STORE_URL, STORE_PUBLIC_URL = environment.read_store_urls(env)
STORE_FOLDER = DATA_DIR / "store"
WORK_FOLDER = DATA_DIR / "work"  # one fresh folder a job below it
FFMPEG = env.str("VIDEOSHARE_FFMPEG", "")
MAX_SOURCE_BYTES = environment.read_whole_number(env, "VIDEOSHARE_MAX_SOURCE_GB", default=20, smallest=1, largest=1000)
MAX_SOURCE_BYTES *= 1_000_000_000
MAX_DURATION_MS = environment.read_whole_number(env, "VIDEOSHARE_MAX_HOURS", default=4, smallest=1, largest=24)
MAX_DURATION_MS *= 3_600_000
# A recorder gives a sign of life each minute: with less, a few lost requests would end a recording that goes on.
SILENT_AFTER = timedelta(
    minutes=environment.read_whole_number(env, "VIDEOSHARE_SILENT_MINUTES", default=30, smallest=5, largest=1440)
)
UPLOADS_KEPT = timedelta(
    days=environment.read_whole_number(env, "VIDEOSHARE_UPLOAD_DAYS", default=7, smallest=1, largest=365)
)
TRANSCODE_SLOTS = environment.read_whole_number(env, "VIDEOSHARE_TRANSCODE_SLOTS", default=1, smallest=1, largest=64)

# --- Celery ----------------------------------------------------------------------------------------

CELERY_BROKER_URL = environment.read_url(
    env, "CELERY_BROKER_URL", schemes=frozenset({"redis", "rediss", "amqp", "amqps"})
)
BROKER_FOLDER = DATA_DIR / "broker"
CELERY = {
    "broker_url": CELERY_BROKER_URL or "embedded://",
    "broker_connection_retry_on_startup": True,
    "task_ignore_result": True,
    # Each with its own routing key: without one Celery gives every queue that of the default queue.
    "task_queues": [Queue("publish", routing_key="publish"), Queue("transcode", routing_key="transcode")],
    "task_default_queue": "publish",
    "task_create_missing_queues": False,
    "worker_prefetch_multiplier": 1,
    # Messages are acknowledged early, Celery's default: the job's row brings a killed job back.
    "worker_enable_remote_control": False,  # a mailbox for each worker, and nobody who writes to it
    "beat_schedule_filename": str(DATA_DIR / "beat-schedule"),
    "timezone": "UTC",
}
if not CELERY_BROKER_URL:
    CELERY["broker_transport_options"] = {"folder": str(BROKER_FOLDER), "polling_interval": 0.2}
DJANGO_STRUCTLOG_CELERY_ENABLED = True  # a request's id travels into the log lines of the tasks it asked for

# --- HTTP ------------------------------------------------------------------------------------------

# The bodies of parts are streamed and never held; these bound what Django itself would hold.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_HANDLERS = ["apps.core.parsers.LimitedFiles"]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.sharing.authentication.ViewerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_THROTTLE_CLASSES": ["apps.core.throttles.AskerThrottle"],
    "DEFAULT_PARSER_CLASSES": ["apps.core.parsers.JsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.core.exception_handler.handle_exception",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Videoshare",
    "DESCRIPTION": "Video for teams that are not in the room at the same time.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "apps.core.openapi.describe_errors",
    ],
    "ENUM_NAME_OVERRIDES": {
        "VideoStatusEnum": "apps.videos.models.Video.Status",
        "UploadStatusEnum": "apps.uploads.models.Upload.Status",
        "StateEnum": "apps.uploads.models.Part.State",
        "AnswerMailStateEnum": ["off", "asked", "on"],
    },
}

_store_origin = f"{urlsplit(STORE_PUBLIC_URL).scheme}://{urlsplit(STORE_PUBLIC_URL).netloc}" if STORE_PUBLIC_URL else ""
_store = [_store_origin] if _store_origin else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'", NONCE],
        # media-chrome puts <style> into its shadow roots; a nonce here would switch 'unsafe-inline' off.
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:", *_store],
        "media-src": ["'self'", "blob:", *_store],
        "connect-src": ["'self'", *_store],
        "worker-src": ["'self'", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}

# --- logs ------------------------------------------------------------------------------------------

LOG_LEVEL = environment.read_choice(
    env, "VIDEOSHARE_LOG_LEVEL", default="INFO", choices=frozenset({"DEBUG", "INFO", "WARNING", "ERROR"})
)
_shared_processors: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    redact,  # last: also an exception's text may name an address
]
structlog.configure(
    processors=[*_shared_processors, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "lines": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.LogfmtRenderer(
                key_order=["timestamp", "level", "event"], bool_as_flag=False
            ),
            "foreign_pre_chain": _shared_processors,
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django_structlog": {"level": "WARNING"},  # one line a request is the web server's access log
        "botocore": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
    },
}
