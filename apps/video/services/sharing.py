"""Cameras of others: asked for, opened for a while by a second person, taken back. VD-01, VD-04."""

from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import users_with_permission
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.notices.services import notify
from apps.video import permissions
from apps.video.enums import RequestState
from apps.video.models import Camera, CameraGrant, CameraRequest, Play
from apps.video.services.registering import note

LONGEST = timedelta(days=366)


@transaction.atomic
def ask_for_camera(
    actor: User,
    *,
    gb_code: str,
    unit: Organization,
    reason: str,
    since: date,
    until: date,
    with_records: bool = False,
) -> CameraRequest:
    """Will file a request for a camera of another department and tell who decides; audited.

    gb_code: the asker may know a camera by its code alone; nothing of it is told before it is
    granted. since, until: days, both included, at most a year.
    Raises: NotAllowed (no post in the unit); InvalidInput (field "gb_code": no such camera, or
        isolated: the two are not told apart; "reason", "since", "until"); Refused (one waits
        already).
    """
    camera = Camera.objects.select_related("asset__area", "asset__owner_unit").filter(
        gb_code=gb_code.strip(), is_isolated=False, is_active=True
    ).first()  # fmt: skip
    if camera is None:
        raise InvalidInput(_("没有可以申请的这台摄像机"), field="gb_code")
    if unit not in permissions.units_of(actor):
        raise NotAllowed(_("只能为本人任职的单位申请视频"))
    if permissions.can_play(actor, camera):
        raise InvalidInput(_("您已有观看该摄像机的权限，无需申请"), field="gb_code")
    why = reason.strip()
    if not 4 <= len(why) <= 300:
        raise InvalidInput(_("请填写用途，4至300字"), field="reason")
    if since < clock.today():
        raise InvalidInput(_("起始日期不能早于今天"), field="since")
    if until < since or until - since > LONGEST:
        raise InvalidInput(_("截止日期须在起始日期之后一年以内"), field="until")
    try:
        with transaction.atomic():
            request = CameraRequest.objects.create(
                camera=camera, unit=unit, reason=why, since=since, until=until,
                with_records=with_records, asked_by=actor, asked_at=clock.now(),
            )  # fmt: skip
    except IntegrityError as error:
        raise Refused(_("本单位对该摄像机的申请正在等待审核")) from error
    note(actor, "camera_request.filed", camera, request=request.pk, unit=unit.name)
    notify(
        recipients=_deciders(camera, actor),
        kind="video",
        title=_("视频申请：%(unit)s 申请“%(camera)s”") % {"unit": unit.name, "camera": camera},
        body=why,
        url="/video/requests/",
        key=f"camera-request-{request.pk}",
    )
    return request


@transaction.atomic
def decide_request(
    actor: User, *, request_id: int, is_agreed: bool, text: str = ""
) -> CameraRequest:
    """Will open the camera to the unit for the days asked for, or refuse with a reason; audited.

    Locks the request. Raises: NotFound; NotAllowed (no approver there, or one's own request);
        Refused (decided already, over, isolated since); InvalidInput (field "text").
    """
    request = _lock(request_id)
    permissions.require_approve(actor, request.camera)
    if request.asked_by_id == actor.pk:
        raise NotAllowed(_("不能审核本人提交的申请"))
    if request.state != RequestState.WAITING:
        raise Refused(_("这份申请已经处理"))
    if not is_agreed and len(text.strip()) < 4:
        raise InvalidInput(_("请说明不同意的理由，至少4个字"), field="text")
    if is_agreed:
        _check_shareable(request)
        request.grant = CameraGrant.objects.create(
            camera=request.camera, unit=request.unit, since=request.since, until=request.until,
            with_records=request.with_records, granted_by_name=actor.display_name[:100],
        )  # fmt: skip
    request.state = RequestState.APPROVED if is_agreed else RequestState.REFUSED
    request.decided_by, request.decided_at = actor, clock.now()
    request.note = text.strip()[:300]
    request.save()
    note(actor, f"camera_request.{request.state}", request.camera, request=request.pk,
         unit=request.unit.name, note=request.note)  # fmt: skip
    _tell_asker(request, request.get_state_display())
    return request


@transaction.atomic
def withdraw_request(actor: User, *, request_id: int) -> CameraRequest:
    """Will take one's own waiting request back. Locks it.

    Raises: NotFound; NotAllowed; Refused (decided already).
    """
    request = _lock(request_id)
    if request.asked_by_id != actor.pk:
        raise NotAllowed(_("只有申请人可以撤回"))
    if request.state != RequestState.WAITING:
        raise Refused(_("这份申请已经处理"))
    request.state = RequestState.WITHDRAWN
    request.save(update_fields=["state"])
    note(actor, "camera_request.withdrawn", request.camera, request=request.pk)
    return request


@transaction.atomic
def end_grant(actor: User, *, grant_id: int, text: str) -> CameraGrant:
    """Will take an opened camera back at once: looks under the grant end. Locks it; audited.

    Raises: NotFound; NotAllowed; Refused (over already); InvalidInput (field "text").
    """
    grant = (
        CameraGrant.objects.select_for_update(of=("self",))
        .select_related("camera__asset__area", "camera__asset__owner_unit", "unit")
        .filter(pk=grant_id)
        .first()
    )
    if grant is None:
        raise NotFound(_("没有这项共享"))
    permissions.require_approve(actor, grant.camera)
    if grant.ended_at is not None or grant.until < clock.today():
        raise Refused(_("这项共享已经结束"))
    if len(text.strip()) < 4:
        raise InvalidInput(_("请说明收回的理由，至少4个字"), field="text")
    grant.ended_at = clock.now()
    grant.save(update_fields=["ended_at"])
    Play.objects.filter(grant=grant, ended_at__isnull=True).update(ended_at=grant.ended_at)
    note(actor, "camera_grant.ended", grant.camera, grant=grant.pk, unit=grant.unit.name,
         note=text.strip()[:300])  # fmt: skip
    request = CameraRequest.objects.select_related("asked_by", "camera__asset").filter(
        grant=grant
    ).first()  # fmt: skip
    if request is not None:
        _tell_asker(request, _("已收回"))
    return grant


def _check_shareable(request: CameraRequest) -> None:
    if request.camera.is_isolated:
        raise Refused(_("隔离的摄像机不能共享"), code="isolated")
    if request.until < clock.today():
        raise Refused(_("申请的截止日期已过"))


def _lock(request_id: int) -> CameraRequest:
    found = (
        CameraRequest.objects.select_for_update(of=("self",))
        .select_related("camera__asset__area", "camera__asset__owner_unit", "unit", "asked_by")
        .filter(pk=request_id)
        .first()
    )
    if found is None:
        raise NotFound(_("没有这份申请"))
    return found


def _deciders(camera: Camera, asker: User) -> list[User]:
    """Will give who may decide about this camera, the asker not among them."""
    holders = users_with_permission(permissions.APPROVE).exclude(pk=asker.pk)[:200]
    return [one for one in holders if permissions.can_approve(one, camera)]


def _tell_asker(request: CameraRequest, words: object) -> None:
    told = {"camera": request.camera, "state": words}
    notify(
        recipients=[request.asked_by],
        kind="video",
        title=_("视频“%(camera)s”的申请：%(state)s") % told,
        body=request.note,
        url="/video/requests/",
        key=f"camera-request-{request.pk}-{words}",
    )
