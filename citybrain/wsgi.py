"""HTTP by gunicorn. WebSocket routes are served by ``citybrain.asgi``."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citybrain.settings.local")
application = get_wsgi_application()
# What was loaded stays for good. Without this a full collection goes through all of it, and
# the request it happens in waits a sixth of a second.
gc.collect()
gc.freeze()
