"""Commands given by a person or a program, agreed to by a second person, taken back.

What needs a second person is filed with the engine of held changes (decision 0033); the command
waits until that has ended one way or the other. Source: IO-16, decision 0063.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.approvals.registry import Proposal
from apps.accounts.approvals.selectors import find_pending
from apps.accounts.approvals.services import file_change, withdraw_change
from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import SYSTEM, Actor
from apps.commanding import permissions
from apps.commanding.enums import UNDER_WAY, CommandState
from apps.commanding.models import Command, CommandKind
from apps.commanding.services._shared import change, lock_command, note
from apps.commanding.services.waking import wake_worker
from apps.common import clock, forms_data
from apps.common.errors import InvalidInput, NotAllowed, Refused, TooMany
from apps.common.texts import clean_reason
from apps.sensing.models import Device
from apps.sensing.selectors import get_device

ACT = "commanding-send"
#: Commands a device has not answered yet; one more says something is wrong with it.
MOST_UNDER_WAY = 50


@transaction.atomic
def send_command(
    sender: User,
    *,
    device_id: int,
    code: str,
    parameters: Mapping[str, Any],
    reason: str,
    key: str = "",
) -> Command:
    """Will give a command to a device: queued at once, or kept until a second person agrees.

    parameters: as the kind's form asks. reason: 4-300 characters. key: the sender's own, up to
    200 characters; the same key with the same content gives the command there is. Locks nothing
    but the new row; audited; the worker is woken after commit.

    Raises: NotFound (the device); NotAllowed; InvalidInput (field "code", "reason", "key" or a
        parameter's); Refused (the device is out of use; the key belongs to another command;
        nobody answers for the device, so nobody could agree); TooMany (it owes answers to fifty
        already); NobodyCouldCheck.
    """
    device = get_device(sender, pk=device_id)
    kind = _kind(device, code)
    permissions.require_send(sender, device, kind)
    values = _checked(kind, parameters)
    why = clean_reason(reason, _("事由"))
    if len(key) > 200:
        raise InvalidInput(_("幂等键长度应为 1 至 200 个字符"), field="key")
    command = Command(
        device=device, kind=kind, definition=kind.parameters, parameters=values, reason=why,
        state=CommandState.WAITING, sender=sender, key=key, filed_at=clock.now(),
    )  # fmt: skip
    same = _same(command)
    if same is not None:
        return same
    _require_room(device)
    try:
        with transaction.atomic():
            command.save()
    except IntegrityError as error:
        if "command_key_once" not in str(error):
            raise
        same = _same(command)
        assert same is not None  # somebody sent the same just now and has committed
        return same
    note(sender, "command.filed", command, reason=why, parameters=values)
    if kind.needs_approval:
        file_change(sender, proposal=_proposal(command), reason=why)
    else:
        _queue(sender, command)
    return command


@transaction.atomic
def release_command(sender: User, *, number: int) -> Command:
    """Will queue a command that a second person agreed to. Locks it.

    Raises: NotFound; Refused (it does not wait any more; the device is out of use).
    """
    command = lock_command(number)
    if command.state != CommandState.WAITING:
        raise Refused(_("该命令已不在等待复核"))
    if not command.device.is_active:
        raise Refused(_("设备已停用，不能下达命令"))
    _queue(sender, command)
    return command


@transaction.atomic
def cancel_command(actor: User, *, number: int) -> Command:
    """Will take a command back that no device was told of; twice is harmless.

    What waits for a second person is withdrawn by its sender; what is queued is taken back by
    whoever may give it. Locks the command.

    Raises: NotFound; NotAllowed; Refused (the device has it already, or it has ended).
    """
    seen = Command.objects.filter(pk=number).values_list("state", flat=True).first()
    held = find_pending(act=ACT, subject_id=number) if seen == CommandState.WAITING else None
    if held is not None:
        if held.maker_id != actor.pk:
            raise NotAllowed(_("等待复核的命令只能由下达人撤回"))
        withdraw_change(actor, change_id=held.pk)  # the command follows in ``receivers``
    command = lock_command(number)
    get_device(actor, pk=command.device_id)
    permissions.require_send(actor, command.device, command.kind)
    if command.state == CommandState.CANCELLED:
        return command
    if command.state != CommandState.QUEUED:
        raise Refused(
            _("命令已处于“%(state)s”，不能取消") % {"state": command.get_state_display()},
            code="command_not_queued",
        )
    _cancel(actor, command, _("由%(name)s取消") % {"name": actor.display_name})
    return command


@transaction.atomic
def void_command(*, number: int, why: str) -> None:
    """Will cancel a command whose approval has ended without a yes; another state stays."""
    command = lock_command(number)
    if command.state == CommandState.WAITING:
        _cancel(SYSTEM, command, why)


def note_export(actor: Actor, *, count: int) -> None:
    """Will write down that somebody took the list along."""
    audit.record(actor, "commands.exported", data={"count": count})


def _queue(actor: Actor, command: Command) -> None:
    now = clock.now()
    change(
        actor,
        "command.queued",
        command,
        state=CommandState.QUEUED,
        queued_at=now,
        next_try_at=now,
        ends_at=now + timedelta(seconds=command.kind.time_limit_s),
    )
    wake_worker()


def _cancel(actor: Actor, command: Command, why: str) -> None:
    change(
        actor,
        "command.cancelled",
        command,
        state=CommandState.CANCELLED,
        ended_at=clock.now(),
        outcome=why[:300],
    )


def _kind(device: Device, code: str) -> CommandKind:
    kind = CommandKind.objects.filter(profile=device.profile_id, code=code).first()
    if kind is None or not kind.is_active:
        raise InvalidInput(_("该设备没有代码为“%(code)s”的命令") % {"code": code}, field="code")
    if not device.is_active:
        raise Refused(_("设备已停用，不能下达命令"))
    return kind


def _checked(kind: CommandKind, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter nobody asked for is no slip to be passed over when a gate moves."""
    known = {entry["name"] for entry in kind.parameters.get("fields", [])}
    for name in parameters:
        if name not in known:
            raise InvalidInput(
                _("命令没有参数“%(name)s”") % {"name": str(name)[:40]}, field=str(name)[:40]
            )
    return forms_data.clean(kind.parameters, parameters)


