"""The report of a component or an event: the first of the seven stages (上报)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.assets.models import Asset
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.common.models import StoredFile
from apps.fieldwork.models import Patrol
from apps.grid import permissions
from apps.grid.enums import Doubt, EventKind, Phase
from apps.grid.models import GridClass, GridEvent
from apps.grid.selectors.classes import find_class, latest_class
from apps.grid.selectors.events import tenant_of
from apps.grid.selectors.looks import MATTER
from apps.grid.services.photos import Taken, add_photos
from apps.matters.enums import AttachmentPurpose, Channel, Priority
from apps.matters.models import Case
from apps.matters.services import NewCase, NewFile, open_case

KEY_MAX = 100
#: A position worse than this does not tell one side of a crossing from the other.
COARSE_M = 100.0
#: How far a phone's clock may run ahead before it is not believed.
SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class EventReport:
    """What was found, as the phone, the desk or a program says it.

    kind: "event" or "component"; class_code: a small class, "" when not known. lon, lat:
    degrees WGS 84, or both None; accuracy_m: metres, None when not known. at: aware, when it was
    found. channel: where it came from; whatever a worker did not see is verified first.
    """

    kind: str
    class_code: str
    title: str
    text: str
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    address: str
    at: datetime
    asset_id: int | None = None
    patrol_id: int | None = None
    files: list[StoredFile] = field(default_factory=list)
    handled_on_spot: bool = False
    channel: str = Channel.GRID


@transaction.atomic
def report_event(
    actor: User,
    *,
    key: str,
    report: EventReport,
    tenant: Tenant | None = None,
    names: Sequence[str] = (),
) -> GridEvent:
    """Will open a case of what was found, with its pictures as those from before.

    key: the phone's own id of the deed; the same key again gives the first event and changes
    nothing, two at once too. tenant: for programs; else the body the actor works for. names:
    what the person called the files. A class retired since the report was made is kept with the
    event and chosen anew at filing, so that nothing typed is lost.

    Raises: NotAllowed; InvalidInput (key, kind, title, text, class_code, asset_id, patrol_id,
        point, at).
    Source: GR-03, GR-09, hotline-grid 3.2.
    """
    permissions.require(actor, permissions.REPORT)
    if not 1 <= len(key) <= KEY_MAX:
        raise InvalidInput(_("上报编号应为1至%s个字符") % KEY_MAX, field="key")
    tenant = tenant or tenant_of(actor)
    source_key = f"grid:{actor.pk}:{key}"
    earlier = GridEvent.objects.filter(case__tenant=tenant, case__source_key=source_key).first()
    if earlier is not None:
        return earlier
    found = _read(actor, report)
    outcome = open_case(
        actor,
        tenant=tenant,
        report=_new_case(report, found, source_key),
        files=_named(report.files, names),
        files_as=AttachmentPurpose.BEFORE,
    )
    if outcome.repeated:  # another request with this key committed while this one waited
        return GridEvent.objects.get(case=outcome.case)
    return _keep(actor, outcome.case, report, found)


@dataclass
class _Found:
    """A report that was read: what its codes stand for and what makes it doubtful."""

    asset: Asset | None
    patrol: Patrol | None
    grid_class: GridClass | None
    is_chosen: bool
    at: datetime
    doubt: Doubt


def _read(actor: User, report: EventReport) -> _Found:
    if report.kind not in EventKind.values:
        raise InvalidInput(_("请选择部件或事件"), field="kind")
    if report.channel not in Channel.values:
        raise InvalidInput(_("来源渠道无效"), field="channel")
    asset = _asset(report.asset_id)
    code = report.class_code or (_class_of(asset) if asset is not None else "")
    grid_class = find_class(code) if code else None
    is_chosen = grid_class is not None
    if code and grid_class is None:
        grid_class = latest_class(code)
        if grid_class is None or not grid_class.large_code:
            if report.class_code:
                raise InvalidInput(_("没有这个分类：%s") % code, field="class_code")
            grid_class = None
    if grid_class is not None and grid_class.kind != report.kind:
        raise InvalidInput(_("分类与所选的部件、事件类别不一致"), field="class_code")
    patrol = _patrol(actor, report.patrol_id)
    return _Found(asset, patrol, grid_class, is_chosen, *_believed(report, asset))


def _asset(asset_id: int | None) -> Asset | None:
    if asset_id is None:
        return None
    found = Asset.objects.filter(pk=asset_id).select_related("kind").first()
    if found is None:
        raise InvalidInput(_("没有这个部件，请重新选择"), field="asset_id")
    return found


def _patrol(actor: User, patrol_id: int | None) -> Patrol | None:
    """A patrol of the reporter's own; a phone may name no other."""
    if patrol_id is None:
        return None
    found = Patrol.objects.filter(pk=patrol_id, worker__user_id=actor.pk).first()
    if found is None:
        raise InvalidInput(_("没有这次巡查，或不是您的巡查"), field="patrol_id")
    return found


