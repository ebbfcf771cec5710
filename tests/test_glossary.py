"""The glossary uses the words of the code. Source: PF-06."""

import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from django.db.models import Choices
from django.utils import translation
from pypinyin import lazy_pinyin

from apps.accounts.services import ROLE_SEED
from apps.hotline import enums as hotline_enums
from apps.matters import enums as matters_enums
from apps.matters.actions import known_actions

ROOT = Path(__file__).resolve().parent.parent
ROWS = [
    [cell.strip() for cell in line.strip("|\n").split("|")]
    for line in (ROOT / "docs" / "glossary.md").read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| 中文")
]
CODE = "\n".join(row[2] for row in ROWS)


def find_class(app: str, path: list[str]) -> object:
    """Will give what ``app.Class`` or ``app.module.Class`` names, None if nothing does."""
    modules = [path[0]] if path[0].islower() else ["models", "enums"]
    name = path[1] if path[0].islower() else path[0]
    for module in modules:
        try:
            found = getattr(import_module(f"apps.{app}.{module}"), name, None)
            if found is None and name.islower():
                found = import_module(f"apps.{app}.{module}.{name}")
        except ModuleNotFoundError:
            continue
        if found is not None:
            return found
    return None


def named(word: str) -> list[str]:
    """Will give the codes in backticks after a word, for example the actions."""
    lists = re.findall(rf"{word}s? ((?:`\w+` ?)+)", CODE)
    return re.findall(r"`(\w+)`", " ".join(lists))


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(\w+(?:\.\w+)+)`", CODE))))
def test_named_code_exists(name: str) -> None:
    app, *path = name.split(".")
    found = find_class(app, path)
    assert found is not None
    member = path[2:] if path[0].islower() else path[1:]
    if member:
        fields = {f.name for f in found._meta.get_fields()} if hasattr(found, "_meta") else set()
        assert member[0] in fields or hasattr(found, member[0])


def test_named_actions_are_the_library() -> None:
    assert set(named("action")) == known_actions()


def test_named_roles_are_the_standard_roles() -> None:
    terms = {row[2].removeprefix("role ").strip("`"): row[0] for row in ROWS if "role" in row[2]}
    assert terms == {code: name for code, name, _permissions in ROLE_SEED}


@pytest.mark.parametrize("module", [matters_enums, hotline_enums], ids=["matters", "hotline"])
def test_every_label_is_a_term(module: ModuleType) -> None:
    choices = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Choices)
        and value.__module__ == module.__name__
    ]
    with translation.override("zh-hans"):
        labels = {str(label) for found in choices for label in found.labels}
    assert labels - {row[0] for row in ROWS} == set()


def test_sorted_by_pinyin() -> None:
    terms = [row[0] for row in ROWS]
    assert terms == sorted(terms, key=lazy_pinyin)
    assert len(set(terms)) == len(terms)
