"""A city hall's servers behind a TLS proxy. ``docs/operations.md`` walks through it."""

from citybrain.settings.base import *  # noqa: F403  settings modules extend one another

DEBUG = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env.bool("CITYBRAIN_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked by the balancer without TLS
SECURE_HSTS_SECONDS = env.int("CITYBRAIN_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
