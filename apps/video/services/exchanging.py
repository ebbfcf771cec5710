"""Catalogues taken from other platforms and sent to them. The only writer of networked points.

A point a platform no longer names is marked, never deleted. What was taken is read whole before
the first row is written, so a platform that breaks off midway changes nothing. Source: VD-01,
VD-05.
"""

import hashlib
import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.contrib.gis.geos import Point
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assets.services import AssetSpec
from apps.assets.services.register import enter_asset, restate_asset
from apps.audit import services as audit
from apps.audit.services import SYSTEM, Actor
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotFound, Refused
from apps.places import selectors as places
from apps.places.geometry import point
from apps.video import permissions
from apps.video.adapters.catalogue import Entry, gateway_entries, police_entries, send_entries
from apps.video.codes import CAMERA_KINDS, read_code
from apps.video.enums import Direction, Network, PlatformKind, RunState, Shape
from apps.video.errors import NoPicture
from apps.video.models import Camera, ExchangeProblem, ExchangeRun, Platform
from apps.video.networks import check_url
from apps.video.services.registering import ASSET_CLASS
from apps.video.services.sources import opened

STALE = timedelta(minutes=30)
MOST_PROBLEMS = 1000


def pull_catalogue(actor: Actor, *, platform_id: int) -> ExchangeRun:
    """Will take a platform's catalogue in: new points entered, changed ones changed, gone marked.

    The same catalogue again changes nothing. An empty one is taken for a fault.
    Raises: NotFound; NotAllowed; Refused (it does not pull, is out of use, or a run goes on).
    How it went otherwise stands in the run.
    """
    platform = _platform(actor, platform_id, Direction.PULL)
    run = _begin(actor, platform, Direction.PULL)
    try:
        entries = _read(platform)
        if not entries:
            raise Refused(_("目录为空，未作任何更改"))
        _take(run, platform, entries)
    except DomainError as error:
        return _end(actor, run, platform, error=str(error))
    return _end(actor, run, platform)


def push_catalogue(actor: Actor, *, platform_id: int) -> ExchangeRun:
    """Will send our cameras below the platform's area, but isolated ones and its own.

    Signed; the same content has the same digest. Raises: as ``pull_catalogue``.
    """
    platform = _platform(actor, platform_id, Direction.PUSH)
    run = _begin(actor, platform, Direction.PUSH)
    entries = _own_entries(platform)
    run.total = len(entries)
    run.digest = _digest(entries)
    try:
        send_entries(_place(platform), opened(platform.secret).get("key", ""), entries)
    except DomainError as error:
        return _end(actor, run, platform, error=str(error))
    return _end(actor, run, platform)


def exchange_all() -> int:
    """Will pull and push with every platform in use; gives the runs made. Safe to run twice."""
    made = 0
    for platform in Platform.objects.filter(is_active=True).order_by("pk"):
        for wanted, deed in ((platform.pulls, pull_catalogue), (platform.pushes, push_catalogue)):
            if not wanted:
                continue
            try:
                deed(SYSTEM, platform_id=platform.pk)
            except Refused:  # a run of somebody goes on
                continue
            made += 1
    return made


def _platform(actor: Actor, platform_id: int, direction: str) -> Platform:
    platform = Platform.objects.select_related("area", "unit").filter(pk=platform_id).first()
    if platform is None:
        raise NotFound(_("没有这个视频平台"))
    permissions.require_keep_in(actor, platform.area)
    wanted = platform.pulls if direction == Direction.PULL else platform.pushes
    if not wanted or not platform.is_active:
        raise Refused(_("该平台未启用此方向的目录交换"))
    return platform


def _begin(actor: Actor, platform: Platform, direction: str) -> ExchangeRun:
    moment = clock.now()
    running = platform.runs.filter(direction=direction, state=RunState.RUNNING)
    running.filter(started_at__lt=moment - STALE).update(
        state=RunState.FAILED, finished_at=moment, error=_("进程中断")
    )
    try:
        with transaction.atomic():
            return ExchangeRun.objects.create(
                platform=platform, direction=direction, started_at=moment,
                started_by_name=actor.display_name[:100] if isinstance(actor, User) else "",
            )  # fmt: skip
    except IntegrityError as error:
        raise Refused(_("目录交换正在进行"), code="running") from error


@transaction.atomic
def _end(actor: Actor, run: ExchangeRun, platform: Platform, *, error: str = "") -> ExchangeRun:
    run.state = RunState.FAILED if error else RunState.DONE
    run.finished_at, run.error = clock.now(), error[:200]
    run.save()
    Platform.objects.filter(pk=platform.pk).update(
        exchanged_at=run.finished_at, last_error=run.error
    )
    names = ("total", "added", "changed", "gone", "refused", "digest", "error")
    audit.record(
        actor, "catalogue.pulled" if run.direction == Direction.PULL else "catalogue.pushed",
        object_type="video_platform", object_id=platform.pk, object_label=platform.name,
        data={name: getattr(run, name) for name in names},
    )  # fmt: skip
    return run


def _place(platform: Platform) -> Any:
    try:
        return check_url(platform.url, schemes=("http", "https"))
    except InvalidInput as error:
        raise NoPicture("address_refused") from error


