"""Looking through cameras: a link for a while, written down. Source: VD-03, VD-14."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import unit_name_of
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.video import media_links, permissions
from apps.video.adapters import Stream
from apps.video.enums import PlayKind, Purpose
from apps.video.media_links import Link
from apps.video.models import Camera, CameraGrant, Play
from apps.video.services.access import open_stream
from apps.video.services.registering import note

LONGEST_RECORD = timedelta(hours=4)


@dataclass(frozen=True)
class Opened:
    """A look that was opened. link: the address the browser plays, for this viewer alone;
    watermark: what the page draws over the picture."""

    play: Play
    watermark: str
    link: str = field(repr=False)


@transaction.atomic
def play(
    viewer: User,
    *,
    camera_id: int,
    purpose: str,
    text: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> Opened:
    """Will open a look through a camera: live, or recordings from ``since`` to ``until``.

    since, until: aware, at most four hours, not in the future. The look is written down with
    who, when and why before there is a link. By the viewer's own right, or by a grant to a unit
    of theirs: then at most to its last day, and recordings only where it names them.
    Raises: NotFound; NotAllowed; Refused (out of use, withdrawn, no media server);
        InvalidInput (fields "purpose", "text", "until").
    """
    camera = Camera.objects.select_related("asset__area", "asset__owner_unit").filter(
        pk=camera_id
    ).first()  # fmt: skip
    if camera is None:
        raise NotFound(_("没有这台摄像机"))
    kind = PlayKind.RECORD if since is not None else PlayKind.LIVE
    grant = _right_of(viewer, camera, kind)
    _check_asked(purpose, text, since, until)
    media_links.require_media_server()
    if not camera.is_active or camera.gone_at is not None:
        raise Refused(_("该摄像机已停用或已撤点"))
    moment = clock.now()
    ends = moment + timedelta(minutes=settings.VIDEO_LINK_MINUTES)
    if grant is not None:
        ends = min(ends, _end_of_day(grant))
    key = media_links.key_of(camera.pk, str(viewer.pk), moment)
    made = Play.objects.create(
        camera=camera, viewer_id=str(viewer.pk), viewer_name=viewer.display_name[:100],
        unit_name=unit_name_of(viewer)[:80], grant=grant, kind=kind, purpose=purpose,
        note=text.strip()[:200], started_at=moment, until=ends, record_since=since,
        record_until=until, key_digest=media_links.digest_of(key),
    )  # fmt: skip
    note(viewer, "camera.played", camera, play=made.pk, kind=kind, purpose=purpose,
         shared=grant is not None)  # fmt: skip
    return _opened(made, camera)


def reopen(viewer: User, *, play_id: int) -> Opened:
    """Will give the link of a look of one's own again, while it is open.

    Raises: NotFound (nobody else's look); Refused (over, or the right was taken back).
    """
    found = Play.objects.select_related("camera__asset__area", "camera__asset__owner_unit")
    made = found.filter(pk=play_id, viewer_id=str(viewer.pk)).first()
    if made is None:
        raise NotFound(_("没有这次播放"))
    if not is_open(made):
        raise Refused(_("播放已结束，请重新打开"), code="play_over")
    try:
        _right_of(viewer, made.camera, PlayKind(made.kind))
    except NotAllowed as error:
        raise Refused(_("观看权限已收回"), code="play_over") from error
    return _opened(made, made.camera)


@transaction.atomic
def keep_watching(viewer: User, *, play_id: int, is_over: bool = False) -> bool:
    """Will note that the page still plays, or was closed; False once the look is over.

    Locks the look. Raises: NotFound (nobody else's look).
    """
    found = Play.objects.select_for_update(of=("self",)).select_related(
        "camera__asset__area", "camera__asset__owner_unit"
    )
    made = found.filter(pk=play_id, viewer_id=str(viewer.pk)).first()
    if made is None:
        raise NotFound(_("没有这次播放"))
    if not is_open(made):
        return False
    try:
        _right_of(viewer, made.camera, PlayKind(made.kind))
    except NotAllowed:
        is_over = True
    made.seen_at = clock.now()
    made.ended_at = made.seen_at if is_over else None
    made.save(update_fields=["seen_at", "ended_at"])
    return not is_over


def admit(key: str) -> tuple[Play, Stream]:
    """Will tell the media server what to open for a key, while the look is open.

    The viewer's right is asked anew each time, so a right taken back ends the picture at the
    server's next question. Raises: NotFound (no such key, over, right gone); NoPicture.
    """
    found = Play.objects.select_related("camera__asset__area", "camera__asset__owner_unit")
    made = found.filter(key_digest=media_links.digest_of(key)).first()
    if made is None or not is_open(made) or not made.camera.is_active:
        raise NotFound(_("没有这次播放"))
    viewer = User.objects.filter(pk=made.viewer_id, is_active=True).first()
    try:
        if viewer is None:
            raise NotFound(_("没有这次播放"))
        _right_of(viewer, made.camera, PlayKind(made.kind))
    except NotAllowed as error:
        raise NotFound(_("没有这次播放")) from error
    return made, open_stream(made.camera)


@transaction.atomic
def finish(key: str) -> None:
    """Will note that the media server stopped playing a key; twice is harmless.

    Raises: NotFound.
    """
    found = Play.objects.select_for_update().filter(key_digest=media_links.digest_of(key)).first()
    if found is None:
        raise NotFound(_("没有这次播放"))
    if found.ended_at is None:
        found.ended_at = min(clock.now(), found.until)
        found.save(update_fields=["ended_at"])


def is_open(made: Play) -> bool:
    """Will tell whether a look may still go on."""
    return made.ended_at is None and made.until > clock.now()


def key_of(made: Play) -> str:
    """Will give the key of a look, which its link bears."""
    return media_links.key_of(made.camera_id, made.viewer_id, made.started_at)


def _opened(made: Play, camera: Camera) -> Opened:
    link = Link(
        camera.gb_code, made.kind, key_of(made), made.until, made.record_since, made.record_until
    )
    moment = timezone.localtime(made.started_at)
    mark = " ".join(part for part in (made.viewer_name, made.unit_name) if part)
    return Opened(made, f"{mark} {moment:%Y-%m-%d %H:%M}", media_links.signed(link))


def _right_of(viewer: User, camera: Camera, kind: PlayKind) -> CameraGrant | None:
    if permissions.can_play(viewer, camera):
        return None
    grant = permissions.grant_for(viewer, camera)
    if grant is None:
        raise NotAllowed(_("您没有观看该摄像机的权限"))
    if kind == PlayKind.RECORD and not grant.with_records:
        raise NotAllowed(_("共享授权不含录像"))
    return grant


def _check_asked(purpose: str, text: str, since: datetime | None, until: datetime | None) -> None:
    if purpose not in Purpose.values:
        raise InvalidInput(_("请选择观看目的"), field="purpose")
    if purpose in (Purpose.EVENT, Purpose.EVIDENCE) and len(text.strip()) < 4:
        raise InvalidInput(_("事件处置和取证须写明事由，至少4个字"), field="text")
    if (since is None) != (until is None):
        raise InvalidInput(_("请同时填写录像的起止时间"), field="until")
    if since is None or until is None:
        return
    if not since < until <= clock.now():
        raise InvalidInput(_("录像的截止时间须晚于起始时间，且不晚于现在"), field="until")
    if until - since > LONGEST_RECORD:
        raise InvalidInput(_("一次最多播放4小时录像"), field="until")


def _end_of_day(grant: CameraGrant) -> datetime:
    day = datetime.combine(grant.until + timedelta(days=1), datetime.min.time())
    return timezone.make_aware(day)