def _same(command: Command) -> Command | None:
    if not command.key:
        return None
    found = Command.objects.filter(sender=command.sender, key=command.key).first()
    if found is None:
        return None
    told = ("device_id", "kind_id", "parameters", "reason")
    if any(getattr(found, name) != getattr(command, name) for name in told):
        raise Refused(
            _("此幂等键已用于另一个不同的请求"), code="idempotency_key_reused", field="key"
        )
    return found


def _require_room(device: Device) -> None:
    if Command.objects.filter(device=device, state__in=UNDER_WAY).count() >= MOST_UNDER_WAY:
        raise TooMany(_("该设备还有 %(n)d 条命令没有答复，请先查明原因") % {"n": MOST_UNDER_WAY})


def _proposal(command: Command) -> Proposal:
    asset = command.device.asset
    unit = asset.maintainer or asset.owner_unit
    if unit is None:
        raise Refused(
            _("该设备没有权属或养护单位，无人可以复核；请先在部件台账中补上"),
            code="nobody_answers",
        )
    shown = forms_data.show(command.definition, command.parameters, unmasked=True)
    return Proposal(
        act=ACT,
        subject_type="device_command",
        subject_id=command.pk,
        subject_label=f"{command.kind.name} → {asset.name}",
        organization=unit,
        payload={
            "number": command.pk,
            "device": f"{asset.name}（{command.device.node}）",
            "command": command.kind.name,
            "parameters": [[value.label, value.text] for value in shown],
        },
    )
