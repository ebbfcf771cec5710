"""The documents point at things that exist."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
#: Taken by hand from the running portal; not made by a build.
PICTURES = "docs/pictures/"


def documents() -> list[Path]:
    """Will give the Markdown files of the repository, without what tools bring along."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    names = listed.stdout.split() or [
        str(p.relative_to(ROOT)) for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    ]
    return [ROOT / name for name in names if (ROOT / name).exists()]


def anchors(file: Path) -> set[str]:
    """Will give the anchors of the headings of a file, as Markdown renderers make them."""
    headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("file", documents(), ids=lambda file: str(file.relative_to(ROOT)))
def test_relative_links_resolve(file: Path) -> None:
    broken = []
    for target in LINK.findall(file.read_text("utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        aim = (file.parent / path).resolve() if path else file
        if PICTURES in aim.as_posix():
            continue
        if not aim.exists() or (anchor and aim.suffix == ".md" and anchor not in anchors(aim)):
            broken.append(target)
    assert broken == []


def test_both_readmes_have_the_same_parts() -> None:
    shapes = [
        [line.split(" ")[0] for line in text.splitlines() if re.match(r"#+ ", line)]
        for text in ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh-CN.md"))
    ]
    commands = [
        re.findall(r"`(bin/\w+[^`]*)`", (ROOT / name).read_text("utf-8"))
        for name in ("README.md", "README.zh-CN.md")
    ]
    assert shapes[0] == shapes[1]
    assert commands[0] == commands[1]
