"""Enforcement media: kept as they came, opened by right, erased in time. Source: VD-15."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.models import StoredFile
from apps.video import selectors, services
from apps.video.models import EnforcementMedia
from apps.video.services import MediaSpec
from tests.cast import Cast
from tests.video.factories import person

CLIP = b"\x00\x00\x00\x18ftypisom" + b"frames " * 300


def spec(cast: Cast, **given: Any) -> MediaSpec:
    plain: dict[str, Any] = {
        "title": "占道经营现场", "media_class": "inspection", "unit": cast.east_works,
        "area": cast.east, "recorded_at": clock.now() - timedelta(hours=1),
        "recorder_name": "王强",
    }  # fmt: skip
    return MediaSpec(**plain | given)


def added(keeper: User, cast: Cast, content: bytes = CLIP, **given: Any) -> EnforcementMedia:
    upload = ContentFile(content, name="body.mp4")
    return services.add_media(keeper, upload=upload, spec=spec(cast, **given))


def test_a_recording_is_kept_as_it_came_with_its_digest_in_the_log(
    cast: Cast, settings: Any
) -> None:
    keeper = person("keeper", "media_keeper", cast.east_works)
    media = added(keeper, cast)
    again = added(keeper, cast)
    assert media.file is not None
    assert again.pk == media.pk
    assert (Path(settings.MEDIA_ROOT) / media.file.path).read_bytes() == CLIP
    assert AuditEntry.objects.get(action="media.added").data["digest"] == media.digest
    assert media.kept_until == timezone.localdate(media.recorded_at) + timedelta(days=183)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": "占"}, "title"),
        ({"media_class": "film"}, "media_class"),
        ({"recorder_name": " "}, "recorder_name"),
        ({"recorded_at": 1}, "recorded_at"),
        ({"content": b"MZ\x90\x00" * 100}, "file"),
        ({"content": b"<svg onload=alert(1)>" + b" " * 100}, "file"),
    ],
)
def test_wrong_input_names_its_field(cast: Cast, given: dict[str, Any], field: str) -> None:
    keeper = person("keeper", "media_keeper", cast.east_works)
    if "recorded_at" in given:
        given = {"recorded_at": clock.now() + timedelta(hours=1)}
    with pytest.raises(InvalidInput) as refusal:
        added(keeper, cast, **given)
    assert refusal.value.field == field
    assert EnforcementMedia.objects.count() == 0


def test_who_may_not_keep_and_not_see(cast: Cast) -> None:
    keeper = person("keeper", "media_keeper", cast.east_works)
    neighbour = person("neighbour", "media_keeper", cast.west_works)
    reader = person("reader", "media_reader", cast.east_works)
    with pytest.raises(NotAllowed):
        added(neighbour, cast)
    with pytest.raises(NotAllowed):
        added(reader, cast)
    media = added(keeper, cast)
    assert selectors.get_media(reader, pk=media.pk) == media
    with pytest.raises(NotFound):
        selectors.get_media(neighbour, pk=media.pk)
    with pytest.raises(NotFound):
        services.hold_media(neighbour, media_id=media.pk, is_held=True, reason="案件需要")
    with pytest.raises(NotAllowed):
        services.hold_media(reader, media_id=media.pk, is_held=True, reason="案件需要")


def test_of_another_class_it_is_kept_for_that_time(cast: Cast) -> None:
    keeper = person("keeper", "media_keeper", cast.east_works)
    media = added(keeper, cast)
    services.label_media(
        keeper, media_id=media.pk, label="暴力抗法", media_class="force", case_number="A-1"
    )
    media.refresh_from_db()
    entry = AuditEntry.objects.get(action="media.labelled")
    assert (media.kept_until - timezone.localdate(media.recorded_at)).days == 1827
    assert entry.data["before"]["media_class"] == "inspection"


def test_erased_in_time_unless_held(cast: Cast, settings: Any) -> None:
    keeper = person("keeper", "media_keeper", cast.east_works)
    old = clock.now() - timedelta(days=400)
    media = added(keeper, cast, recorded_at=old)
    held = added(keeper, cast, CLIP + b"2", recorded_at=old)
    services.hold_media(keeper, media_id=held.pk, is_held=True, reason="复议案件")
    path = Path(settings.MEDIA_ROOT) / StoredFile.objects.get(sha256=media.digest).path
    assert path.exists()
    assert erase_committed() == 1
    assert erase_committed() == 0
    media.refresh_from_db()
    assert (media.file, path.exists()) == (None, False)
    assert AuditEntry.objects.get(action="media.erased").data["digest"] == media.digest
    assert held.file is not None
    with pytest.raises(Refused):
        services.label_media(
            keeper, media_id=media.pk, label="x", media_class="force", case_number=""
        )


def erase_committed() -> int:
    """What ``erase_due`` does once its transactions are through."""
    from django.test import TestCase

    with TestCase.captureOnCommitCallbacks(execute=True):
        return services.erase_due()


def test_bytes_another_record_cites_stay(cast: Cast, settings: Any) -> None:
    east = person("east", "media_keeper", cast.east_works)
    both = person("both", "media_keeper", cast.center)
    old = clock.now() - timedelta(days=400)
    added(east, cast, recorded_at=old)
    kept = added(both, cast, unit=cast.center)
    assert erase_committed() == 1
    kept.refresh_from_db()
    assert kept.file is not None
    assert (Path(settings.MEDIA_ROOT) / kept.file.path).exists()
