"""Capabilities of other departments: registered, asked for, granted for a time, taken back.

Source: CP-01, CP-04, CP-08; sensitive ones VD-11, VD-12, CP-09.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.algorithms import permissions
from apps.algorithms.enums import SENSITIVE, CapabilityKind, RequestState
from apps.algorithms.models import Capability, CapabilityRequest
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.http import CallFailed, check_outgoing
from apps.gateway.sealing import seal

TYPES = ("text", "number", "picture", "list")
MOST_ENTRIES = 20
MOST_CALLS = 1_000_000
LONGEST = timedelta(days=366)
_SHOWN = (
    "name", "kind", "owner_id", "url", "input_spec", "output_spec", "terms", "legal_basis",
    "purpose",
)  # fmt: skip


@dataclass(frozen=True)
class CapabilitySpec:
    """A capability as it shall be; see ``Capability``. secret: "" keeps the one there is."""

    code: str
    name: str
    kind: str
    owner: Organization
    url: str
    input_spec: Mapping[str, str]
    output_spec: Mapping[str, str]
    terms: str = ""
    legal_basis: str = ""
    purpose: str = ""
    secret: str = field(default="", repr=False)


@transaction.atomic
def save_capability(
    actor: Actor, *, spec: CapabilitySpec, capability_id: int | None = None
) -> Capability:
    """Will write a capability, new ones switched off. Locks it; the key is kept encrypted.

    Raises: NotAllowed; NotFound; InvalidInput ("code", "kind", "url", "input_spec",
        "output_spec", "secret").
    """
    permissions.require_keep(actor)
    _check(spec, capability_id)
    known = lock_capability(capability_id) if capability_id is not None else None
    one = known or Capability(
        created_at=clock.now(), made_by=actor if isinstance(actor, User) else None
    )
    before = audit.snapshot(one, *_SHOWN) if known else {}
    one.code, one.name, one.kind, one.owner = spec.code, spec.name, spec.kind, spec.owner
    one.url, one.terms = spec.url, spec.terms
    one.input_spec, one.output_spec = dict(spec.input_spec), dict(spec.output_spec)
    one.legal_basis, one.purpose = spec.legal_basis, spec.purpose
    if spec.secret:
        one.secret = seal(spec.secret)
    if one.is_active and one.kind in SENSITIVE:
        _require_law(one)
    one.save()
    data = audit.document_changes(before, audit.snapshot(one, *_SHOWN))
    _note(
        actor, "capability.changed" if known else "capability.registered", one,
        secret_given=bool(spec.secret), **data,
    )  # fmt: skip
    return one


@transaction.atomic
def set_capability_active(actor: Actor, *, capability_id: int, is_active: bool) -> Capability:
    """Will switch a capability on or off; twice is harmless. Locks it.

    Switching a sensitive one on is the publisher's, and needs its law and purpose written down.
    Raises: NotAllowed; NotFound; Refused (no law or purpose; its registrar switches it on).
    """
    one = lock_capability(capability_id)
    if is_active:
        permissions.require_publish(actor)
        if one.made_by_id is not None and one.made_by_id == actor.pk:
            raise NotAllowed(_("登记人不能启用自己登记的能力，请由他人启用"))
        if one.kind in SENSITIVE:
            _require_law(one)
    else:
        permissions.require_keep(actor)
    if one.is_active != is_active:
        one.is_active = is_active
        one.save(update_fields=["is_active"])
        _note(
            actor, "capability.switched_on" if is_active else "capability.switched_off", one,
            legal_basis=one.legal_basis, purpose=one.purpose,
        )  # fmt: skip
    return one


@transaction.atomic
def ask_for(
    actor: User,
    *,
    capability_id: int,
    unit: Organization,
    purpose: str,
    daily_calls: int,
    expires_on: date,
    legal_basis: str = "",
) -> CapabilityRequest:
    """Will ask to use a capability for a unit.

    Raises: NotAllowed; NotFound; InvalidInput ("purpose", "legal_basis", "daily_calls",
        "expires_on"); Refused (the unit has asked, or has it).
    """
    permissions.require_use(actor, unit)
    one = lock_capability(capability_id)
    if len(purpose.strip()) < 4:
        raise InvalidInput(_("请写明使用目的"), field="purpose")
    if one.kind in SENSITIVE and len(legal_basis.strip()) < 4:
        raise InvalidInput(_("该能力涉及个人信息，请写明法律依据"), field="legal_basis")
    if not 1 <= daily_calls <= MOST_CALLS:
        raise InvalidInput(_("每日次数为 1 到 100 万"), field="daily_calls")
    if not clock.today() <= expires_on <= clock.today() + LONGEST:
        raise InvalidInput(_("有效期不能早于今天，最长一年"), field="expires_on")
    try:
        with transaction.atomic():
            asked = CapabilityRequest.objects.create(
                capability=one, unit=unit, purpose=purpose.strip()[:200],
                legal_basis=legal_basis.strip()[:200], daily_calls=daily_calls,
                expires_on=expires_on, asked_by=actor, asked_at=clock.now(),
            )  # fmt: skip
    except IntegrityError as error:
        raise Refused(_("该单位已申请或已获准使用此能力")) from error
    _note(actor, "capability.asked", one, unit=unit.code, purpose=asked.purpose)
    return asked


@transaction.atomic
def decide_request(
    actor: User, *, request_id: int, is_approved: bool, text: str
) -> CapabilityRequest:
    """Will grant or refuse what somebody else asked for. Locks the request.

    Raises: NotAllowed (no right, or the actor asked); NotFound; Refused (decided already);
        InvalidInput ("text").
    """
    permissions.require_publish(actor)
    asked = _lock_request(request_id)
    if asked.asked_by_id == actor.pk:
        raise NotAllowed(_("申请人不能审批自己的申请"))
    if asked.state != RequestState.WAITING:
        raise Refused(_("该申请已经审批"))
    if len(text.strip()) < 2:
        raise InvalidInput(_("请写明审批意见"), field="text")
    return _settle(
        actor, asked, RequestState.APPROVED if is_approved else RequestState.REFUSED, text
    )


@transaction.atomic
def revoke_request(actor: User, *, request_id: int, text: str) -> CapabilityRequest:
    """Will take a grant back; the next call is refused. Locks the request.

    Raises: NotAllowed; NotFound; Refused (not granted); InvalidInput ("text").
    """
    permissions.require_publish(actor)
    asked = _lock_request(request_id)
    if asked.state != RequestState.APPROVED:
        raise Refused(_("该申请不在已批准状态"))
    if asked.asked_by_id == actor.pk:
        raise NotAllowed(_("申请人不能审批自己的申请"))
    if len(text.strip()) < 2:
        raise InvalidInput(_("请写明理由（2 到 200 字）"), field="text")
    return _settle(actor, asked, RequestState.REVOKED, text)


def _settle(
    actor: User, asked: CapabilityRequest, state: RequestState, text: str
) -> CapabilityRequest:
    before, asked.state = asked.state, state
    asked.decided_by, asked.decided_at = actor, clock.now()
    asked.decision = text.strip()[:200]
    asked.save(update_fields=["state", "decided_by", "decided_at", "decision"])
    _note(
        actor, f"capability.{state}", asked.capability, unit=asked.unit.code, before=before,
        text=asked.decision,
    )  # fmt: skip
    return asked


def lock_capability(capability_id: int) -> Capability:
    """Raises: NotFound."""
    one = Capability.objects.select_for_update().filter(pk=capability_id).first()
    if one is None:
        raise NotFound(_("没有这个能力"))
    return one


def _lock_request(request_id: int) -> CapabilityRequest:
    found = CapabilityRequest.objects.select_for_update(of=("self",))
    asked = found.select_related("capability", "unit").filter(pk=request_id).first()
    if asked is None:
        raise NotFound(_("没有这个申请"))
    return asked


def _check(spec: CapabilitySpec, capability_id: int | None) -> None:
    if spec.kind not in CapabilityKind.values:
        raise InvalidInput(_("请选择类别"), field="kind")
    if Capability.objects.filter(code=spec.code).exclude(pk=capability_id or 0).exists():
        raise InvalidInput(_("该代码已被使用"), field="code")
    if spec.secret and not (spec.secret.isascii() and spec.secret.isprintable()):
        raise InvalidInput(_("只能用可见的英文字符"), field="secret")
    for name, told in (("input_spec", spec.input_spec), ("output_spec", spec.output_spec)):
        if not told or len(told) > MOST_ENTRIES or any(v not in TYPES for v in told.values()):
            raise InvalidInput(
                _("请写明每一项的名称和类型（text、number、picture、list）"), field=name
            )
    try:
        check_outgoing(spec.url)
    except CallFailed as error:
        raise InvalidInput(_("地址无法解析"), field="url") from error


def _require_law(one: Capability) -> None:
    if not one.legal_basis.strip() or not one.purpose.strip():
        raise Refused(_("该能力涉及个人信息，须先写明法律依据和用途限定"))


def _note(actor: Actor, action: str, one: Capability, **data: object) -> None:
    audit.record(
        actor, action, object_type="algorithms.capability", object_id=one.pk,
        object_label=one.name, data=data,
    )  # fmt: skip
