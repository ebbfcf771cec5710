"""Cameras with clips of drawn streets, people who judge them. Deeds go through services."""

import io
from typing import Any

from django.core.files.base import ContentFile
from PIL import Image

from apps.accounts.models import Organization, User
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.files import store
from apps.diagnosis.models import Look, Run
from apps.diagnosis.services import ask_run, look_due
from apps.video.enums import Light, PictureState
from apps.video.models import Camera, Source, StandardPicture
from apps.video.services import add_clip, drop_source
from benchmarks.support import injected
from tests.people import appointed
from tests.video import factories as video

RIGHTS = {
    "picture_reader": ["view_diagnosis"],
    "picture_runner": ["view_diagnosis", "run_diagnosis"],
    "picture_checker": ["view_diagnosis", "run_diagnosis", "keep_thresholds"],
}


def person(name: str, role: str, unit: Organization) -> User:
    """Will give somebody of the unit with the rights of a role of ``RIGHTS``."""
    rights = [f"diagnosis.{right}" for right in RIGHTS[role]]
    return appointed(name, unit, role=role, rights=rights)


def shows(camera: Camera, fault: str = "", **given: Any) -> None:
    """Will make a camera show this from now on, and nothing else."""
    for one in Source.objects.filter(camera=camera):
        drop_source(SYSTEM, camera_id=camera.pk, source_id=one.pk)
    if fault != "no_stream":
        upload = ContentFile(injected.clip(41, fault, **given), name="clip.mkv")
        add_clip(SYSTEM, camera_id=camera.pk, upload=upload)


def camera(serial: int = 1, fault: str = "", **given: Any) -> Camera:
    """Will give a camera of the eastern district that shows a good or broken street."""
    made = video.camera(serial, **given)
    shows(made, fault)
    return made


def standard_picture(camera: Camera, *, seed: int = 41) -> StandardPicture:
    """Will give a camera its approved standard picture by day."""
    encoded = io.BytesIO()
    Image.fromarray(injected.standard(seed, night=False)).save(encoded, "PNG")
    stored = store(ContentFile(encoded.getvalue(), name="p.png"))
    return StandardPicture.objects.create(
        camera=camera, file=stored, light=Light.DAY, taken_at=clock.now(),
        state=PictureState.APPROVED, proposed_at=clock.now(),
    )  # fmt: skip


def looked(actor: User, *cameras: Camera) -> Run:
    """Will have cameras looked at now, really."""
    run = ask_run(actor, camera_ids=[one.pk for one in cameras])
    look_due()
    run.refresh_from_db()
    return run


def due_now(camera: Camera) -> Look:
    """Will make the second look at a camera due at once."""
    look = Look.objects.get(camera=camera, state="waiting")
    look.due_at = look.run.began_at
    look.save(update_fields=["due_at"])
    return look
