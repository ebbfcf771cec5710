"""Settings of the tests: a throw-away database, quick password hashing, no manifest."""

import os

os.environ.setdefault("CITYBRAIN_SECRET_KEY", "only-for-tests-never-served-" + "x" * 40)

from citybrain.settings.base import *  # noqa: F403  the key must be set first

DEMO = True
DEVICE_NETWORKS = [*DEVICE_NETWORKS, "127.0.0.0/8"]  # simulators of the tests
STEP_UP = False  # tests of the assurance switch it on, as they do the enforced factor
REQUIRE_ADMIN_MFA = False
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "apps.signon.hashers.MachineSecretHasher",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DATABASES["default"]["CONN_MAX_AGE"] = 0
DATABASES["default"].setdefault("TEST", {})["NAME"] = env.str(
    "CITYBRAIN_TEST_DB", default="test_citybrain"
)
WHITENOISE_AUTOREFRESH = True  # nothing is collected for the tests
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ALLOWED_HOSTS = ["*"]
AUDIT_TRUNCATE_ALLOWED = True  # tests with real transactions empty every table afterwards
EVIDENCE_PROTECT_ROWS = False  # a digest per row laid down; its own tests switch it on
EVIDENCE_TSA = ""  # the tests of the stamps choose one
CELERY_BEAT_SCHEDULE = {}
MAP_TILES_KEPT = False  # a test would be shown what another one drew; those of the cache allow it
# Several test runs may share one Redis; none hears or counts another's.
CACHES["default"]["KEY_PREFIX"] = f"test-{os.getpid()}"
CHANNEL_LAYERS["default"]["CONFIG"] = {
    "hosts": [CHANNEL_HOST],
    "prefix": f"test-{os.getpid()}",
}
COUNT_REQUESTS = False  # a journey more at every turn of a minute
MQTT_ENABLED = False  # tests with a broker bring their own
MQTT_FOLDER = VAR_DIR / "mqtt-of-no-test"
SEALS_DEMO_AUTHORITY = True
SEALS_TSA = "simulator"
