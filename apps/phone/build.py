"""Which files make the phone's program, and by what digest a new one is told from the old.

The service worker fetches all of them when it is installed; a page therefore always meets the
scripts it was written for, with or without a network.
"""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language

SCREENS = (
    "today",
    "report",
    "map",
    "outbox",
    "me",
    "look",
    "patrol",
    "survey",
    "visit",
    "file",
    "note",
    "repair",
)
CORE = ("store", "send")  # shared by pages and service worker
#: Scripts of other apps that one screen needs, before it begins.
MORE = {"report": ("assist/js/entry.js",)}
PARTS = ("ui", "camera", "ground", "forms", "live")
STYLES = ("portal/css/tokens.css", "phone/css/phone.css")
ICON_SIZES = (192, 512)


def scripts_of(screen: str) -> list[str]:
    """Will give the scripts of one screen in the order they must run."""
    names = [*CORE, *PARTS, f"screens/{screen}"]
    own = [f"phone/js/{name}.js" for name in names]
    return [*own, *MORE.get(screen, ()), "phone/js/start.js"]


def assets() -> list[str]:
    """Will name every static file of the program."""
    found = [*STYLES, "portal/img/mark.svg", "vendor/icons/sprite.svg"]
    for screen in SCREENS:
        found += [name for name in scripts_of(screen) if name not in found]
    return found


def addresses() -> list[str]:
    """Will give every address the service worker keeps: pages, scripts, styles, icons."""
    pages = [reverse(f"phone:{screen}") for screen in SCREENS]
    icons = [reverse("phone:icon", args=[size]) for size in ICON_SIZES]
    return [*pages, *(static(name) for name in assets()), *icons, reverse("phone:manifest")]


def digest() -> str:
    """Will give what changes with any file of the program, and with the language."""
    return hashlib.sha256(f"{_content_digest()}:{get_language()}".encode()).hexdigest()[:16]


@lru_cache(maxsize=1)
def _kept_digest() -> str:
    return _read_digest()


def _content_digest() -> str:
    return _read_digest() if settings.DEBUG else _kept_digest()


def _read_digest() -> str:
    """Reads every file of the program; once a process, a deployment starts new ones."""
    seen = hashlib.sha256()
    for name in assets():
        path = finders.find(name)
        if isinstance(path, str):
            seen.update(Path(path).read_bytes())
    folder = Path(settings.BASE_DIR)
    for file in sorted((folder / "templates" / "phone").glob("*.*")):
        seen.update(file.read_bytes())
    for source in sorted(Path(__file__).parent.rglob("*.py")):  # the words on the pages
        seen.update(source.read_bytes())
    for compiled in sorted((folder / "locale").glob("*/LC_MESSAGES/django.mo")):
        seen.update(compiled.read_bytes())
    seen.update(json.dumps(addresses()).encode())
    return seen.hexdigest()
