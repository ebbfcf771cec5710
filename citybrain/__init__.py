"""The project: settings, URL root, servers. Business code lives in ``apps``."""

from citybrain.celery import app as celery_app

__all__ = ["celery_app"]
