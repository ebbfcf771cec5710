"""What the owner of a social camera signed, kept with its file. Source: VD-02, VD-04."""

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import files
from apps.common.errors import NotFound, Refused
from apps.common.models import StoredFile
from apps.video.enums import Network
from apps.video.models import Camera
from apps.video.services.registering import lock_camera, note


@transaction.atomic
def attach_consent(actor: User, *, camera_id: int, upload: File) -> Camera:
    """Will keep the scanned consent of a social camera's owner; the same scan again is silent.

    upload: a picture or a PDF. Locks the camera. The one before stays stored for the log.
    Raises: NotFound; NotAllowed; Refused (a networked point needs none); InvalidInput (field
        "file", as ``files.store``).
    """
    camera = lock_camera(actor, camera_id)
    if camera.network != Network.SOCIAL:
        raise Refused(_("联网点位不需要业主同意书"))
    kept = files.store(upload, allow=frozenset({"image", "document"}))
    if camera.consent_file_id == kept.pk:
        return camera
    before = audit.snapshot(camera, "consent_file_id")
    camera.consent_file = kept
    camera.save(update_fields=["consent_file"])
    after = audit.snapshot(camera, "consent_file_id")
    note(actor, "camera.consent_kept", camera, **audit.changes(before, after))
    return camera


def open_consent(viewer: User, *, camera_id: int) -> StoredFile:
    """Will give the scan and note who looked at it: it bears a name and a signature.

    Raises: NotFound (no camera, no scan); NotAllowed (no keeper there).
    """
    with transaction.atomic():
        camera = lock_camera(viewer, camera_id)
        if camera.consent_file is None:
            raise NotFound(_("没有上传同意书"))
        note(viewer, "camera.consent_read", camera)
        return camera.consent_file
