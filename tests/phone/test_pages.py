"""The program: pages of nobody, one cache per build, small enough for a slow network."""

import gzip
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image

from apps.phone import build
from apps.phone.slots import SLOTS

pytestmark = pytest.mark.django_db
SCRIPT_LIMIT_BYTES = 150_000


@pytest.mark.parametrize("screen", build.SCREENS)
def test_a_screen_opens_for_nobody_and_holds_nobody(client: Client, screen: str) -> None:
    path = "/m/" if screen == "today" else f"/m/{screen}/"
    page = client.get(path)
    assert page.status_code == 200
    assert "冯军" not in page.content.decode()
    held = re.search(r'id="words" type="application/json">(.*?)</script>', page.content.decode())
    assert held is not None
    words = json.loads(held[1])
    used = set()
    for script in build.scripts_of(screen):
        used |= set(
            re.findall(r'\bsay\("(\w+)"', Path(str(finders.find(script))).read_text("utf-8"))
        )
    assert used - set(words) == set()


def test_the_service_worker_keeps_every_screen_and_script(client: Client) -> None:
    answer = client.get("/m/sw.js")
    text = answer.content.decode()
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cache-Control"] == "no-cache"
    for address in build.addresses():
        assert f'"{address}"' in text
    assert f'BUILD = "{build.digest()}"' in text


def test_what_is_switched_off_says_why(client: Client) -> None:
    page = client.get("/m/me/").content.decode()
    assert [slot.code for slot in SLOTS] == ["card", "watch"]
    for slot in SLOTS:
        assert f"<dt>{slot.label}</dt><dd>{slot.reason}</dd>" in page
    assert {slot.source for slot in SLOTS} == {"GR-14", "GR-18"}


def test_another_language_is_another_build(client: Client) -> None:
    chinese = client.get("/m/sw.js").content
    client.cookies["django_language"] = "en"
    assert client.get("/m/sw.js").content != chinese


def test_the_manifest_installs(client: Client) -> None:
    manifest = client.get("/m/manifest.webmanifest").json()
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == (
        "/m/",
        "/m/",
        "standalone",
    )
    for icon in manifest["icons"]:
        picture: Any = Image.open(io.BytesIO(client.get(icon["src"]).content))
        assert f"{picture.width}x{picture.height}" == icon["sizes"]
    assert client.get("/m/icon-7.png").status_code == 404


def test_all_scripts_together_are_small() -> None:
    scripts = [name for name in build.assets() if name.endswith(".js")]
    sizes = [len(gzip.compress(Path(str(finders.find(name))).read_bytes())) for name in scripts]
    assert len(scripts) > 15
    assert sum(sizes) < SCRIPT_LIMIT_BYTES / 3


def test_the_scripts_keep_to_the_oldest_browser() -> None:
    """Chrome 80 knows ?? and ?. but neither ??= nor .at( nor replaceAll nor private fields."""
    young = re.compile(r"\?\?=|\|\|=|&&=|\.at\(|replaceAll|structuredClone|#\w+\s*[=(;]|:has\(")
    found = {
        name: hit[0]
        for name in build.assets()
        if name.startswith("phone/js/")
        and (hit := young.search(Path(str(finders.find(name))).read_text("utf-8")))
    }
    assert found == {}
