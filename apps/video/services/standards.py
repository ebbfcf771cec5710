"""Standard pictures: proposed by one person, approved by another. Source: VD-04, VD-06."""

import time
from datetime import datetime
from io import BytesIO

from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image

from apps.accounts.models import User
from apps.common import clock, files
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.video import permissions
from apps.video.enums import Light, PictureState
from apps.video.models import Camera, StandardPicture
from apps.video.passers import PAUSE_S, STILLS, without_passers
from apps.video.services.access import take_picture
from apps.video.services.registering import lock_camera, note


@transaction.atomic
def propose_picture(
    actor: User, *, camera_id: int, upload: File, light: str, taken_at: datetime | None = None
) -> StandardPicture:
    """Will put a picture forward as how the camera is meant to see; written anew like any upload.

    taken_at: aware; None: now. An older proposal that waits for the same light is replaced.
    Raises: NotFound; NotAllowed; InvalidInput (fields "file", "light", "taken_at").
    """
    camera = lock_camera(actor, camera_id)
    if light not in Light.values:
        raise InvalidInput(_("请选择白天或夜间"), field="light")
    if taken_at is not None and taken_at > clock.now():
        raise InvalidInput(_("拍摄时间不能晚于现在"), field="taken_at")
    stored = files.store(upload, allow=frozenset({"image"}))
    waiting = camera.pictures.filter(state=PictureState.WAITING, light=light)
    waiting.update(state=PictureState.REPLACED)
    made = StandardPicture.objects.create(
        camera=camera, file=stored, light=light, taken_at=taken_at or clock.now(),
        proposed_by=actor, proposed_at=clock.now(),
    )  # fmt: skip
    note(actor, "standard_picture.proposed", camera, picture=made.pk, light=light,
         digest=stored.sha256)  # fmt: skip
    return made


def propose_live_picture(actor: User, *, camera_id: int, light: str) -> StandardPicture:
    """Will take pictures from the camera now and put one forward, without what passes by.

    Takes four seconds. Raises: as ``propose_picture``; NoPicture.
    """
    camera = Camera.objects.select_related("asset__area").filter(pk=camera_id).first()
    if camera is None:
        raise NotFound(_("没有这台摄像机"))
    permissions.require_keep_in(actor, camera.asset.area)
    stills = []
    for number in range(STILLS):
        if number:
            time.sleep(PAUSE_S)
        taken = take_picture(camera)
        clean = files.read_picture(ContentFile(taken.content, name="picture.jpg"))
        stills.append(Image.open(BytesIO(clean)))
    written = BytesIO()
    without_passers(stills).save(written, "JPEG", quality=92)
    upload = ContentFile(written.getvalue(), name="picture.jpg")
    return propose_picture(
        actor, camera_id=camera_id, upload=upload, light=light, taken_at=taken.at
    )


@transaction.atomic
def decide_picture(
    actor: User, *, picture_id: int, is_agreed: bool, text: str = ""
) -> StandardPicture:
    """Will approve a picture, in place of the one before, or refuse it with a reason.

    Locks the camera, then the picture. Raises: NotFound; NotAllowed (no approver there, or one's
    own proposal); Refused (decided already); InvalidInput (field "text").
    """
    found = StandardPicture.objects.filter(pk=picture_id).first()
    if found is None:
        raise NotFound(_("没有这张标准画面"))
    camera = (
        Camera.objects.select_for_update(of=("self",))
        .select_related("asset__area", "asset__owner_unit")
        .get(pk=found.camera_id)
    )
    picture = StandardPicture.objects.select_for_update(of=("self",)).get(pk=picture_id)
    permissions.require_approve(actor, camera)
    if picture.proposed_by_id == actor.pk:
        raise NotAllowed(_("不能审核本人提交的标准画面"))
    if picture.state != PictureState.WAITING:
        raise Refused(_("这张标准画面已经处理"))
    if not is_agreed and len(text.strip()) < 2:
        raise InvalidInput(_("请说明不通过的理由"), field="text")
    if is_agreed:
        camera.pictures.filter(state=PictureState.APPROVED, light=picture.light).update(
            state=PictureState.REPLACED
        )
    picture.state = PictureState.APPROVED if is_agreed else PictureState.REFUSED
    picture.decided_by, picture.decided_at = actor, clock.now()
    picture.note = text.strip()[:200]
    picture.save(update_fields=["state", "decided_by", "decided_at", "note"])
    note(actor, f"standard_picture.{picture.state}", camera, picture=picture.pk)
    return picture
