"""Asking for a layer of another department, and the answer. Source: GE-06."""

from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.notices.services import notify
from apps.onemap.models import LayerGrant, LayerRequest, RequestState
from apps.onemap.registry import Layer, find_layer
from apps.onemap.selectors import card_of
from apps.onemap.sharing import permissions
from apps.places.models import Area

LONGEST = timedelta(days=3 * 366)
SHORTEST_TEXT = 4


@transaction.atomic
def ask_for_layer(
    actor: User,
    *,
    code: str,
    unit: Organization,
    purpose: str,
    since: date,
    until: date,
    area: Area | None = None,
) -> LayerRequest:
    """Will file a request and tell whoever decides; audited.

    area: only what lies in it; None: all of it.
    Raises: NotFound (no such layer to be shared); NotAllowed (no post in the unit);
    InvalidInput (fields ``purpose``, ``since``, ``until``); Refused (one waits already).
    """
    layer = _shareable(code)
    if unit not in permissions.units_of(actor):
        raise NotAllowed(_("只能为本人任职的单位申请图层"))
    why = _text(purpose, "purpose", _("请填写用途，4至300字"))
    if since < clock.today():
        raise InvalidInput(_("起始日期不能早于今天"), field="since")
    if until < since or until - since > LONGEST:
        raise InvalidInput(_("截止日期须在起始日期之后三年以内"), field="until")
    request = LayerRequest(
        code=code,
        layer_name=str(layer.label)[:80],
        tenant=unit.tenant,
        unit=unit,
        owner_unit=card_of(code).owner_unit,
        area=area,
        purpose=why,
        since=since,
        until=until,
        asked_by_id=str(actor.pk),
        asked_by_name=actor.display_name,
        asked_at=clock.now(),
    )
    try:
        with transaction.atomic():
            request.save()
    except IntegrityError as error:
        raise Refused(_("本单位对该图层的申请正在等待审核")) from error
    _record(actor, "layer_request.filed", request)
    notify(
        recipients=permissions.deciders(request.tenant_id, request.owner_unit),
        kind="onemap",
        title=_("图层申请：%(unit)s 申请“%(layer)s”")
        % {"unit": unit.name, "layer": request.layer_name},
        body=why,
        url=f"/map/requests/{request.pk}/",
        key=f"layer-request-{request.pk}",
    )
    return request


@transaction.atomic
def decide_request(
    actor: User, *, request_id: int, is_agreed: bool, note: str = ""
) -> LayerRequest:
    """Will agree, which opens the layer from its first day, or refuse with a reason; audited.

    Locks the request. Raises: NotFound; NotAllowed (no approver of the owner, or one's own
    request); Refused (decided already, its last day is over); InvalidInput (field ``note``).
    """
    request = _lock(request_id)
    if not permissions.can_decide(actor, request):
        raise NotAllowed(_("需要责任单位的“审核图层共享”权限，且不能审核本人的申请"))
    if request.state != RequestState.WAITING:
        raise Refused(_("这份申请已经处理"))
    if is_agreed:
        _shareable(request.code)
        if request.until < clock.today():
            raise Refused(_("申请的截止日期已过"))
        request.grant = LayerGrant.objects.create(
            code=request.code,
            unit=request.unit,
            area_path=request.area.path if request.area else "",
            since=request.since,
            until=request.until,
            granted_by_name=actor.display_name,
        )
        request.note = note.strip()[:300]
    else:
        request.note = _text(note, "note", _("请说明不同意的理由，4至300字"))
    request.state = RequestState.APPROVED if is_agreed else RequestState.REFUSED
    request.decided_by_name, request.decided_at = actor.display_name, clock.now()
    request.save()
    _record(actor, f"layer_request.{request.state}", request, note=request.note)
    _tell_asker(request)
    return request


@transaction.atomic
def withdraw_request(actor: User, *, request_id: int) -> LayerRequest:
    """Will take a waiting request back; only who filed it. Locks the request.

    Raises: NotFound; NotAllowed; Refused (decided already).
    """
    request = _lock(request_id)
    if str(actor.pk) != request.asked_by_id:
        raise NotAllowed(_("只有申请人可以撤回"))
    if request.state != RequestState.WAITING:
        raise Refused(_("这份申请已经处理"))
    request.state = RequestState.WITHDRAWN
    request.save(update_fields=["state"])
    _record(actor, "layer_request.withdrawn", request)
    return request


@transaction.atomic
def end_grant(actor: User, *, request_id: int, note: str) -> LayerRequest:
    """Will take an opened layer back at once; audited, and the unit is told why.

    Locks the request, then the grant. Raises: NotFound; NotAllowed; Refused (not open any
    more); InvalidInput (field ``note``).
    """
    request = _lock(request_id)
    if not permissions.may_decide(actor, request.tenant_id, request.owner_unit):
        raise NotAllowed(_("需要责任单位的“审核图层共享”权限"))
    why = _text(note, "note", _("请说明收回的理由，4至300字"))
    grant = LayerGrant.objects.select_for_update(of=("self",)).filter(request=request).first()
    if grant is None or grant.ended_at is not None or grant.until < clock.today():
        raise Refused(_("这项共享已经结束"))
    grant.ended_at = clock.now()
    grant.save(update_fields=["ended_at"])
    request.note = why
    request.save(update_fields=["note"])
    _record(actor, "layer_grant.ended", request, note=why)
    _tell_asker(request, ended=True)
    return request


def _shareable(code: str) -> Layer:
    layer = find_layer(code)
    if layer is None or layer.shared_rows is None or card_of(code).is_hidden:
        raise NotFound(_("没有可以申请的这个图层"), field="code")
    return layer


def _lock(request_id: int) -> LayerRequest:
    found = (
        LayerRequest.objects.select_for_update(of=("self",))
        .select_related("unit", "owner_unit", "area")
        .filter(pk=request_id)
        .first()
    )
    if found is None:
        raise NotFound(_("没有这份申请"))
    return found


def _tell_asker(request: LayerRequest, *, ended: bool = False) -> None:
    person = User.objects.filter(pk=request.asked_by_id)
    words = _("已收回") if ended else request.get_state_display()
    notify(
        recipients=person,
        kind="onemap",
        title=_("图层“%(layer)s”的申请：%(state)s") % {"layer": request.layer_name, "state": words},
        body=request.note,
        url=f"/map/requests/{request.pk}/",
        key=f"layer-request-{request.pk}-{'ended' if ended else request.state}",
    )


def _text(text: str, field: str, message: str) -> str:
    plain = text.strip()
    if not SHORTEST_TEXT <= len(plain) <= 300:
        raise InvalidInput(message, field=field)
    return plain


def _record(actor: User, action: str, request: LayerRequest, **more: object) -> None:
    audit.record(
        actor,
        action,
        object_type="onemap.layer_request",
        object_id=request.pk,
        object_label=str(request),
        data={
            "layer": request.code,
            "unit": request.unit.code,
            "area": request.area.code if request.area else "",
            "since": request.since.isoformat(),
            "until": request.until.isoformat(),
            "purpose": request.purpose,
            **more,
        },
    )