def _read(platform: Platform) -> list[Entry]:
    told = opened(platform.secret)
    if platform.kind == PlatformKind.GATEWAY:
        return list(gateway_entries(_place(platform), told.get("token", "")))
    return list(police_entries(_place(platform), told.get("key", "")))


@transaction.atomic
def _take(run: ExchangeRun, platform: Platform, entries: list[Entry]) -> None:
    run.total, run.digest = len(entries), _digest([asdict(one) for one in entries])
    held = (
        Camera.objects.select_for_update(of=("self",))
        .select_related("asset")
        .filter(platform=platform)
        .order_by("pk")
    )
    known = {camera.outside_id: camera for camera in held}
    problems, seen = [], set()
    for entry in entries:
        try:
            if entry.outside_id in seen:
                raise InvalidInput(_("平台编号重复"))
            with transaction.atomic():
                outcome = _take_one(platform, entry, known.get(entry.outside_id))
        except DomainError as error:
            problems.append(ExchangeProblem(
                run=run, outside_id=entry.outside_id or "—", reason=str(error)[:200]
            ))  # fmt: skip
            outcome = "refused"
        if outcome:
            setattr(run, outcome, getattr(run, outcome) + 1)
        seen.add(entry.outside_id)
    gone = [c.pk for c in known.values() if c.outside_id not in seen and c.gone_at is None]
    run.gone = Camera.objects.filter(pk__in=gone).update(gone_at=clock.now())
    ExchangeProblem.objects.bulk_create(problems[:MOST_PROBLEMS])


def _take_one(platform: Platform, entry: Entry, camera: Camera | None) -> str:
    """Enters or changes one point; "added", "changed" or "" where nothing differs."""
    if not entry.outside_id or not entry.name:
        raise InvalidInput(_("缺少平台编号或名称"))
    read_code(entry.gb_code, kinds=CAMERA_KINDS)
    taken = Camera.objects.filter(gb_code=entry.gb_code)
    if (taken.exclude(pk=camera.pk) if camera else taken).exists():
        raise InvalidInput(_("国标编码已被另一摄像机使用"))
    if entry.lon is None or entry.lat is None:
        raise InvalidInput(_("缺少经纬度"))
    if not (-180 <= entry.lon <= 180 and -90 <= entry.lat <= 90):
        raise InvalidInput(_("经纬度无效"))
    here = point(entry.lon, entry.lat)
    area = places.locate(here)
    if area is None or not area.path.startswith(platform.area.path):
        raise InvalidInput(_("位置不在该平台的区域内"))
    if camera is None:
        asset = enter_asset(
            AssetSpec(
                ASSET_CLASS, entry.name, here, area, platform.unit, maker=entry.maker,
                source=platform.name,
            )
        )  # fmt: skip
        Camera.objects.create(
            asset=asset, network=Network.NETWORKED, platform=platform,
            outside_id=entry.outside_id, gb_code=entry.gb_code, address=entry.address,
            heading_deg=entry.heading, has_ptz=entry.has_ptz,
            shape=Shape.BALL if entry.has_ptz else Shape.BULLET, registered_at=clock.now(),
        )  # fmt: skip
        return "added"
    return _change_one(camera, entry, here)


def _change_one(camera: Camera, entry: Entry, here: Point) -> str:
    asset = camera.asset
    moved = not asset.point.equals_exact(here, 1e-9)
    told: dict[str, Any] = {"gb_code": entry.gb_code, "has_ptz": entry.has_ptz, "gone_at": None}
    if entry.address:  # what a platform leaves out, people may have filled in
        told["address"] = entry.address
    if entry.heading is not None:
        told["heading_deg"] = entry.heading
    changed = [name for name, value in told.items() if getattr(camera, name) != value]
    if not (changed or moved or asset.name != entry.name):
        return ""
    before = {name: getattr(camera, name) for name in changed}
    for name in changed:
        setattr(camera, name, told[name])
    camera.save(update_fields=changed or None)
    if moved or asset.name != entry.name:
        before |= {"name": asset.name, "point": str(asset.point.coords)}
        restate_asset(asset, name=entry.name, point=here if moved else None)
    after = {n: getattr(camera, n) for n in changed}
    if "name" in before:
        after |= {"name": asset.name, "point": str(asset.point.coords)}
    audit.record(
        SYSTEM, "camera.synchronised", object_type="camera", object_id=camera.pk,
        object_label=camera.gb_code,
        data={"before": _plain(before), "after": _plain(after)},
    )  # fmt: skip
    return "changed"


def _own_entries(platform: Platform) -> list[dict[str, Any]]:
    found = (
        Camera.objects.filter(
            asset__area__path__startswith=platform.area.path,
            is_isolated=False, is_active=True, gone_at__isnull=True,
        )
        .exclude(platform=platform)
        .select_related("asset")
        .order_by("gb_code")
    )  # fmt: skip
    return [
        {
            "id": camera.gb_code, "gb_code": camera.gb_code, "name": camera.asset.name,
            "lon": round(camera.asset.point.x, 7), "lat": round(camera.asset.point.y, 7),
            "maker": camera.asset.maker, "address": camera.address,
            "heading": camera.heading_deg, "ptz": camera.has_ptz, "network": camera.network,
        }
        for camera in found.iterator(chunk_size=2000)
    ]  # fmt: skip


def _digest(entries: list[dict[str, Any]]) -> str:
    text = json.dumps(entries, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if name == "gone_at" else value for name, value in values.items()}
