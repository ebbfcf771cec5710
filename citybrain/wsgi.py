"""HTTP by gunicorn. WebSocket routes are served by ``citybrain.asgi``."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citybrain.settings.local")

application = get_wsgi_application()
