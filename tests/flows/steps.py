"""Steps that several journeys take."""

import io
from typing import Any

from PIL import Image


def photo() -> dict[str, Any]:
    """Will give a picture as a browser's file chooser takes it."""
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "#7a8f6a").save(out, "JPEG")
    return {"name": "修复后.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def choose(page: Any, label: str) -> None:
    """Will press one of the things the case page says one can do."""
    page.locator(".case-actions a", has_text=label).first.click()
    page.locator("main form[data-draft]").wait_for()


def do(page: Any, label: str) -> None:
    """Will send the form of an action and wait for the page that says it is done."""
    page.locator(f"main form button[type=submit]:has-text('{label}')").click()
    page.get_by_text(f"{label}：已完成").first.wait_for()
    page.wait_for_load_state()
