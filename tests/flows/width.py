"""Does a page fit its window? One question for every test that asks it."""

from typing import Any

# Two frames, because the first may still show the width before.
OVERFLOW = """new Promise(done => requestAnimationFrame(() => requestAnimationFrame(
    () => done(document.documentElement.scrollWidth - innerWidth))))"""
WIDEST = """[...document.querySelectorAll('main *')]
    .filter(e => e.getBoundingClientRect().right > innerWidth && !e.closest('.table-frame'))
    .slice(0, 3).map(e => e.outerHTML.slice(0, 120))"""
# A browser short of time was seen to answer with the new width and still lay out for the old one.
PATIENCE_MS = 3_000
EVERY_MS = 100


def overflow(page: Any) -> str:
    """Will tell by how many CSS pixels the page is wider than its window, "" when it fits."""
    for _ in range(PATIENCE_MS // EVERY_MS):
        over = page.evaluate(OVERFLOW)
        if over <= 0:
            return ""
        page.wait_for_timeout(EVERY_MS)
    return f"{over} px too wide at {page.viewport_size['width']}: {page.evaluate(WIDEST)}"
