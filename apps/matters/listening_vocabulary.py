"""What tables of splitting and conditions of listeners may speak of (RU-02, RU-03)."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.matters.enums import JoinPolicy, PartRole, StateCategory
from apps.matters.limits import limit_trouble
from apps.matters.models import MatterType
from apps.rules.registry import (
    Fact,
    FactType,
    Output,
    OutputType,
    Vocabulary,
    get_vocabulary,
    register_vocabulary,
)

SPLIT, LISTEN = "matters.split", "matters.listen"


def register() -> None:
    """Will make both vocabularies known, after that of dispatch; called once at start."""
    dispatch = get_vocabulary("matters.dispatch")
    unit, limit = dispatch.output_by_code["unit"], dispatch.output_by_code["limit"]
    register_vocabulary(
        Vocabulary(
            code=SPLIT,
            label=_("分解"),
            facts=dispatch.facts,
            outputs=(
                Output(
                    "matter",
                    _("子事项"),
                    OutputType.CODE,
                    choices=_matters,
                    phrase=_("办理{value}"),
                ),
                Output(
                    "unit",
                    _("承办单位"),
                    OutputType.ORGANIZATION,
                    label_of=unit.label_of,
                    check=unit.check,
                    required=False,
                    phrase=_("交由{value}"),
                ),
                Output(
                    "limit",
                    _("办理时限"),
                    OutputType.TEXT,
                    check=limit.check or limit_trouble,
                    required=False,
                    phrase=_("时限{value}"),
                ),
                Output("order", _("顺序"), OutputType.NUMBER, check=_order_trouble, required=False),
                Output("role", _("角色"), OutputType.CODE, choices=_roles, required=False),
                Output("title", _("标题"), OutputType.TEXT, check=_title_trouble, required=False),
                Output("join", _("主事项等待"), OutputType.CODE, choices=_joins, required=False),
            ),
        )
    )
    register_vocabulary(
        Vocabulary(
            code=LISTEN,
            label=_("监听条件"),
            facts=(
                *dispatch.facts,
                Fact("matter", _("事项"), FactType.CODE, choices=_matters),
                Fact("category", _("状态类别"), FactType.CODE, choices=_categories),
                Fact("unit", _("承办单位"), FactType.CODE, choices=_units),
                Fact("is_late", _("已超期"), FactType.BOOL),
                Fact("is_part", _("是子事项"), FactType.BOOL),
                Fact("orders", _("督办催办次数"), FactType.NUMBER, whole=True, minimum=0),
            ),
        )
    )


def _matters() -> Iterable[tuple[str, str]]:
    found = MatterType.objects.filter(current_version__isnull=False)
    return list(found.order_by("code").values_list("code", "name"))


def _units() -> Iterable[tuple[str, str]]:
    found = Organization.objects.filter(is_active=True).order_by("path")
    return list(found.values_list("code", "name"))


def _roles() -> Iterable[tuple[str, str]]:
    return [(str(value), str(label)) for value, label in PartRole.choices]


def _joins() -> Iterable[tuple[str, str]]:
    """Ways a row may name; how many are needed of a quorum stands in the definition only."""
    known = (JoinPolicy.ALL, JoinPolicy.ANY, JoinPolicy.MAIN)
    return [(policy.value, str(policy.label)) for policy in known]


def _categories() -> Iterable[tuple[str, str]]:
    return [(str(value), str(label)) for value, label in StateCategory.choices]


def _order_trouble(value: float) -> str | None:
    if value == int(value) and 1 <= value <= 50:
        return None
    return str(_("顺序应为1至50的整数"))


def _title_trouble(value: str) -> str | None:
    return None if len(value) <= 120 else str(_("标题不能超过120个字"))
