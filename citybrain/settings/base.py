"""Settings every environment shares. The environment is read in this package and nowhere else.

Every variable is explained in ``.env.example``.
"""

from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from citybrain.settings.equipment import *  # noqa: F403  settings modules extend one another
from citybrain.settings.equipment import VIDEO_MEDIA_ORIGINS
from citybrain.settings.ground import *  # noqa: F403
from citybrain.settings.ground import BASE_DIR, DEMO, VAR_DIR, env
from citybrain.settings.schedule import CELERY_BEAT_SCHEDULE as CELERY_BEAT_SCHEDULE

SECRET_KEY = env.str("CITYBRAIN_SECRET_KEY")
# Earlier ones still open what was sealed and signed under them, until all is sealed anew.
SECRET_KEY_FALLBACKS = env.list("CITYBRAIN_SECRET_KEY_FALLBACKS", default=[])
# What secrets and identity numbers are sealed with from now on: "sm4" or "aes".
FIELD_CIPHER = env.str("CITYBRAIN_FIELD_CIPHER", default="sm4")
DEBUG = False
ALLOWED_HOSTS = env.list("CITYBRAIN_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CITYBRAIN_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "apps.accounts.apps.ConsoleConfig",  # django.contrib.admin behind our door
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.idp.oidc",
    "allauth.usersessions",
    "channels",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "guardian",
    "leaflet",
    "rest_framework",
    # Lowest layer first; the order of the layers is checked in pyproject.toml.
    "apps.common",
    "apps.audit",
    "apps.places",
    "apps.accounts",
    "apps.assets",
    "apps.rules",
    "apps.clocks",
    "apps.notices",
    "apps.nlp",
    "apps.gateway",
    "apps.onemap",
    "apps.geodata",
    "apps.ogc",
    "apps.evidence",
    "apps.personnel",
    "apps.signon",
    "apps.residents",
    "apps.algorithms",
    "apps.assist",
    "apps.seals",
    "apps.decoding",
    "apps.registry",
    "apps.fieldwork",
    "apps.matters",
    "apps.alarms",
    "apps.mqtt",
    "apps.monitoring",
    "apps.journals",
    "apps.sensing",
    "apps.video",
    "apps.polling",
    "apps.sensorthings",
    "apps.commanding",
    "apps.observing",
    "apps.tagging",
    "apps.siting",
    "apps.products",
    "apps.diagnosis",
    "apps.analysis",
    "apps.figures",
    "apps.upkeep",
    "apps.hotline",
    "apps.guides",
    "apps.inspection",
    "apps.grid",
    "apps.ops",
    "apps.governance",
    "apps.appraisal",
    "apps.georeport",
    "apps.districts",
    "apps.messaging",
    "apps.callcentre",
    "apps.callbacks",
    "apps.retention",
    "apps.voices",
    "apps.opinions",
    "apps.phone",
    "apps.portal",
    "apps.demo",
]

MIDDLEWARE = [
    "apps.upkeep.middleware.CountMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "apps.common.middleware.SafeHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "apps.onemap.middleware.TileMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "apps.common.middleware.ReadOnlyMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "apps.audit.middleware.AuditContextMiddleware",
    "apps.gateway.middleware.CallMiddleware",
    "apps.accounts.middleware.SessionPolicyMiddleware",
    "apps.common.middleware.ZoneMiddleware",
    "apps.common.middleware.DomainErrorMiddleware",
    "apps.accounts.assurance.middleware.StepUpMiddleware",
]

ROOT_URLCONF = "citybrain.urls"
WSGI_APPLICATION = "citybrain.wsgi.application"
ASGI_APPLICATION = "citybrain.asgi.application"

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
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
                "apps.portal.context_processors.shell",
            ],
        },
    },
]
FORM_RENDERER = "apps.portal.rendering.FormRenderer"

