"""What the duty rule may speak of: the facts of every dispatch, and those of the grid."""

from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.common.memory import Memory
from apps.grid.duties import UNIT_FACTS
from apps.grid.enums import EventKind
from apps.grid.models import GridClass
from apps.grid.selectors.classes import class_choices
from apps.grid.services.matter import VOCABULARY
from apps.matters.enums import Priority
from apps.rules.registry import (
    Fact,
    FactType,
    Output,
    Vocabulary,
    get_vocabulary,
    register_vocabulary,
)

UNIT_LABELS = {
    "owner_unit": _("权属单位"),
    "maintainer_unit": _("养护单位"),
    "territory_unit": _("属地单位"),
    "responsible_unit": _("权责清单单位"),
}
HAS_LABELS = {
    "owner_unit": _("有权属单位"),
    "maintainer_unit": _("有养护单位"),
    "territory_unit": _("有属地单位"),
}
_names: Memory[str] = Memory(of=("accounts.Organization",))


def register() -> None:
    """Will make the vocabulary known, after that of every dispatch; called once at start."""
    general = get_vocabulary("matters.dispatch")
    own = {
        "class": Fact("class", _("部件事件小类"), FactType.CODE, choices=class_choices),
        "class_family": Fact("class_family", _("部件事件大类"), FactType.CODE, choices=_families),
    }
    register_vocabulary(
        Vocabulary(
            code=VOCABULARY,
            label=_("网格派遣"),
            facts=(
                *(own.get(fact.code, fact) for fact in general.facts),
                Fact("grid_kind", _("部件或事件"), FactType.CODE, choices=_kinds),
                Fact("level", _("分类紧急程度"), FactType.CODE, choices=_levels),
                Fact("handled_on_spot", _("已现场处置"), FactType.BOOL),
                *(Fact(f"has_{code}", HAS_LABELS[code], FactType.BOOL) for code in HAS_LABELS),
                *(
                    Fact(code, UNIT_LABELS[code], FactType.CODE, choices=_units, label_of=_unit)
                    for code in UNIT_FACTS
                    if code != "responsible_unit"
                ),
            ),
            outputs=tuple(_output(output) for output in general.outputs),
        )
    )


def _output(general: Output) -> Output:
    """As every dispatch answers it, but the unit may be a fact and the limit left to the class."""
    if general.code == "unit":
        return replace(general, label_of=_answer, check=_trouble)
    return replace(general, required=False)


def _answer(code: str) -> str:
    """A unit by name, or the fact that names it."""
    return str(UNIT_LABELS[code[1:]]) if code[1:] in UNIT_LABELS else _unit(code)


def _trouble(code: str) -> str | None:
    if code.startswith("="):
        return None if code[1:] in UNIT_LABELS else gettext("没有这个事实：%s") % code[1:]
    if Organization.objects.filter(code=code, is_active=True).exists():
        return None
    return gettext("没有代码为“%s”的在用单位") % code


def _unit(code: str) -> str:
    return _names.get(code, lambda: _read(code))


def _read(code: str) -> str:
    named = Organization.objects.filter(code=code).values_list("name", flat=True)
    return named.first() or code


def _units() -> Iterable[tuple[str, str]]:
    return list(Organization.objects.filter(is_active=True).values_list("code", "name"))


def _families() -> Iterable[tuple[str, str]]:
    return list(GridClass.objects.filter(large_code="").values_list("code", "name"))


def _kinds() -> Iterable[tuple[str, str]]:
    return [(str(code), str(label)) for code, label in EventKind.choices]


def _levels() -> Iterable[tuple[str, str]]:
    return [(str(code), str(label)) for code, label in Priority.choices]
