"""What enforcement officers recorded: taken in, labelled, held, erased when its time is over.

Source: VD-15.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.audit import services as audit
from apps.audit.services import SYSTEM, Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.models import StoredFile
from apps.places.models import Area
from apps.video import clips, permissions
from apps.video.enums import RETENTION_DAYS, MediaClass
from apps.video.models import EnforcementMedia


@dataclass(frozen=True)
class MediaSpec:
    """What is said of a recording. recorded_at: aware; recorder_name: the officer."""

    title: str
    media_class: str
    unit: Organization
    area: Area
    recorded_at: datetime
    recorder_name: str
    label: str = ""
    case_number: str = ""
    device_code: str = ""


@transaction.atomic
def add_media(actor: User, *, upload: File, spec: MediaSpec) -> EnforcementMedia:
    """Will keep a recording as it came and write its SHA-256 into the log.

    The same bytes of the same unit again are the same recording. The log is sealed with the rest
    of the audit chain, so the digest cannot be changed afterwards without being seen.
    Raises: NotAllowed (not a unit of the actor); InvalidInput (fields "file", "title",
        "media_class", "recorded_at", "recorder_name").
    """
    permissions.require_keep_media_of(actor, spec.unit)
    if not 2 <= len(spec.title.strip()) <= 80:
        raise InvalidInput(_("请填写标题，2至80个字"), field="title")
    if spec.media_class not in MediaClass.values:
        raise InvalidInput(_("请选择类别"), field="media_class")
    if spec.recorded_at > clock.now():
        raise InvalidInput(_("录制时间不能晚于现在"), field="recorded_at")
    if not spec.recorder_name.strip():
        raise InvalidInput(_("请填写执法人员"), field="recorder_name")
    kept = clips.keep(upload, allow=frozenset({"video", "picture"}))
    known = EnforcementMedia.objects.filter(digest=kept.digest, unit=spec.unit).first()
    if known is not None:
        return known
    days = RETENTION_DAYS[MediaClass(spec.media_class)]
    try:
        with transaction.atomic():
            made = EnforcementMedia.objects.create(
                file=kept.file, digest=kept.digest, media_type=kept.media_type,
                size_bytes=kept.size_bytes, title=spec.title.strip(),
                label=spec.label.strip()[:200],
                media_class=spec.media_class, case_number=spec.case_number.strip()[:40],
                unit=spec.unit, area=spec.area, recorded_at=spec.recorded_at,
                recorder_name=spec.recorder_name.strip()[:40],
                device_code=spec.device_code.strip()[:40], uploaded_by=actor,
                uploaded_at=clock.now(),
                kept_until=timezone.localdate(spec.recorded_at) + timedelta(days=days),
            )  # fmt: skip
    except IntegrityError:  # the same file came twice at once
        return EnforcementMedia.objects.get(digest=kept.digest, unit=spec.unit)
    _note(actor, "media.added", made, {"digest": made.digest, "bytes": made.size_bytes})
    return made


@transaction.atomic
def label_media(
    actor: User, *, media_id: int, label: str, media_class: str, case_number: str
) -> EnforcementMedia:
    """Will label a recording anew; of another class it is kept for that class's time.

    Locks it. Raises: NotFound; NotAllowed; InvalidInput (field "media_class"); Refused (erased).
    """
    media = _lock(actor, media_id)
    if media_class not in MediaClass.values:
        raise InvalidInput(_("请选择类别"), field="media_class")
    names = ("label", "media_class", "case_number", "kept_until")
    before = audit.snapshot(media, *names)
    if media.media_class != media_class:
        days = RETENTION_DAYS[MediaClass(media_class)]
        media.kept_until = timezone.localdate(media.recorded_at) + timedelta(days=days)
    media.label, media.case_number = label.strip()[:200], case_number.strip()[:40]
    media.media_class = media_class
    media.save(update_fields=names)
    _note(actor, "media.labelled", media, audit.changes(before, audit.snapshot(media, *names)))
    return media


@transaction.atomic
def hold_media(actor: User, *, media_id: int, is_held: bool, reason: str) -> EnforcementMedia:
    """Will keep a recording beyond its time, for a case, or no longer. Locks it.

    Raises: NotFound; NotAllowed; InvalidInput (field "reason"); Refused (erased already).
    """
    media = _lock(actor, media_id)
    if len(reason.strip()) < 4:
        raise InvalidInput(_("请说明理由，至少4个字"), field="reason")
    media.is_held, media.hold_reason = is_held, reason.strip()[:200]
    media.save(update_fields=["is_held", "hold_reason"])
    action = "media.held" if is_held else "media.released"
    _note(actor, action, media, {"reason": media.hold_reason})
    return media


def note_opened(viewer: User, media: EnforcementMedia, *, is_download: bool) -> None:
    """Will write down that somebody played a recording or took it along."""
    action = "media.downloaded" if is_download else "media.played"
    _note(viewer, action, media, {"digest": media.digest})


def erase_due() -> int:
    """Will erase the bytes of recordings whose time is over and that nobody holds; how many.

    The row stays with its digest. Bytes another record cites as well stay. Each is a transaction
    of its own: killed midway, the rest goes on next time.
    """
    today, erased = clock.today(), 0
    due = EnforcementMedia.objects.filter(
        erased_at__isnull=True, is_held=False, kept_until__lt=today
    )
    for pk in list(due.values_list("pk", flat=True)[:1000]):
        erased += _erase(pk)
    return erased


def _erase(pk: int) -> int:
    with transaction.atomic():
        media = (
            EnforcementMedia.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("file")
            .filter(pk=pk, erased_at__isnull=True, is_held=False)
            .first()
        )
        if media is None:
            return 0
        stored = media.file
        media.file, media.erased_at = None, clock.now()
        media.save(update_fields=["file", "erased_at"])
        _note(SYSTEM, "media.erased", media, {"digest": media.digest})
        if stored is not None:
            transaction.on_commit(lambda: _unlink(stored))
    return 1


def _unlink(stored: StoredFile) -> None:
    """Removes row and bytes unless another record cites them: then the database says no."""
    try:
        with transaction.atomic():
            stored.delete()
    except IntegrityError:
        return
    (Path(settings.MEDIA_ROOT) / stored.path).unlink(missing_ok=True)


def _lock(actor: User, media_id: int) -> EnforcementMedia:
    found = EnforcementMedia.objects.select_for_update(of=("self",)).select_related("unit", "area")
    media = found.filter(permissions.media_q(actor), pk=media_id).first()
    if media is None:
        raise NotFound(_("没有这份执法视音频"))
    permissions.require_keep_media_of(actor, media.unit)
    if media.erased_at is not None:
        raise Refused(_("已到期销毁"))
    return media


def _note(actor: Actor, action: str, media: EnforcementMedia, data: Mapping[str, Any]) -> None:
    audit.record(
        actor, action, object_type="enforcement_media", object_id=media.pk,
        object_label=media.title, data=dict(data),
    )  # fmt: skip
