"""The Celery application. Beat's schedule stands in ``settings.CELERY_BEAT_SCHEDULE``."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citybrain.settings.local")

app = Celery("citybrain")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
