"""Every page is made of the kit: a known frame, no styles or scripts of its own (PT-01)."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TEMPLATES = Path(settings.BASE_DIR) / "templates"
BASES = {
    "portal/base.html",
    "portal/public_base.html",
    "errors/base.html",
    "account/base_entrance.html",
    "phone/base.html",
}
# Frames that other projects' pages extend or bring, and the paper form of a case.
ALSO_BASES = {
    "admin/base.html",
    "admin/base_site.html",
    "admin/change_form.html",
    "admin/delete_confirmation.html",
    "admin/index.html",
    "figures/forecast_wall.html",
    "matters/board_wall.html",
    "matters/case_print.html",
}
# Their documents are drawn by a library of their own.
FOREIGN = {"gateway/docs.html"}

PAGES = sorted(
    path.relative_to(TEMPLATES).as_posix()
    for path in TEMPLATES.rglob("*.html")
    if path.relative_to(TEMPLATES).as_posix() not in FOREIGN
)


def text_of(name: str) -> str:
    return re.sub(r"\{#.*?#\}", "", (TEMPLATES / name).read_text("utf-8"))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_stands_in_a_known_frame(name: str) -> None:
    text = text_of(name)
    extended = re.search(r"""\{%\s*extends\s+["']([^"']+)["']""", text)
    if extended:
        parent = extended.group(1)
        while parent not in BASES | ALSO_BASES:
            above = re.search(r"""\{%\s*extends\s+["']([^"']+)["']""", text_of(parent))
            assert above, f"{parent} is no frame of the kit"
            parent = above.group(1)
    else:
        assert "<html" not in text or name in BASES | ALSO_BASES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_brings_no_look_or_script_of_its_own(name: str) -> None:
    text = re.sub(r"\{%.*?%\}", "", text_of(name), flags=re.DOTALL)
    # A length that is data (the depth of a tree, the height asked for) may stand as a style.
    styles = re.findall(r"""<[a-z][^>]*\sstyle\s*=\s*"([^"]*)""", text)
    assert all("{{" in style for style in styles), "use a class of the kit"
    assert not re.findall(r"""<[a-z][^>]*\son[a-z]+\s*=""", text), "the policy forbids handlers"
    for tag in re.findall(r"<script\b[^>]*>", text):
        assert re.search(r"\bsrc=|nonce=|application/json", tag), tag


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_nobody_outside(name: str) -> None:
    outside = re.findall(r"""(?:src|href|action|url)\s*[=(]\s*["']?(https?:)?//""", text_of(name))
    assert not outside


def test_every_icon_named_in_a_page_is_in_the_sprite() -> None:
    lines = (Path(settings.BASE_DIR) / "static/portal/icons.txt").read_text("utf-8").splitlines()
    known = {line.split("#")[0].strip() for line in lines}
    named = {
        icon
        for name in PAGES
        for icon in re.findall(r"""\{%\s*icon\s+["']([\w-]+)""", text_of(name))
    }
    assert named - known == set()