# --- Storage -------------------------------------------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL") | {"ENGINE": "apps.common.postgis"}}
# psycopg's server-side prepared statements (apps/common/rows.py) survive pgbouncer in session
# mode, or in transaction mode from 1.21 with max_prepared_statements.
DATABASES["default"].setdefault("CONN_MAX_AGE", env.int("CITYBRAIN_CONN_MAX_AGE", default=60))
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["ATOMIC_REQUESTS"] = False
# On a two-core server a parallel plan costs a small spatial query more than it saves.
DATABASES["default"].setdefault("OPTIONS", {}).update(
    options="-c max_parallel_workers_per_gather=0 -c timezone=UTC",
    prepare_threshold=5,
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL")
_separator = "&" if "?" in REDIS_URL else "?"


def redis_database(number: int) -> str:
    """Will give the URL of one numbered database of the Redis server."""
    return f"{REDIS_URL}{_separator}db={number}"


CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": redis_database(1),
        "KEY_PREFIX": "cb",
        # The product answers without its cache: a lost Redis costs speed, never a report.
        "OPTIONS": {
            "IGNORE_EXCEPTIONS": True,
            "LOG_IGNORED_EXCEPTIONS": True,
            "SOCKET_CONNECT_TIMEOUT": 1,
            "SOCKET_TIMEOUT": 1,
        },
    }
}
# An open page waits on Redis five seconds at a time; the client's own time-out of five seconds
# would cut every idle page off.
CHANNEL_HOST = {"address": redis_database(3), "socket_timeout": 20, "socket_connect_timeout": 2}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {"hosts": [CHANNEL_HOST], "prefix": "cb", "expiry": 60},
    }
}
SESSION_ENGINE = "apps.accounts.sessions"

MEDIA_ROOT = Path(env.str("CITYBRAIN_MEDIA_ROOT", default=str(VAR_DIR / "media")))
MEDIA_URL = "/media/"  # never served as files: downloads pass the permission of their record
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static", ("vendor", VAR_DIR / "frontend")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
UPLOAD_MAX_BYTES = env.int("CITYBRAIN_UPLOAD_MAX_BYTES", default=20 * 1024 * 1024)

# --- Work in the background ----------------------------------------------------------

