"""HTTP by gunicorn. WebSocket routes are served by ``citybrain.asgi``."""

import gc
import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citybrain.settings.local")
application = get_wsgi_application()
# What was loaded stays for good. Without this a full collection goes through all of it, and
# the request it happens in waits a sixth of a second.
gc.collect()
gc.freeze()
# Templates and addresses are loaded by the first requests, behind the freezing: as often as Python
# would by itself, a collection of them stopped one page in fifteen for 100 to 200 ms.
gc.set_threshold(25_000, 10, 20)
# A page being drawn hands over after half a millisecond, not after five: a report that comes back
# from the database twenty times beside it would wait for each of its turns (decision 0104).
sys.setswitchinterval(0.0005)
