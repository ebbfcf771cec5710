"""Writing listeners, having them approved, switching them on and off (RU-03, MT-07)."""

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, Refused
from apps.matters import permissions
from apps.matters.enums import EffectKind, ListenerState
from apps.matters.listening_vocabulary import LISTEN
from apps.matters.models import Listener
from apps.matters.selectors.listeners import find_cycle, known_patterns
from apps.matters.services.effect_data import accept_effect, trouble_of
from apps.rules import services as rules
from apps.rules.registry import get_vocabulary

_AUDITED = ("pattern", "condition", "effect", "effect_data")
_LOCK_ROOM, _LOCK_ACTIVATING = 20262, 1


@transaction.atomic
def create_listener(
    actor: User,
    *,
    name: str,
    effect: EffectKind,
    tenant: Tenant | None,
    purpose: str = "",
    pattern: Mapping[str, Any] | None = None,
    condition: Mapping[str, Any] | None = None,
    effect_data: Mapping[str, Any] | None = None,
) -> Listener:
    """Will write a listener that hears nothing yet; the actor is its author.

    tenant: None for the whole city. Raises: NotAllowed; InvalidInput (name, pattern, condition).
    """
    listener = Listener(
        name=_name(name),
        effect=effect,
        tenant=tenant,
        purpose=purpose.strip()[:300],
        author=actor,
        pattern=_pattern(pattern or {}),
        condition=_condition(condition or {}),
        effect_data=accept_effect(effect, effect_data or {}),
    )
    permissions.require_edit_listener(actor, listener)
    listener.save()
    _record(actor, "listener.created", listener)
    return listener


@transaction.atomic
def edit_listener(
    actor: User,
    *,
    listener_id: int,
    name: str,
    purpose: str,
    pattern: Mapping[str, Any],
    condition: Mapping[str, Any],
    effect: EffectKind,
    effect_data: Mapping[str, Any],
) -> Listener:
    """Will change what is not active; it is a draft of the actor then and must be approved anew.

    Raises: NotAllowed; Refused (active or being reviewed); InvalidInput.
    """
    listener = _lock(listener_id)
    permissions.require_edit_listener(actor, listener)
    if listener.state not in (ListenerState.DRAFT, ListenerState.PAUSED):
        raise Refused(_("启用中或待复核的监听不能修改，请先停用或退回"))
    before = {name: getattr(listener, name) for name in _AUDITED}
    listener.name, listener.purpose = _name(name), purpose.strip()[:300]
    listener.pattern, listener.condition = _pattern(pattern), _condition(condition)
    listener.effect, listener.effect_data = effect, accept_effect(effect, effect_data)
    listener.state, listener.author = ListenerState.DRAFT, actor
    listener.approver = listener.approved_at = None
    listener.save()
    _record(actor, "listener.edited", listener, before=before)
    return listener


@transaction.atomic
def submit_listener(actor: User, *, listener_id: int) -> Listener:
    """Will hand a draft to a second person. Raises: NotAllowed; Refused (not a draft, incomplete,
    part of a cycle with active listeners)."""
    listener = _lock(listener_id)
    permissions.require_edit_listener(actor, listener)
    if listener.state != ListenerState.DRAFT:
        raise Refused(_("只有草稿可以提交复核"))
    _require_whole(listener)
    listener.state = ListenerState.PENDING
    listener.save(update_fields=["state", "updated_at"])
    _record(actor, "listener.submitted", listener)
    return listener


@transaction.atomic
def send_back_listener(actor: User, *, listener_id: int, note: str) -> Listener:
    """Will give a listener back to its author with a reason."""
    listener = _lock(listener_id)
    permissions.require_approve_listener(actor, listener)
    if listener.state != ListenerState.PENDING:
        raise Refused(_("该监听不在待复核状态"))
    if not note.strip():
        raise InvalidInput(_("请填写退回理由"), field="note")
    listener.state = ListenerState.DRAFT
    listener.save(update_fields=["state", "updated_at"])
    _record(actor, "listener.sent_back", listener, note=note.strip()[:300])
    return listener