CELERY_BROKER_URL = (
    REDIS_URL.replace("unix://", "redis+socket://", 1) + f"{_separator}virtual_host=2"
    if REDIS_URL.startswith("unix://")
    else f"{REDIS_URL.rstrip('/')}/2"
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_connect_timeout": 2}
CELERY_TASK_PUBLISH_RETRY = False  # a duty is a row; the broker only wakes its worker sooner
# Outside the database and apart from its backups: what a restored backup must forget again.
RETENTION_LEDGER = env.str(
    "CITYBRAIN_RETENTION_LEDGER", default=str(VAR_DIR / "retention" / "tombstones.jsonl")
)
OUTBOX_KEEP_DAYS = env.int("CITYBRAIN_OUTBOX_KEEP_DAYS", default=30)

# --- People --------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
# The log tells what changed; a closed network has no mail to rely on.
ACCOUNT_EMAIL_NOTIFICATIONS = False
AUTHENTICATION_BACKENDS = [
    "apps.accounts.backends.AppointmentBackend",
    "guardian.backends.ObjectPermissionBackend",
]
# People who come and go: how soon a leaver's last access is gone at the latest, how long before
# its end a training is warned of, how much of a body a full list may change without a person
# looking, how long a reorganisation may be put back, and the quarterly review of rights.
LEAVING_LIMIT_HOURS = 24
TRAINING_WARNING_DAYS = 30
DIRECTORY_LARGEST_PERCENT = 5
REORGANISATION_ROLLBACK_DAYS = 7
REVIEW_UNUSED_DAYS = 90
REVIEW_ANSWER_DAYS = 14
GUARDIAN_RAISE_403 = False
ANONYMOUS_USER_NAME = None
# Two-person approval: how long a change waits, how soon one made alone is looked at, how long
# an approved download may be fetched, and how many personal records one person exports alone.
APPROVAL_HOURS = 72
APPROVAL_REVIEW_HOURS = 24
APPROVAL_USE_HOURS = 24
EXPORT_ALONE_LIMIT = 500
PASSWORD_HISTORY = 5  # so many last passwords may not come back
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "apps.signon.hashers.MachineSecretHasher",  # random secrets of applications, never passwords
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "apps.accounts.validators.LengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "apps.accounts.validators.CharacterClassValidator", "OPTIONS": {"classes": 3}},
    {"NAME": "apps.accounts.validators.NameInPasswordValidator"},
    {
        "NAME": "apps.accounts.validators.OldPasswordValidator",
        "OPTIONS": {"last": PASSWORD_HISTORY},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_DAYS = env.int("CITYBRAIN_PASSWORD_DAYS", default=90)  # 0: passwords do not expire
SESSION_IDLE_MINUTES = env.int("CITYBRAIN_IDLE_MINUTES", default=30)
SIGN_IN_LIMIT = 5  # failures of one account within the window
# A whole office shares one address: five wrong clerks must not lock a hall out.
SIGN_IN_ADDRESS_LIMIT = env.int("CITYBRAIN_SIGN_IN_ADDRESS_LIMIT", default=20)
SIGN_IN_WINDOW_MINUTES = 10
SIGN_IN_LOCK_MINUTES = 15
# Whoever holds a role that requires a second factor does nothing before they have one.
REQUIRE_ADMIN_MFA = env.bool("CITYBRAIN_REQUIRE_ADMIN_MFA", default=not DEMO)
# Sensitive acts ask for a fresh second factor (apps.accounts.assurance.acts). Off in the demo:
# whoever walks through twenty posts in an hour has no telephone for each of them.
STEP_UP = env.str("CITYBRAIN_STEP_UP", default="off" if DEMO else "on") == "on"
STEP_UP_ACTS: dict[str, dict[str, Any]] = env.json("CITYBRAIN_STEP_UP_ACTS", default={})
# Who judges certificates (U盾): "x509" by the files below, "simulator", "closed". The simulator
# signs on the server; outside a demo it would let anybody in who has a card's number.
CERTIFICATE_CHECKER = env.str(
    "CITYBRAIN_CERTIFICATE_CHECKER", default="simulator" if DEMO else "closed"
)
CERTIFICATE_ANCHORS = env.str("CITYBRAIN_CERTIFICATE_ANCHORS", default="")  # a file, PEM
CERTIFICATE_INTERMEDIATES = env.str("CITYBRAIN_CERTIFICATE_INTERMEDIATES", default="")  # same
CERTIFICATE_CRLS = env.list("CITYBRAIN_CERTIFICATE_CRLS", default=[])  # files, PEM or DER
CERTIFICATE_SIMULATOR_DIR = VAR_DIR / "simulated-cards"
# The header in which our web server tells the certificate of a mutual TLS connection, as an
# escaped PEM; "": none. The server must overwrite it in every request.
CERTIFICATE_TLS_HEADER = env.str("CITYBRAIN_CERTIFICATE_TLS_HEADER", default="")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "apps.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
# Failures are counted in the database (accounts.services.sign_in): a cache may be lost.
ACCOUNT_RATE_LIMITS = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # ends the other sessions, not this one
ACCOUNT_FORMS = {
    "login": "apps.accounts.forms.SignInForm",
    "change_password": "apps.accounts.forms.ChangePasswordForm",
    "reauthenticate": "apps.accounts.forms.ConfirmForm",
}
MFA_ADAPTER = "apps.accounts.adapters.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "apps.accounts.forms.CodeForm",
    "reauthenticate": "apps.accounts.forms.ConfirmCodeForm",
    "activate_totp": "apps.accounts.forms.ActivateCodeForm",
    "add_webauthn": "apps.accounts.forms.AddPasskeyForm",
    "edit_webauthn": "apps.accounts.forms.RenamePasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # finger, face or PIN: a passkey is level 3
MFA_TOTP_ISSUER = "CityBrain"
USERSESSIONS_ADAPTER = "apps.accounts.adapters.SessionsAdapter"
USERSESSIONS_TRACK_ACTIVITY = False  # noted once a minute by SessionPolicyMiddleware
SESSION_COOKIE_AGE = 12 * 3600
# One sign-on for other systems (apps.signon). A sign-on lasts no longer than a session.
SIGNON_HOURS = 12
# The address we sign tokens under, where it is not the one people type (behind a proxy).
SIGNON_ISSUER = env.str("CITYBRAIN_ISSUER", default="")
# A platform above us (province, extranet) through which people may come in; "": none.
UPSTREAM_NAME = env.str("CITYBRAIN_UPSTREAM_NAME", default="上级平台")
UPSTREAM_ISSUER = env.str("CITYBRAIN_UPSTREAM_ISSUER", default="")
UPSTREAM_CLIENT_ID = env.str("CITYBRAIN_UPSTREAM_CLIENT_ID", default="")
UPSTREAM_CLIENT_SECRET = env.str("CITYBRAIN_UPSTREAM_CLIENT_SECRET", default="")
UPSTREAM_SCOPE = env.str("CITYBRAIN_UPSTREAM_SCOPE", default="openid")
UPSTREAM_CLAIM = env.str("CITYBRAIN_UPSTREAM_CLAIM", default="sub")  # names a person there
# What its "acr" means here, and how much of it we believe at most.
UPSTREAM_LEVELS: dict[str, int] = env.json(
    "CITYBRAIN_UPSTREAM_LEVELS", default={"1": 1, "2": 2, "3": 3, "4": 4}
)
UPSTREAM_MAX_LEVEL = env.int("CITYBRAIN_UPSTREAM_MAX_LEVEL", default=2)
IDP_OIDC_ADAPTER = "apps.signon.adapters.ProviderAdapter"
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 15 * 60
IDP_OIDC_REFRESH_TOKEN_EXPIRES_IN = SIGNON_HOURS * 3600
IDP_OIDC_ROTATE_REFRESH_TOKEN = True
IDP_OIDC_INTROSPECTION_ENABLED = True
IDP_OIDC_RP_INITIATED_LOGOUT_ASKS_FOR_OP_LOGOUT = False  # not with the token of that very session
# The servers of applications ask at every request of theirs; a hall shares one address.
IDP_OIDC_RATE_LIMITS = {
    "introspect_ip": "12000/m/ip",
    "introspect_client": "6000/m/key",
    "device_user_code": "10/m/user",
}
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

# --- Words and time ------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
FORMAT_MODULE_PATH = ["citybrain.formats"]

# --- Safety --------------------------------------------------------------------------

X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "apps.common.views.csrf_failure"
AUDIT_TRUNCATE_ALLOWED = False  # read by the migration that protects the log
# Path prefixes answered in this network zone; empty: all. The internet's server needs few.
ZONE_PATHS = env.list("CITYBRAIN_ZONE_PATHS", default=[])
# Proxies (addresses or ranges) whose X-Forwarded-For is believed; see apps.audit.middleware.
TRUSTED_PROXIES = env.list("CITYBRAIN_TRUSTED_PROXIES", default=[])
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
WS_PORT = env.int("CITYBRAIN_WS_PORT", default=0)  # 0: the same address as the pages
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, "'unsafe-inline'"],  # Leaflet and ECharts position by style
        "img-src": [SELF, "data:", "blob:", *VIDEO_MEDIA_ORIGINS],
        "media-src": [SELF, "blob:", *VIDEO_MEDIA_ORIGINS],
        "font-src": [SELF, "data:"],
        "connect-src": [SELF, "ws:", "wss:", *VIDEO_MEDIA_ORIGINS],
        "worker-src": [SELF, "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- The map ----------------------------------------------------------------------------

# Tiles drawn for one person in a minute; those somebody has drawn before are not counted. A
# full screen of six layers is about a hundred.
MAP_TILES_PER_MINUTE = env.int("CITYBRAIN_MAP_TILES_PER_MINUTE", default=3000)
MAP_TILES_KEPT = env.bool("CITYBRAIN_MAP_TILES_KEPT", default=True)  # in Redis
# Schemas of the database whose views may become layers, "schema" for every body or
# "schema:tenant" for one; ``public`` and those of PostgreSQL never. An account that may only read
# them is enough.
GEODATA_VIEW_SCHEMAS = env.list("CITYBRAIN_GEODATA_VIEW_SCHEMAS", default=["layers"])
# Hosts in the city's own network that viewers of 3D models may be linked at without TLS.
MODEL_VIEWER_HTTP_HOSTS = env.list("CITYBRAIN_MODEL_VIEWER_HTTP_HOSTS", default=[])
MAP_EXPORT_DAYS = env.int("CITYBRAIN_MAP_EXPORT_DAYS", default=7)  # a file of tiles is kept

# --- The grid worker's phone --------------------------------------------------------------

# Batches of deeds one web process takes at once; further phones are told when to come again.
PHONE_BATCHES = env.int("CITYBRAIN_PHONE_BATCHES", default=2)
# Pieces of photographs that never became whole; a phone that comes later begins them anew.
PHONE_PIECES_KEEP_DAYS = env.int("CITYBRAIN_PHONE_PIECES_KEEP_DAYS", default=30)

# --- Evidence ------------------------------------------------------------------------

# Where checkpoints and archives are written outside the database; nothing there is rewritten.
EVIDENCE_DIR = Path(env.str("CITYBRAIN_EVIDENCE_DIR", default=str(VAR_DIR / "evidence")))
EVIDENCE_PROTECT_ROWS = True  # a keyed digest with every change of a protected row
EVIDENCE_ORIGIN = env.str("CITYBRAIN_EVIDENCE_ORIGIN", default="citybrain")
# Who stamps checkpoints with the time: "" nobody, "simulator", or "http" (RFC 3161).
EVIDENCE_TSA = env.str("CITYBRAIN_EVIDENCE_TSA", default="simulator" if DEMO else "")
EVIDENCE_TSA_URL = env.str("CITYBRAIN_EVIDENCE_TSA_URL", default="")
EVIDENCE_TSA_CA = env.str("CITYBRAIN_EVIDENCE_TSA_CA", default="")
# Months of the log that stay without an archive beside them; never fewer than six.
AUDIT_RETENTION_MONTHS = max(6, env.int("CITYBRAIN_AUDIT_RETENTION_MONTHS", default=6))

# --- Citizens' pages ------------------------------------------------------------------

CITIZEN_TENANT = env.str("CITYBRAIN_CITIZEN_TENANT", default="")  # its code; "": the widest
CITIZEN_REPORTS_PER_PHONE = env.int("CITYBRAIN_CITIZEN_REPORTS_PER_PHONE", default=5)  # an hour
CITIZEN_REPORTS_PER_ADDRESS = env.int("CITYBRAIN_CITIZEN_REPORTS_PER_ADDRESS", default=20)
CITIZEN_MIN_FILL_SECONDS = 2  # nobody fills in a form faster

# --- Public accounts --------------------------------------------------------------------

PUBLIC_CODES_PER_PHONE = env.int("CITYBRAIN_PUBLIC_CODES_PER_PHONE", default=5)  # an hour
# A hall, a school, a street of telephones share one address.
PUBLIC_CODES_PER_ADDRESS = env.int("CITYBRAIN_PUBLIC_CODES_PER_ADDRESS", default=200)  # an hour
# So many people bring an idea of the board before a unit; an idea keeps the number it began with.
IDEA_VOTES_NEEDED = env.int("CITYBRAIN_IDEA_VOTES_NEEDED", default=50)
PUBLIC_TOKEN_DAYS = env.int("CITYBRAIN_PUBLIC_TOKEN_DAYS", default=30)
# Under which identity numbers are found again; changing it makes all of them unknown.
IDENTITY_DIGEST_KEY = env.str("CITYBRAIN_IDENTITY_DIGEST_KEY", default=SECRET_KEY)
# Who checks names and faces, and who knows a mini-program's users: "simulator", "http",
# "closed". A simulator outside a demo would raise anybody's level.
IDENTITY_ADAPTER = env.str("CITYBRAIN_IDENTITY_ADAPTER", default="simulator" if DEMO else "closed")
IDENTITY_URL = env.str("CITYBRAIN_IDENTITY_URL", default="")
IDENTITY_TOKEN = env.str("CITYBRAIN_IDENTITY_TOKEN", default="")
MINI_PROGRAM_ADAPTER = env.str(
    "CITYBRAIN_MINI_PROGRAM_ADAPTER", default="simulator" if DEMO else "closed"
)
MINI_PROGRAM_URL = env.str("CITYBRAIN_MINI_PROGRAM_URL", default="")
MINI_PROGRAM_TOKEN = env.str("CITYBRAIN_MINI_PROGRAM_TOKEN", default="")

# --- REST ----------------------------------------------------------------------------

# Days a unit has to name somebody for a client whose owner left, before it is suspended.
API_OWNER_GRACE_DAYS = env.int("CITYBRAIN_API_OWNER_GRACE_DAYS", default=14)
API_RATE = env.str("CITYBRAIN_API_RATE", default="600/min")  # per client, unless it has its own
# Days the calls of other systems are kept (six months: Cybersecurity Law, article 21), and the
# looks at services of the catalogue.
API_CALL_KEEP_DAYS = env.int("CITYBRAIN_API_CALL_KEEP_DAYS", default=180)
SERVICE_CHECK_KEEP_DAYS = 30
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.gateway.authentication.ApiKeyAuthentication",
        "apps.gateway.authentication.SignedRequestAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["apps.gateway.renderers.MaskedJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "apps.gateway.parsers.JsonParser",
        "rest_framework.parsers.MultiPartParser",
        "rest_framework.parsers.FormParser",
    ],
    "DEFAULT_PAGINATION_CLASS": "apps.common.api.pagination.NewestFirstCursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_THROTTLE_CLASSES": ["apps.gateway.throttling.ClientRateThrottle"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.common.api.errors.problem_response",
    "PAGE_SIZE": 25,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "CityBrain API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "GridEventKindEnum": "apps.grid.enums.EventKind",
        "CommandStateEnum": "apps.commanding.enums.CommandState",
        "CallbackStateEnum": "apps.callbacks.enums.TaskState",
        "CallbackOutcomeEnum": "apps.callbacks.enums.Outcome",
        "CallbackWayEnum": "apps.callbacks.enums.Way",
        "TopicStateEnum": "apps.voices.enums.TopicState",
        "DismissReasonEnum": "apps.voices.enums.DismissReason",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "apps.gateway.schema.add_problems",
    ],
}

