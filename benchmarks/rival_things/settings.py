"""django-ogc-sensorthings as its quick start sets it up, with the same database server as ours."""

import os
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

_PLACE = urlsplit(os.environ["RIVAL_DATABASE"])
_VERSION = "sensorthings.versions.v1_1"
SECRET_KEY = "benchmark"  # noqa: S105  nothing is signed here
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
ROOT_URLCONF = "benchmarks.rival_things.urls"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    _VERSION, f"{_VERSION}.backends.django",
    f"{_VERSION}.extensions.dataarray",
]  # fmt: skip
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "rival",
        "USER": _PLACE.username,
        "HOST": dict(parse_qsl(_PLACE.query)).get("host") or _PLACE.hostname,
        "PORT": _PLACE.port,
    }
}
SENSORTHINGS_V1_1_SERVICE_URL = "http://127.0.0.1/sta"
SENSORTHINGS_V1_1_BACKEND_ADAPTER = f"{_VERSION}.backends.django.adapter.DjangoBackendAdapter"
SENSORTHINGS_V1_1_ID_TYPE = UUID
SENSORTHINGS_V1_1_ID_DELIMITER = "'"
