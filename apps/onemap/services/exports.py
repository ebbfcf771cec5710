"""Files of tiles: asked for by a person, written by the worker, removed after some days."""

import time
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.services import SYSTEM, record
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotFound, Refused
from apps.onemap import permissions
from apps.onemap.enums import ExportState
from apps.onemap.models import TileExport
from apps.onemap.selectors import open_layer
from apps.onemap.tiles.archive import DEEPEST, plan_archive, write_archive

MOST_LAYERS = 20
SILENT = timedelta(minutes=5)  # a writer that says nothing so long is gone
_TELL_EVERY_S = 2.0
_OBJECT = "onemap.tile_export"


@transaction.atomic
def request_export(
    actor: User, *, codes: list[str], min_zoom: int, max_zoom: int, purpose: str
) -> TileExport:
    """Will order a file with the tiles of some layers, as the actor may see them.

    Raises: NotAllowed; NotFound (``layer``); InvalidInput (``layers``, ``min_zoom``,
        ``max_zoom``, ``purpose``); Refused (one of the actor's is still being written).
    """
    permissions.require_export(actor)
    _check(codes, min_zoom, max_zoom, purpose)
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    waiting = TileExport.objects.filter(
        user=actor, state__in=(ExportState.WAITING, ExportState.RUNNING)
    )
    if waiting.exists():
        raise Refused(_("您还有一个离线瓦片包正在生成，请等它完成"), code="export_running")
    archive = plan_archive(actor, codes, min_zoom, max_zoom)
    export = TileExport.objects.create(
        codes=codes,
        min_zoom=min_zoom,
        max_zoom=max_zoom,
        purpose=purpose.strip(),
        user=actor,
        user_name=actor.display_name,
        total=len(archive.tiles),
        asked_at=clock.now(),
    )
    _note(actor, "tile_export.requested", export, {"purpose": export.purpose})
    return export


def write_next_export() -> bool:
    """Will write the oldest file that waits; False if none does. Any number may run at once."""
    export = _claim()
    if export is None:
        return False
    write_export(export)
    return True


def write_export(export: TileExport) -> None:
    """Will draw the tiles by the rights the person has now and keep the file.

    A refusal is kept with the export, in words. Not in one transaction: the progress is seen.
    """
    target = Path("tiles") / f"{export.pk}.pmtiles"
    file = Path(settings.MEDIA_ROOT) / target
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    try:
        permissions.require_export(export.user)
        archive = plan_archive(export.user, export.codes, export.min_zoom, export.max_zoom)
        sha256 = write_archive(archive, part, tell=_teller(export, len(archive.tiles)))
        part.rename(file)
    except DomainError as refusal:
        part.unlink(missing_ok=True)
        _end(export, ExportState.FAILED, error=str(refusal)[:200])
        return
    except BaseException:
        part.unlink(missing_ok=True)
        _end(export, ExportState.FAILED, error=str(_("生成时出错，请联系管理员")))
        raise
    _end(export, ExportState.DONE, path=str(target), sha256=sha256, size_bytes=file.stat().st_size)


def open_export(actor: User, *, pk: int) -> tuple[TileExport, Path]:
    """Will give a finished file of the actor's own for a download, which is noted.

    Raises: NotAllowed; NotFound (not theirs, not there any more, or one of its layers is not
        theirs to see any more).
    """
    permissions.require_export(actor)
    export = TileExport.objects.filter(pk=pk, user=actor, state=ExportState.DONE).first()
    if export is None:
        raise NotFound(_("没有这个离线瓦片包，或它已到期删除"))
    for code in export.codes:
        open_layer(actor, code)
    file = Path(settings.MEDIA_ROOT) / export.path
    if not file.exists():
        raise NotFound(_("文件内容不在存储中，请联系管理员"))
    _note(actor, "tile_export.downloaded", export, {"sha256": export.sha256})
    return export, file


def remove_old_exports() -> int:
    """Will delete the files whose days are over and give their number."""
    old = TileExport.objects.filter(state=ExportState.DONE, kept_until__lt=clock.today())
    for export in old:
        (Path(settings.MEDIA_ROOT) / export.path).unlink(missing_ok=True)
        export.state, export.path = ExportState.REMOVED, ""
        export.save(update_fields=["state", "path"])
    return len(old)


def _check(codes: list[str], min_zoom: int, max_zoom: int, purpose: str) -> None:
    if not 1 <= len(set(codes)) == len(codes) <= MOST_LAYERS:
        message = _("请选择 1 至 %(most)d 个图层") % {"most": MOST_LAYERS}
        raise InvalidInput(message, field="layers")
    if not 0 <= min_zoom <= max_zoom:
        raise InvalidInput(_("最小级别应不大于最大级别"), field="min_zoom")
    if max_zoom > DEEPEST:
        message = _("最大级别不能超过 %(most)d") % {"most": DEEPEST}
        raise InvalidInput(message, field="max_zoom")
    if not 2 <= len(purpose.strip()) <= 200:
        raise InvalidInput(_("请写明用途，2 至 200 个字"), field="purpose")


@transaction.atomic
def _claim() -> TileExport | None:
    moment = clock.now()
    silent = Q(state=ExportState.RUNNING, seen_at__lt=moment - SILENT)
    export = (
        TileExport.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(Q(state=ExportState.WAITING) | silent)
        .order_by("pk")
        .first()
    )
    if export is not None:
        export.state, export.seen_at, export.done = ExportState.RUNNING, moment, 0
        export.save(update_fields=["state", "seen_at", "done"])
    return export


class _teller:
    """Writes down now and then how many tiles are done."""

    def __init__(self, export: TileExport, total: int) -> None:
        self._export, self._told = export, time.monotonic()
        TileExport.objects.filter(pk=export.pk).update(total=total, seen_at=clock.now())

    def __call__(self, done: int) -> None:
        if time.monotonic() - self._told >= _TELL_EVERY_S:
            self._told = time.monotonic()
            TileExport.objects.filter(pk=self._export.pk).update(done=done, seen_at=clock.now())


@transaction.atomic
def _end(export: TileExport, state: ExportState, **values: str | int) -> None:
    moment: datetime = clock.now()
    kept_until = clock.today() + timedelta(days=settings.MAP_EXPORT_DAYS)
    export.refresh_from_db()
    for name, value in values.items():
        setattr(export, name, value)
    export.state, export.ended_at = state, moment
    if state == ExportState.DONE:
        export.kept_until, export.done = kept_until, export.total
    export.save()
    told = {"sha256": export.sha256, "error": export.error, "for": export.user_name}
    _note(SYSTEM, f"tile_export.{state.value}", export, told)


def _note(actor: object, action: str, export: TileExport, data: dict[str, str]) -> None:
    record(
        actor,  # type: ignore[arg-type]  # a person or the system itself
        action,
        object_type=_OBJECT,
        object_id=export.pk,
        object_label=str(export)[:200],
        data=data,
    )