LEAFLET_CONFIG = {
    "TILES": [],
    "ATTRIBUTION_PREFIX": "",
    "RESET_VIEW": False,
}
SILENCED_SYSTEM_CHECKS = [
    # GDAL of the reference system is 3.6; no spatial reference text ever comes from outside.
    "gis.W001",
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("CITYBRAIN_LOG_LEVEL", default="INFO")},
    # Every poll that is not answered would be a line; the page and the alarm tell of it.
    "loggers": {
        "pymodbus.logging": {"level": "CRITICAL"},
        "fontTools": {"level": "WARNING"},  # tells of every table of a font put into a PDF
        "matplotlib": {"level": "WARNING"},
    },
}
# Where processes lay down their lines for the search of logs; empty: on the console only.
LOG_FOLDER = env.str("CITYBRAIN_LOG_FOLDER", default="")
if LOG_FOLDER:
    LOGGING["handlers"]["days"] = {  # type: ignore[index]
        "class": "apps.common.log_files.DayFileHandler",
        "folder": LOG_FOLDER,
    }
    LOGGING["root"]["handlers"].append("days")  # type: ignore[index]
# Six months and a day or two: what the law asks of logs, and the issue of operations (OP-07).
LOG_KEEP_DAYS = max(183, env.int("CITYBRAIN_LOG_KEEP_DAYS", default=184))