@transaction.atomic
def approve_listener(actor: User, *, listener_id: int) -> Listener:
    """Will switch a listener on; other processes hear for it within two seconds.

    Activations wait for one another, so that two that form a cycle are never both let through.
    Raises: NotAllowed (also the author); Refused (not waiting for review; a cycle, named).
    """
    _wait_for_turn()
    listener = _lock(listener_id)
    permissions.require_approve_listener(actor, listener)
    if listener.state != ListenerState.PENDING:
        raise Refused(_("该监听不在待复核状态"))
    _require_whole(listener)
    listener.state, listener.approver = ListenerState.ACTIVE, actor
    listener.approved_at = clock.now()
    listener.save(update_fields=["state", "approver", "approved_at", "updated_at"])
    _record(actor, "listener.approved", listener)
    return listener


@transaction.atomic
def pause_listener(actor: User, *, listener_id: int) -> Listener:
    """Will switch a listener off; what is on its way is stopped. Author or approver may."""
    listener = _lock(listener_id)
    permissions.require_watch_listener(actor, listener)
    if listener.state != ListenerState.ACTIVE:
        raise Refused(_("该监听没有启用"))
    listener.state = ListenerState.PAUSED
    listener.save(update_fields=["state", "updated_at"])
    _record(actor, "listener.paused", listener)
    return listener


@transaction.atomic
def resume_listener(actor: User, *, listener_id: int) -> Listener:
    """Will switch on again what was approved and not changed since. Raises as approving."""
    _wait_for_turn()
    listener = _lock(listener_id)
    permissions.require_approve_listener(actor, listener)
    if listener.state != ListenerState.PAUSED or listener.approver_id is None:
        raise Refused(_("只有复核过且已停用的监听可以恢复"))
    _require_whole(listener)
    listener.state = ListenerState.ACTIVE
    listener.save(update_fields=["state", "updated_at"])
    _record(actor, "listener.resumed", listener)
    return listener


@transaction.atomic
def discard_listener(actor: User, *, listener_id: int) -> None:
    """Will delete a draft that never heard anything."""
    listener = _lock(listener_id)
    permissions.require_edit_listener(actor, listener)
    if listener.state != ListenerState.DRAFT or listener.deliveries.exists():
        raise Refused(_("只有从未启用过的草稿可以删除"))
    _record(actor, "listener.discarded", listener)
    listener.delete()


def _require_whole(listener: Listener) -> None:
    if not any(listener.pattern.get(k) for k in ("matters", "states", "categories", "actions")):
        raise Refused(_("请至少选择一个要监听的事项、状态或动作"), field="pattern")
    field, trouble = trouble_of(listener)
    if trouble:
        raise Refused(trouble, field=field)
    rules.parse_condition(get_vocabulary(LISTEN), listener.condition)
    if cycle := find_cycle(listener):
        names = "→".join(f"“{found.name}”" for found in [*cycle, cycle[0]])
        raise Refused(
            _("启用后会循环触发：%s。请缩小其中一个的监听范围，或改变它的动作") % names,
            field="pattern",
        )


def _name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= 60:
        raise InvalidInput(_("请填写名称，最长 60 字"), field="name")
    return name


def _pattern(raw: Mapping[str, Any]) -> dict[str, list[str]]:
    known = known_patterns()
    read: dict[str, list[str]] = {}
    for key, values in raw.items():
        if key not in known or not isinstance(values, list):
            raise InvalidInput(_("监听范围格式不正确"), field="pattern")
        for value in values:
            if value not in known[key]:
                raise InvalidInput(_("“%s”不在可选范围内") % value, field="pattern")
        if values:
            read[key] = sorted(set(values))
    return read


def _condition(raw: Mapping[str, Any]) -> dict[str, Any]:
    rules.parse_condition(get_vocabulary(LISTEN), raw)
    return dict(raw)


def _wait_for_turn() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [_LOCK_ROOM, _LOCK_ACTIVATING])


def _lock(listener_id: int) -> Listener:
    return Listener.objects.select_for_update(of=("self",)).get(pk=listener_id)


def _record(actor: User, action: str, listener: Listener, **data: Any) -> None:
    audit.record(
        actor,
        action,
        object_type="listener",
        object_id=listener.pk,
        object_label=listener.name,
        data=data,
    )
