"""The rules of the house that import-linter cannot see."""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps as django_apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.utils import translation

ROOT = Path(__file__).resolve().parent.parent
DOORS = {
    "services",
    "selectors",
    "permissions",
    "signals",
    "registry",
    "models",
    "enums",
    "errors",
    "templatetags",
}
# Apps that are tools for the others: all of common, and the documented modules of these.
OPEN_APPS = {"common", "gateway"}
OPEN_MODULES = {
    "accounts.approvals",
    "accounts.assurance",
    "accounts.deputies",
    "accounts.duplicates",
    "accounts.factors",
    "accounts.past",
    "accounts.protected",
    "accounts.reach",
    "accounts.signed_in",
    "alarms.rules",
    "algorithms.contract",
    "analysis.clips",
    "analysis.snapshots",
    "assets.own_fields",
    "audit.context",
    "audit.forms",
    "audit.middleware",
    "clocks.statement",
    "diagnosis.metrics",
    "fieldwork.consent",
    "geodata.analysis",
    "hotline.citizen",
    "hotline.phones",
    "hotline.rates",
    "hotline.statistics",
    "hotline.telephony",
    "inspection.credit_code",
    "matters.actors",
    "matters.definition",
    "matters.forgetting",
    "matters.limits",
    "monitoring.probes",
    "nlp.danger",
    "nlp.duplicates",
    "nlp.learned",
    "nlp.marks",
    "nlp.phrases",
    "nlp.proposals",
    "nlp.search",
    "onemap.sharing",
    "onemap.tiles",
    "opinions.participants",
    "places.coordinates",
    "places.forms",
    "places.geometry",
    "places.text",
    "residents.adapters",
    "residents.checking",
    "residents.citizens",
    "residents.identity_numbers",
    "rules.forms",
    "sensing.api",
    "sensing.sent",
    "video.faults",
    "video.scenes",
    "video.street",
}
# Names of namespaces and licences, never loaded; addresses in hints to the reader.
HARMLESS_ADDRESSES = (
    "http://www.w3.org/",
    "http://www.omg.org/spec/",
    "https://www.omg.org/spec/",
    "http://schemas.openid.net/event/",
    "http://www.yale.edu/tp/cas",
)
OUTSIDE_ADDRESS = re.compile(r"""["'(=\s](https?:)?//[a-z0-9-]+\.[a-z0-9.-]+""", re.IGNORECASE)


def layers() -> dict[str, int]:
    """Will give the height of each app as written in pyproject.toml; the bottom one is 0."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contract = settings["tool"]["importlinter"]["contracts"][0]
    lines = reversed(contract["layers"])
    return {name.strip(): height for height, line in enumerate(lines) for name in line.split("|")}


def imports_of_apps(file: Path) -> Iterator[str]:
    """Will give the dotted targets below ``apps`` that a file imports, names included."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for alias in node.names:
                yield f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def is_through_a_door(target: str, app: str) -> bool:
    _, other, *rest = target.split(".")
    if other == app or other in OPEN_APPS or not rest:
        return True
    return rest[0] in DOORS or f"{other}.{rest[0]}" in OPEN_MODULES


def test_other_apps_are_reached_at_their_doors() -> None:
    offences = [
        f"{file.relative_to(ROOT)} imports {target}"
        for file in (ROOT / "apps").rglob("*.py")
        if "migrations" not in file.parts
        for target in imports_of_apps(file)
        if target.startswith("apps.")
        and not is_through_a_door(target, file.relative_to(ROOT / "apps").parts[0])
    ]
    assert offences == []


def test_relations_point_down() -> None:
    height = layers()
    offences = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in django_apps.get_models(include_auto_created=True)
        if model.__module__.startswith("apps.")
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model
        if field.related_model._meta.app_label in height
        and field.related_model.__module__.startswith("apps.")
        and height[field.related_model._meta.app_label] > height[model._meta.app_label]
    ]
    assert offences == []


def test_every_app_has_a_layer() -> None:
    folders = {file.parent.name for file in (ROOT / "apps").glob("*/apps.py")}
    assert folders == set(layers())


def test_no_drawer_for_everything() -> None:
    found = [p for top in ("apps", "citybrain", "bin") for p in (ROOT / top).rglob("utils.py")]
    assert found == []


@pytest.mark.parametrize("folder", ["templates", "static", "apps"])
def test_pages_load_nothing_from_outside(folder: str) -> None:
    """The city hall's network is closed: an outside address would hang the page."""
    offences = []
    for file in (ROOT / folder).rglob("*"):
        if file.suffix not in {".html", ".css", ".js", ".svg"} or not file.is_file():
            continue
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            for harmless in HARMLESS_ADDRESSES:
                line = line.replace(harmless, "")
            if OUTSIDE_ADDRESS.search(line):
                offences.append(f"{file.relative_to(ROOT)}:{number}")
    assert offences == []


def test_lock_file_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    assert [name for name, entry in lock["packages"].items() if "resolved" in entry] == []


def test_models_and_migrations_agree() -> None:
    loader = MigrationLoader(None)
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(django_apps))
    with translation.override(None):  # migrations hold the texts as written
        changes = detector.changes(graph=loader.graph)
    assert set(changes) & set(layers()) == set(), "run bin/manage makemigrations"


def test_texts_are_marked_by_names_the_collector_knows() -> None:
    """``makemessages`` finds ``_`` and the functions' own names, no other alias."""
    known = re.compile(r"from django\.utils\.translation import .*\bas (?!_\b)\w+")
    files = (file for file in ROOT.joinpath("apps").rglob("*.py"))
    aliased = [str(file) for file in files if known.search(file.read_text("utf-8"))]
    assert not aliased