def _class_of(asset: Asset) -> str:
    """The class of a component: the four digits of its kind, cut in two."""
    return f"c{asset.kind.code[:2]}.{asset.kind.code[2:]}"


def _believed(report: EventReport, asset: Asset | None) -> tuple[datetime, Doubt]:
    """When it was found, and the first reason for a look on the spot."""
    if report.at.tzinfo is None:
        raise InvalidInput(_("发现时间缺少时区"), field="at")
    moment = clock.now()
    if report.at > moment + SKEW:
        return moment, Doubt.CLOCK
    if report.lon is None and asset is None:
        return report.at, Doubt.NO_PLACE
    if report.accuracy_m is not None and report.accuracy_m > COARSE_M:
        return report.at, Doubt.COARSE
    return report.at, Doubt.NONE


def _new_case(report: EventReport, found: _Found, source_key: str) -> NewCase:
    lon, lat = report.lon, report.lat
    if (lon is None or lat is None) and found.asset is not None:
        lon, lat = found.asset.point.x, found.asset.point.y
    level = found.grid_class.level if found.grid_class is not None else Priority.NORMAL
    return NewCase(
        matter_type=MATTER,
        title=report.title,
        text=report.text or report.title,
        channel=Channel(report.channel),
        lon=lon,
        lat=lat,
        address=report.address,
        class_code=found.grid_class.code if found.grid_class and found.is_chosen else "",
        priority=Priority(level),
        source_key=source_key,
    )


def _keep(actor: User, case: Case, report: EventReport, found: _Found) -> GridEvent:
    by_worker = report.channel == Channel.GRID
    event = GridEvent.objects.create(
        case=case,
        kind=report.kind,
        grid_class=found.grid_class,
        asset=found.asset,
        patrol=found.patrol,
        reporter=actor if by_worker else None,
        accuracy_m=report.accuracy_m,
        found_at=found.at,
        doubt=found.doubt,
        needs_look=not by_worker or found.doubt != Doubt.NONE,
        handled_on_spot=report.handled_on_spot,
    )
    photos = add_photos(
        event,
        report.files,
        phase=Phase.BEFORE,
        taken=Taken.of(report.lon, report.lat, report.accuracy_m, found.at),
    )
    if any(photo.reused_of_id for photo in photos):
        event.doubt, event.needs_look = Doubt.REUSED, True
        event.save(update_fields=["doubt", "needs_look"])
    _record(actor, event)
    return event


def _record(actor: User, event: GridEvent) -> None:
    data: dict[str, Any] = {
        "kind": event.kind,
        "class": event.grid_class.code if event.grid_class else "",
        "doubt": event.doubt,
        "needs_look": event.needs_look,
    }
    audit.record(
        actor,
        "grid_event.reported",
        object_type="grid_event",
        object_id=event.pk,
        object_label=f"{event.case.number} {event.case.title}",
        data=data,
    )


def _named(files: Sequence[StoredFile], names: Sequence[str]) -> list[NewFile]:
    usual = [_("现场照片%s") % n for n in range(1, len(files) + 1)]
    given = [*names, *usual[len(names) :]]
    return [NewFile(file, name) for file, name in zip(files, given, strict=False)]
