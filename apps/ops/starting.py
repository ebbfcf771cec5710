"""What operations come with: fault levels and kinds, and what an older city gets."""

from copy import deepcopy
from typing import Any

from apps.accounts.services import extend_roles_after
from apps.audit.services import SYSTEM
from apps.matters.models import MatterType
from apps.matters.services import publish_version, save_draft
from apps.ops.enums import Cause, LimitUnit, Tier
from apps.ops.models import FaultKind, FaultLevel
from apps.ops.selectors import MATTER

_MINUTES, _HOURS = LimitUnit.CALENDAR_MINUTES, LimitUnit.CALENDAR_HOURS
#: number, name, description, respond, restore, first tier. Level 1: OP-22.
LEVELS = (
    (1, "特别重大", "系统整体不可用", (30, _MINUTES), (4, _HOURS), Tier.VENDOR),
    (2, "重大", "主要功能或一片区域不可用", (1, _HOURS), (8, _HOURS), ""),
    (3, "一般", "单台设备不可用", (2, _HOURS), (24, _HOURS), ""),
    (4, "轻微", "不影响使用，或计划保养", (8, _HOURS), (120, _HOURS), ""),
)
#: code, name, level, usual cause, needs a picture, automatic proof.
KINDS: tuple[tuple[str, str, int, Cause, bool, str], ...] = (
    ("camera-offline", "摄像机离线", 3, Cause.UNKNOWN, True, ""),
    ("camera-picture", "图像质量异常", 3, Cause.EQUIPMENT, True, "camera-picture"),
    ("recording-lost", "录像缺失", 3, Cause.EQUIPMENT, False, ""),
    ("device-offline", "设备离线", 3, Cause.UNKNOWN, True, ""),
    ("device-broken", "设备损坏", 3, Cause.EQUIPMENT, True, ""),
    ("power", "供电故障", 2, Cause.POWER, True, ""),
    ("network", "网络故障", 2, Cause.NETWORK, False, ""),
    ("server", "服务器故障", 2, Cause.EQUIPMENT, False, ""),
    ("storage", "存储故障", 2, Cause.EQUIPMENT, False, ""),
    ("service", "服务异常", 2, Cause.EQUIPMENT, False, ""),
    ("system-down", "系统整体不可用", 1, Cause.EQUIPMENT, False, ""),
    ("data-quality", "数据质量异常", 4, Cause.UNKNOWN, False, ""),
    ("upkeep", "计划保养", 4, Cause.UNKNOWN, True, ""),
    ("other", "其他故障", 3, Cause.UNKNOWN, False, ""),
)


def ensure_levels(**_signal: Any) -> None:
    """Will write the shipped levels and kinds where there is none; what a city set stays."""
    if FaultLevel.objects.exists():
        return
    for number, name, text, respond, restore, tier in LEVELS:
        FaultLevel.objects.create(
            number=number,
            name=name,
            description=text,
            respond_amount=respond[0],
            respond_unit=respond[1],
            restore_amount=restore[0],
            restore_unit=restore[1],
            first_tier=tier,
        )
    levels = {level.number: level for level in FaultLevel.objects.all()}
    for code, kind, number, cause, needs_photo, proof in KINDS:
        FaultKind.objects.create(
            code=code,
            name=kind,
            level=levels[number],
            cause=cause,
            needs_photo=needs_photo,
            proof=proof,
        )


def ensure_roles(*, plan: Any = (), **_signal: Any) -> None:
    """Will give the standard roles of an older city the rights of this app, once."""
    extend_roles_after("ops", "0001_initial", plan=plan)


def let_system_withdraw(*, plan: Any = (), **_signal: Any) -> None:
    """Will let the system withdraw unconfirmed orders in a city that stood before, once (OP-27).

    A version of the matter follows that differs in nothing else; where the city lets somebody
    else than managers reject orders, it is left as it is.
    """
    applied = {(step.app_label, step.name) for step, is_backwards in plan if not is_backwards}
    if ("ops", "0002_auto_orders") in applied:
        withdraw_by_system()


def withdraw_by_system() -> bool:
    """Will publish that version where it is wanted; gives whether it was."""
    matter = MatterType.objects.filter(code=MATTER, current_version__isnull=False).first()
    if matter is None or matter.current_version is None:
        return False
    body = deepcopy(matter.current_version.body)
    void = [action for action in body["actions"] if action["code"] == "void"]
    if "system" not in body["actors"] or [action["who"] for action in void] != [["manager"]]:
        return False
    void[0]["who"] = ["manager", "system"]
    draft = save_draft(SYSTEM, matter_type_id=matter.pk, body=body)
    publish_version(SYSTEM, version_id=draft.pk)
    return True
