"""HTTP by gunicorn. WebSocket routes are served by ``citybrain.asgi``."""

import gc
import os
import sys
from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.template import engines
from django.urls import reverse
from django.utils import translation

gc.disable()  # of what is loaded here nothing goes again: looking for it took a third of the time
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citybrain.settings.local")
application = get_wsgi_application()


def _load_what_pages_need() -> None:
    """Will load addresses, words and templates once, before the processes of the web are forked.

    Otherwise each of them does it while somebody waits: the first pages after a start took half
    a second longer. Nothing here may connect to a store (decision 0105).
    """
    for language, _ in settings.LANGUAGES:
        with translation.override(language):
            reverse("portal:home")
    django = engines["django"]
    for folder in django.dirs:
        for path in Path(folder).rglob("*.html"):
            django.get_template(path.relative_to(folder).as_posix())


_load_what_pages_need()
# What was loaded stays for good. Without this a full collection goes through all of it, and
# the request it happens in waits a sixth of a second.
gc.collect()
gc.freeze()
gc.enable()
# What is loaded later by a first request stands behind the freezing: as often as Python would by
# itself, a collection of it stopped one page in fifteen for 100 to 200 ms.
gc.set_threshold(25_000, 10, 20)
# A page being drawn hands over after half a millisecond, not after five: a report that comes back
# from the database twenty times beside it would wait for each of its turns (decision 0104).
sys.setswitchinterval(0.0005)
