"""Cameras with clips of drawn streets, people who judge them. Deeds go through services."""

import io
from functools import cache
from typing import Any

import av
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from PIL import Image

from apps.accounts.models import Appointment, Organization, Post, Role, User
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.files import store
from apps.diagnosis.models import Look, Run
from apps.diagnosis.services import ask_run, look_due
from apps.video.enums import Light, PictureState
from apps.video.models import Camera, Source, StandardPicture
from apps.video.services import add_clip, drop_source
from tests.cast import SINCE
from tests.diagnosis import injected
from tests.video import factories as video

RIGHTS = {
    "picture_reader": ["view_diagnosis"],
    "picture_runner": ["view_diagnosis", "run_diagnosis"],
    "picture_checker": ["view_diagnosis", "run_diagnosis", "keep_thresholds"],
}


def person(name: str, role: str, unit: Organization) -> User:
    """Will give somebody of the unit with the rights of a role of ``RIGHTS``."""
    user = User.objects.create_user(
        username=name, full_name=f"测{name}", password="x", tenant=unit.tenant
    )
    held, created = Role.objects.get_or_create(code=role, defaults={"name": role})
    if created:
        held.permissions.set(
            Permission.objects.filter(
                codename__in=RIGHTS[role], content_type__app_label="diagnosis"
            )
        )
    post, _created = Post.objects.get_or_create(organization=unit, name=role)
    post.roles.add(held)
    Appointment.objects.create(user=user, post=post, from_on=SINCE)
    return user


@cache
def clip(fault: str = "", severity: str = "medium", *, seed: int = 41) -> bytes:
    """Will give a second of a drawn street as a clip."""
    frames = injected.clean(seed, night=False, count=9)
    if fault:
        frames = tuple(
            injected.inject(f, fault, severity, n / 8, seed=seed) for n, f in enumerate(frames)
        )
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as out:
        stream = out.add_stream("mpeg4", rate=8)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        stream.bit_rate = 6_000_000
        for frame in frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        out.mux(stream.encode())
    return file.getvalue()


def shows(camera: Camera, fault: str = "", **given: Any) -> None:
    """Will make a camera show this from now on, and nothing else."""
    for one in Source.objects.filter(camera=camera):
        drop_source(SYSTEM, camera_id=camera.pk, source_id=one.pk)
    if fault != "no_stream":
        upload = ContentFile(clip(fault, **given), name="clip.mkv")
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
