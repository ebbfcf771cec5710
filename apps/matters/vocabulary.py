"""What decision tables of the engine may speak of.

``matters.dispatch``: the facts ``routing.facts_of`` gives, plus those a channel adds, and the
answer ``routing.read_proposal`` reads. Source: RU-01, MT-25.
"""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.common import dictionaries, rows
from apps.common.memory import Memory
from apps.matters.actions.intake import CLASS_DICTIONARY
from apps.matters.enums import Channel, Priority
from apps.matters.limits import limit_trouble
from apps.matters.selectors import visible_cases
from apps.places.models import Area
from apps.rules.registry import (
    Fact,
    FactType,
    Output,
    OutputType,
    SubjectKind,
    Vocabulary,
    register_subject,
    register_vocabulary,
)

NATURES = [
    ("consult", _("咨询")),
    ("help", _("求助")),
    ("complaint", _("投诉")),
    ("report", _("举报")),
    ("suggestion", _("建议")),
    ("praise", _("表扬")),
]
# Every explanation names units, and there are more of them than reports in two seconds.
_NAME_OF_UNIT = "select name from accounts_organization where code = %s order by path limit 1"
_unit_names: Memory[str] = Memory(of=("accounts.Organization",))
_area_names: Memory[str] = Memory(of=("places.Area",))


def register() -> None:
    """Will make vocabulary and subject known to the rules; called once at start."""
    register_subject(
        SubjectKind(
            code="case",
            label=_("案件"),
            can_view=lambda viewer, pk: visible_cases(viewer).filter(pk=pk).exists(),
            url=lambda pk: reverse("matters:case-detail", kwargs={"case_id": int(pk)}),
        )
    )
    register_vocabulary(
        Vocabulary(
            code="matters.dispatch",
            label=_("派单"),
            facts=(
                Fact("class", _("诉求分类"), FactType.CODE, choices=_classes),
                Fact("class_family", _("诉求大类"), FactType.CODE, choices=_families),
                Fact("area", _("区域"), FactType.AREA, label_of=_area_name),
                Fact(
                    "responsible_unit",
                    _("权责清单单位"),
                    FactType.CODE,
                    choices=_units,
                    label_of=_unit_name,
                ),
                Fact("text", _("诉求内容"), FactType.TEXT),
                Fact("channel", _("来源渠道"), FactType.CODE, choices=_of(Channel.choices)),
                Fact("priority", _("紧急程度"), FactType.CODE, choices=_of(Priority.choices)),
                Fact("nature", _("诉求性质"), FactType.CODE, choices=_of(NATURES)),
                Fact("family", _("投诉类别"), FactType.CODE),
                Fact("is_secret", _("对承办单位保密"), FactType.BOOL),
                Fact("is_confidential", _("反映人要求保密"), FactType.BOOL),
                Fact("has_place", _("有准确位置"), FactType.BOOL),
                Fact("is_night", _("夜间"), FactType.BOOL),
                Fact("round", _("办理轮次"), FactType.NUMBER, whole=True, minimum=1),
                Fact(
                    "repeat_count_30d",
                    _("30天内同一反映人诉求数"),
                    FactType.NUMBER,
                    whole=True,
                    minimum=0,
                ),
            ),
            outputs=(
                Output(
                    "unit",
                    _("承办单位"),
                    OutputType.ORGANIZATION,
                    label_of=_unit_name,
                    check=_unit_trouble,
                    phrase=_("交由{value}办理"),
                ),
                Output(
                    "limit",
                    _("办理时限"),
                    OutputType.TEXT,
                    check=limit_trouble,
                    phrase=_("时限{value}"),
                ),
                Output(
                    "co_units",
                    _("协办单位"),
                    OutputType.ORGANIZATIONS,
                    label_of=_unit_name,
                    check=_unit_trouble,
                    required=False,
                    phrase=_("{value}协办"),
                ),
            ),
        )
    )


def _of(pairs: Iterable[tuple[Any, Any]]) -> Any:
    return lambda: pairs


def _classes() -> Iterable[tuple[str, str]]:
    return dictionaries.choices(CLASS_DICTIONARY)


def _units() -> Iterable[tuple[str, str]]:
    active = Organization.objects.filter(is_active=True).order_by("path")
    return list(active.values_list("code", "name"))


def _families() -> Iterable[tuple[str, str]]:
    return dictionaries.choices("demand-family")


def _area_name(path: str) -> str:
    """The name of the last area of a path, with its parent's for a small one."""
    return _area_names.get(path, lambda: _read_area_name(path))


def _read_area_name(path: str) -> str:
    ids = [int(part) for part in path.split("/") if part]
    names = dict(Area.objects.filter(pk__in=ids[-2:]).values_list("pk", "name"))
    return "".join(names.get(pk, "") for pk in ids[-2:]) or path


def _unit_name(code: str) -> str:
    return _unit_names.get(code, lambda: _read_unit_name(code))


def _read_unit_name(code: str) -> str:
    [named] = rows.ask((_NAME_OF_UNIT, [code]))
    return str(named[0][0]) if named and named[0][0] else code


def _unit_trouble(code: str) -> str | None:
    if Organization.objects.filter(code=code, is_active=True).exists():
        return None
    return str(_("没有代码为“%s”的在用单位")) % code