# Names and address ranges the project may call; everything else is refused (apps.common.http).
# A demo talks to itself: the outside system it simulates is one of its own pages.
OUTGOING_HOSTS = env.list("CITYBRAIN_OUTGOING_HOSTS", default=["127.0.0.1/32"] if DEMO else [])
_DEMO = f"http://127.0.0.1:{env.int('CITYBRAIN_PORT', default=8000)}/demo"
DEMO_RECEIVER, DEMO_DIRECTORY = f"{_DEMO}/receiver/", f"{_DEMO}/directory"
DEMO_NEIGHBOUR = f"{_DEMO}/neighbour"
EMAIL_BACKEND = env.str(
    "CITYBRAIN_EMAIL_BACKEND", default="django.core.mail.backends.console.EmailBackend"
)
EMAIL_ADAPTER = env.str("CITYBRAIN_EMAIL_ADAPTER", default="email")
SMS_HTTP_URL = env.str("CITYBRAIN_SMS_HTTP_URL", default="")
SMS_HTTP_TOKEN = env.str("CITYBRAIN_SMS_HTTP_TOKEN", default="")
SMS_ADAPTER = env.str("CITYBRAIN_SMS_ADAPTER", default="simulator")
TELEPHONE_ADAPTER = env.str("CITYBRAIN_TELEPHONE_ADAPTER", default="simulator")
# Where checks of applications ask other departments' registers (apps.guides.adapters).
SHARED_DATA_ADAPTER = env.str("CITYBRAIN_SHARED_DATA_ADAPTER", default="simulator")
SHARED_DATA_URL = env.str("CITYBRAIN_SHARED_DATA_URL", default="")
SHARED_DATA_TOKEN = env.str("CITYBRAIN_SHARED_DATA_TOKEN", default="")
# Messages one account outside may send us in a minute; more are counted and dropped.
MESSAGES_PER_MINUTE = env.int("CITYBRAIN_MESSAGES_PER_MINUTE", default=20)
TELEPHONE_SECRET = env.str("CITYBRAIN_TELEPHONE_SECRET", default="")
# Where the adapter "rest" sends commands, without a slash at the end (apps.hotline.adapters.rest).
TELEPHONE_URL = env.str("CITYBRAIN_TELEPHONE_URL", default="")
# Where grid workers went while on duty is deleted after so many days (apps.fieldwork).
POSITION_RETENTION_DAYS = env.int("CITYBRAIN_POSITION_RETENTION_DAYS", default=90)

# Where citizens reach this installation from outside, such as https://12345.example.gov.cn, put
# before addresses in messages. Empty: no links are sent, and everybody is called.
PUBLIC_ADDRESS = env.str("CITYBRAIN_PUBLIC_ADDRESS", default="").rstrip("/")
