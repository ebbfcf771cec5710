"""Assistants written, switched on by two people, switched off by one. Source: TX-05, TX-06."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.approvals.registry import Proposal
from apps.accounts.approvals.services import file_change
from apps.accounts.models import HeldChange, Organization, User
from apps.assist.models import Assistant
from apps.assist.permissions import require_keep_in
from apps.assist.registry import all_dialects
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.http import CallFailed, check_outgoing
from apps.gateway.sealing import seal

ACT = "assist-switch-on"
MOST_A_DAY = 100_000
_KEPT = (
    "name", "kind", "dialect", "address", "model", "purpose", "daily_quota", "timeout_s",
)  # fmt: skip


@dataclass(frozen=True)
class AssistantSpec:
    """An assistant as it shall be; see ``Assistant``. secret: "" leaves the one that is kept."""

    unit: Organization
    name: str
    dialect: str
    address: str
    purpose: str
    units: Sequence[Organization]
    model: str = ""
    secret: str = ""
    daily_quota: int = 500
    timeout_s: int = 10


@transaction.atomic
def save_assistant(
    actor: Actor, *, spec: AssistantSpec, assistant_id: int | None = None
) -> Assistant:
    """Will write an assistant. A changed one is off again until two people agreed anew.

    Locks it; audited with both sides, without the secret.
    Raises: NotAllowed (not a unit of the actor); NotFound; InvalidInput (the field of ``spec``).
    """
    require_keep_in(actor, spec.unit)
    dialect = next((one for one in all_dialects() if one.code == spec.dialect), None)
    if dialect is None:
        raise InvalidInput(_("没有这种接口"), field="dialect")
    _require_sense(spec, assistant_id)
    assistant = lock(actor, assistant_id) if assistant_id is not None else Assistant()
    before = told(assistant) if assistant.pk else {}
    assistant.unit, assistant.tenant = spec.unit, spec.unit.tenant
    assistant.kind = dialect.kind
    for name in _KEPT:
        if name != "kind":
            setattr(assistant, name, getattr(spec, name))
    if spec.secret:
        assistant.secret = seal(spec.secret)
    if before:
        assistant.revision += 1
    assistant.is_on, assistant.failures, assistant.paused_until = False, 0, None
    assistant.save()
    assistant.units.set(spec.units)
    _note(
        actor,
        assistant,
        "changed" if before else "registered",
        **audit.changes(before, told(assistant)),
        replaced_secret=bool(spec.secret),
    )
    return assistant


@transaction.atomic
def ask_to_switch_on(actor: User, *, assistant_id: int, reason: str) -> HeldChange:
    """Will file the switching on for a second person; nothing is on yet. Locks the assistant.

    Raises: NotAllowed; NotFound; InvalidInput ("reason"); Refused (on, or filed already, or
        nobody could check).
    """
    assistant = lock(actor, assistant_id)
    if assistant.is_on:
        raise Refused(_("该服务已启用"))
    payload = {
        "assistant": assistant.pk,
        "revision": assistant.revision,
        "name": assistant.name,
        "kind": str(assistant.get_kind_display()),
        "address": assistant.address,
        "purpose": assistant.purpose,
        "units": [unit.name for unit in assistant.units.order_by("path")],
    }
    proposal = Proposal(
        ACT, "assist.assistant", assistant.pk, assistant.name, assistant.unit, payload
    )
    return file_change(actor, proposal=proposal, reason=reason)


@transaction.atomic
def switch_on(actor: Actor, *, assistant_id: int, revision: int) -> Assistant:
    """Will switch on what two people agreed to. Locks it; audited.

    Raises: NotAllowed; NotFound; Refused (changed since; the unit has one on for this).
    """
    assistant = lock(actor, assistant_id)
    if assistant.revision != revision:
        raise Refused(_("该服务的设置已改变，请重新申请启用"))
    others = Assistant.objects.filter(unit=assistant.unit, kind=assistant.kind, is_on=True)
    if others.exclude(pk=assistant.pk).exists():
        raise Refused(_("该单位已启用一个同用途的服务"))
    before = {"is_on": assistant.is_on}
    assistant.is_on, assistant.failures, assistant.paused_until = True, 0, None
    assistant.save(update_fields=["is_on", "failures", "paused_until"])
    _note(actor, assistant, "switched_on", **audit.changes(before, {"is_on": True}))
    return assistant


@transaction.atomic
def switch_off(actor: Actor, *, assistant_id: int) -> Assistant:
    """Will switch an assistant off at once; off already is as wished. Locks it; audited.

    Raises: NotAllowed; NotFound.
    """
    assistant = lock(actor, assistant_id)
    if assistant.is_on:
        assistant.is_on = False
        assistant.revision += 1  # what was filed before does not switch it on again
        assistant.save(update_fields=["is_on", "revision"])
        _note(actor, assistant, "switched_off", **audit.changes({"is_on": True}, {"is_on": False}))
    return assistant


def lock(actor: Actor, assistant_id: int) -> Assistant:
    """Will lock an assistant of the actor's. Raises: NotFound; NotAllowed."""
    found = Assistant.objects.select_for_update(of=("self",)).select_related("unit")
    assistant = found.filter(pk=assistant_id).first()
    if assistant is None:
        raise NotFound(_("没有这个智能辅助服务"))
    require_keep_in(actor, assistant.unit)
    return assistant


def told(assistant: Assistant) -> dict[str, Any]:
    """Will give what an assistant is, as the log keeps it."""
    units = list(assistant.units.order_by("path").values_list("name", flat=True))
    return audit.snapshot(assistant, *_KEPT, "is_on") | {"units": units}


def _note(actor: Actor, assistant: Assistant, deed: str, **data: Any) -> None:
    audit.record_row(actor, f"assistant.{deed}", assistant, **data)


def _require_sense(spec: AssistantSpec, assistant_id: int | None) -> None:
    if not 1 <= len(spec.name.strip()) <= 60:
        raise InvalidInput(_("名称应为1到60个字"), field="name")
    if not 4 <= len(spec.purpose.strip()) <= 300:
        raise InvalidInput(_("使用目的应为4到300个字"), field="purpose")
    if not spec.units:
        raise InvalidInput(_("请至少选择一个可使用的单位"), field="units")
    if not all(_is_served_by(spec.unit, unit) for unit in spec.units):
        raise InvalidInput(_("可使用的单位须是管理单位的下级，或在其辖区之内"), field="units")
    if not 1 <= spec.daily_quota <= MOST_A_DAY:
        raise InvalidInput(_("每日次数上限应为1到100000"), field="daily_quota")
    if not 1 <= spec.timeout_s <= 30:
        raise InvalidInput(_("超时应为1到30秒"), field="timeout_s")
    if "?" in spec.address or "#" in spec.address:
        raise InvalidInput(_("地址不能带参数"), field="address")
    if any(not 33 <= ord(c) < 127 for c in spec.secret):
        raise InvalidInput(_("密钥只能含英文字母、数字和符号"), field="secret")
    try:
        check_outgoing(spec.address)
    except InvalidInput as error:
        raise InvalidInput(str(error), field="address", code=error.code) from error
    except CallFailed as error:
        raise InvalidInput(_("无法解析该地址"), field="address") from error


def _is_served_by(keeper: Organization, unit: Organization) -> bool:
    """Below it, or on its ground: a city's keeper serves districts, no district its neighbour."""
    if unit.tenant_id != keeper.tenant_id:
        return False
    if unit.path.startswith(keeper.path):
        return True
    ours, theirs = keeper.area, unit.area
    return ours is not None and theirs is not None and theirs.path.startswith(ours.path)
