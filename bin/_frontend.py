#!/usr/bin/env python3
"""Copy the front-end files the pages use from node_modules into var/frontend.

``STATICFILES_DIRS`` serves var/frontend under ``/static/vendor/``. The icons named in
``static/portal/icons.txt`` become one sprite whose symbols are called ``tabler-<name>``.
Only the standard library, so that it also runs before the virtual environment is there.

Usage: bin/_frontend.py NODE_MODULES TARGET
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ICON_LIST = ROOT / "static" / "portal" / "icons.txt"

# library folder under /static/vendor/ -> package, its files (path in the package)
LIBRARIES: dict[str, tuple[str, list[str]]] = {
    "tabler": ("@tabler/core", ["dist/css/tabler.min.css", "dist/js/tabler.min.js"]),
    "htmx": ("htmx.org", ["dist/htmx.min.js"]),
    "leaflet": ("leaflet", ["dist/leaflet.css", "dist/leaflet.js", "dist/images"]),
    "leaflet-markercluster": (
        "leaflet.markercluster",
        [
            "dist/MarkerCluster.css",
            "dist/MarkerCluster.Default.css",
            "dist/leaflet.markercluster.js",
        ],
    ),
    "echarts": ("echarts", ["dist/echarts.min.js"]),
    "maplibre": (
        "maplibre-gl",
        ["dist/maplibre-gl.css", "dist/maplibre-gl.mjs", "dist/maplibre-gl-worker.mjs"],
    ),
    "hls": ("hls.js", ["dist/hls.light.min.mjs", "dist/hls.worker.js"]),
}
LICENCES = ("LICENSE", "LICENSE.md", "LICENSE.txt", "MIT-LICENCE.txt", "NOTICE")

# The maps are not shipped, and the manifest storage refuses a reference to a missing file.
SOURCE_MAP = re.compile(r"\s*(?:/\*# sourceMappingURL=.*?\*/|//# sourceMappingURL=.*)\s*$")
SVG_BODY = re.compile(r"<svg[^>]*>(?P<body>.*)</svg>", re.DOTALL)
EMPTY_BOX = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')


def copy_file(source: Path, target: Path) -> None:
    """Will copy one file or folder; scripts and styles lose their source-map comment."""
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.suffix in {".css", ".js", ".mjs"}:
        text = SOURCE_MAP.sub("\n", source.read_text(encoding="utf-8"))
        target.write_text(text, encoding="utf-8")
    else:
        shutil.copyfile(source, target)


def copy_library(package: Path, files: list[str], target: Path) -> None:
    target.mkdir(parents=True)
    for file in files:
        copy_file(package / file, target / Path(file).name)
    for licence in LICENCES:
        if (package / licence).exists():
            shutil.copyfile(package / licence, target / licence)


def icon_names() -> list[str]:
    """Will read the list: one name a line, ``#`` begins a comment."""
    lines = (line.split("#")[0].strip() for line in ICON_LIST.read_text("utf-8").splitlines())
    return sorted({line for line in lines if line})


def sprite(icons: Path) -> str:
    """Will give one SVG with a symbol for each icon of the list.

    Raises: SystemExit (the list names an icon Tabler does not have).
    """
    symbols, unknown = [], []
    for name in icon_names():
        file = icons / f"{name}.svg"
        found = SVG_BODY.search(file.read_text("utf-8")) if file.exists() else None
        if found is None:
            unknown.append(name)
            continue
        body = " ".join(EMPTY_BOX.sub("", found["body"]).split())
        symbols.append(
            f'<symbol id="tabler-{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
            f'stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{body}</symbol>'
        )
    if unknown:
        sys.exit(f"static/portal/icons.txt: no such icon: {', '.join(unknown)}")
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def build(node_modules: Path, target: Path) -> None:
    """Will put the finished folder in its place in one step, so none is ever half there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".frontend-", dir=target.parent))
    fresh.chmod(0o755)
    for folder, (package, files) in LIBRARIES.items():
        copy_library(node_modules / package, files, fresh / folder)
    icons = node_modules / "@tabler" / "icons"
    (fresh / "icons").mkdir()
    (fresh / "icons" / "sprite.svg").write_text(sprite(icons / "icons" / "outline"), "utf-8")
    shutil.copyfile(icons / "LICENSE", fresh / "icons" / "LICENSE")
    if target.exists():
        shutil.rmtree(target)
    fresh.rename(target)


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
