"""Pictures of the place with where and when they were taken, found again when used twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.gis.geos import Point

from apps.common import clock, files
from apps.common.models import StoredFile
from apps.grid import scenes
from apps.grid.enums import Phase
from apps.grid.models import GridEvent, ScenePhoto
from apps.matters.enums import AttachmentPurpose
from apps.matters.models import CaseAttachment
from apps.places.geometry import point

#: How long back a picture of another case is found again.
REMEMBERED = timedelta(days=180)
_PHASES = {
    AttachmentPurpose.REPORT.value: Phase.BEFORE,
    AttachmentPurpose.BEFORE.value: Phase.BEFORE,
    AttachmentPurpose.AFTER.value: Phase.AFTER,
}


@dataclass(frozen=True)
class Taken:
    """Where and when a picture was taken, as far as the phone said so."""

    point: Point | None = None
    accuracy_m: float | None = None
    at: datetime | None = None

    @classmethod
    def of(
        cls, lon: float | None, lat: float | None, accuracy_m: float | None, at: datetime | None
    ) -> "Taken":
        """Will put the parts together; lon, lat in degrees WGS 84."""
        here = point(lon, lat) if lon is not None and lat is not None else None
        return cls(here, accuracy_m, at)


def add_photos(
    event: GridEvent, stored: Iterable[StoredFile], *, phase: Phase, taken: Taken
) -> list[ScenePhoto]:
    """Will keep pictures of an event with their fingerprints; what is no picture is left out."""
    return [
        _add(event, file, phase=phase, taken=taken)
        for file in stored
        if file.media_type.startswith("image/")
    ]


def collect_photos(event: GridEvent) -> None:
    """Will take up the pictures that came with actions on the case page, without a place."""
    known = set(event.photos.values_list("file_id", "phase", "round"))
    attached = CaseAttachment.objects.filter(
        case_id=event.case_id, purpose__in=_PHASES, file__media_type__startswith="image/"
    ).select_related("file")
    for one in attached:
        phase = _PHASES[one.purpose]
        if (one.file_id, phase, one.round) not in known:
            _add(event, one.file, phase=phase, taken=Taken(), round_number=one.round)


def _add(
    event: GridEvent, file: StoredFile, *, phase: Phase, taken: Taken, round_number: int = 0
) -> ScenePhoto:
    fingerprint = scenes.scene_hash(read(file))
    photo, _made = ScenePhoto.objects.get_or_create(
        event=event,
        file=file,
        phase=phase,
        round=round_number or event.case.round,
        defaults={
            "point": taken.point,
            "accuracy_m": taken.accuracy_m,
            "taken_at": taken.at,
            "added_at": clock.now(),
            "scene_hash": fingerprint,
            "bands": scenes.bands_of(fingerprint) if fingerprint is not None else [],
            "reused_of": find_used(event, file, fingerprint),
        },
    )
    return photo


def find_used(event: GridEvent, file: StoredFile, fingerprint: int | None) -> ScenePhoto | None:
    """Will find the picture of another case that is this one, in the last 180 days.

    The same file; or one whose fingerprint differs in at most three bits and that is the same
    picture when looked at closer.
    """
    others = (
        ScenePhoto.objects.filter(added_at__gte=clock.now() - REMEMBERED)
        .exclude(event=event)
        .order_by("id")
    )
    same = others.filter(file=file).first()
    if same is not None or fingerprint is None:
        return same
    near = others.select_related("file").filter(bands__overlap=scenes.bands_of(fingerprint))
    for photo in near:
        if photo.scene_hash is None:
            continue
        is_near = scenes.bits_apart(photo.scene_hash, fingerprint) <= scenes.SAME_BITS
        if is_near and scenes.is_same(read(photo.file), read(file)):
            return photo
    return None


def read(file: StoredFile) -> bytes:
    """Will give the kept bytes of a picture."""
    with files.open_stored(file) as content:
        return content.read()
