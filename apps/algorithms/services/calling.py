"""One call of another department's capability: allowed, counted, checked on both sides.

The call itself is made outside any transaction. What was sent and what came back is given to
the caller and kept nowhere here; that there was a call, by whom and what for, is. Source: CP-01,
CP-04, CP-07, CP-08.
"""

import base64
import binascii
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.algorithms import permissions
from apps.algorithms.enums import SENSITIVE, RequestState
from apps.algorithms.models import Capability, CapabilityCall, CapabilityRequest
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotFound, Refused, TooMany
from apps.common.http import CallFailed, post_json
from apps.gateway.sealing import unseal

TIMEOUT_S = 10.0
MOST_PICTURE = 4 * 2**20


@dataclass(frozen=True)
class Called:
    """What came of a call. values: as the contract says; "" error where it went well."""

    values: Mapping[str, Any]
    model_version: str
    confidence: float | None
    error: str = ""


def call_capability(
    actor: User, *, request_id: int, reason: str, values: Mapping[str, Any]
) -> Called:
    """Will call a granted capability once. Not inside a transaction.

    values: as the capability's ``input_spec`` says; a picture as base64. reason: why now.
    Raises: NotFound; NotAllowed; Refused (not granted, expired, switched off); TooMany (the
        day's calls are used up); InvalidInput ("reason", "values").
    """
    call, capability = _begin(actor, request_id, reason, values)
    begun = time.perf_counter()
    try:
        called = _ask(capability, call, values)
    except (CallFailed, DomainError) as error:
        called = Called({}, "", None, str(error)[:200])
    call.is_ok, call.error = not called.error, called.error
    call.ms = round((time.perf_counter() - begun) * 1000)
    call.model_version, call.confidence = called.model_version, called.confidence
    call.save(update_fields=["is_ok", "error", "ms", "model_version", "confidence"])
    return called


@transaction.atomic
def _begin(
    actor: User, request_id: int, reason: str, values: Mapping[str, Any]
) -> tuple[CapabilityCall, Capability]:
    """Counts before it calls: a call that fails has used the other side as well."""
    found = CapabilityRequest.objects.select_for_update(of=("self",))
    asked = found.select_related("capability", "unit").filter(pk=request_id).first()
    if asked is None:
        raise NotFound(_("没有这个申请"))
    permissions.require_use(actor, asked.unit)
    capability, today = asked.capability, clock.today()
    if asked.state != RequestState.APPROVED or asked.expires_on < today:
        raise Refused(_("该能力未获准使用或已过有效期"))
    if not capability.is_active:
        raise Refused(_("该能力已停用"))
    if len(reason.strip()) < 4:
        raise InvalidInput(_("请写明调用事由"), field="reason")
    _check_values(capability.input_spec, values)
    if asked.calls.filter(on=today).count() >= asked.daily_calls:
        raise TooMany(_("今日调用次数已用完"))
    call = CapabilityCall.objects.create(
        request=asked, on=today, at=clock.now(), by=actor, reason=reason.strip()[:200]
    )
    if capability.kind in SENSITIVE:
        audit.record(
            actor, "capability.called", object_type="algorithms.capability",
            object_id=capability.pk, object_label=capability.name,
            data={"unit": asked.unit.code, "reason": call.reason, "basis": asked.legal_basis},
        )  # fmt: skip
    return call, capability


def _ask(capability: Capability, call: CapabilityCall, values: Mapping[str, Any]) -> Called:
    key = unseal(capability.secret) if capability.secret else ""
    answer = post_json(
        capability.url,
        {"call": call.pk, "reason": call.reason, "input": dict(values)},
        headers={"Authorization": f"Bearer {key}"} if key else None,
        timeout_s=TIMEOUT_S,
    )
    if answer.status != 200:
        raise CallFailed(_("对方返回 HTTP %(status)s") % {"status": answer.status})
    try:
        return _read(capability, answer.json())
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CallFailed(_("对方的答复不合约定")) from error


def _read(capability: Capability, told: Any) -> Called:
    output, version, sure = told["output"], told["model_version"], told["confidence"]
    if not isinstance(version, str) or not 0 < len(version) <= 60:
        raise ValueError("model_version")
    if isinstance(sure, bool) or not isinstance(sure, int | float) or not 0 <= sure <= 1:
        raise ValueError("confidence")
    _check_values(capability.output_spec, output)
    return Called(output, version, float(sure))


def _check_values(spec: Mapping[str, str], values: Mapping[str, Any]) -> None:
    if not isinstance(values, Mapping):
        raise InvalidInput(_("内容须为对象"), field="values")
    for name in sorted(set(spec) | set(map(str, values))):
        kind = spec.get(name)
        if kind is None or not _fits(kind, values.get(name)):
            raise InvalidInput(_("“%(name)s”缺失、多余或类型不符") % {"name": name}, field="values")


def _fits(kind: str, value: Any) -> bool:
    match kind:
        case "text":
            return isinstance(value, str) and len(value) <= 10_000
        case "number":
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return is_number and math.isfinite(value)
        case "picture":
            return isinstance(value, str) and _is_picture(value)
        case _:
            return isinstance(value, list) and len(value) <= 1000


def _is_picture(value: str) -> bool:
    if len(value) > MOST_PICTURE * 4 // 3 + 4:
        return False
    try:
        head = base64.b64decode(value, validate=True)[:8]
    except (binascii.Error, ValueError):
        return False
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))
