"""Surveys of components (部件普查): what somebody on the spot found, and what became of it.

"Fine" and "damaged" count at once. What would change the register itself (missing, moved, new),
what was found of a thing long removed, and what was said from too far away wait for a keeper,
who is never the one who made the survey. Called by the phone's pages and by keepers' pages.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assets import permissions
from apps.assets.enums import AssetState, Finding, Hold
from apps.assets.models import Asset, AssetClass, AssetSurvey, SurveyRuling
from apps.assets.services.register import AssetSpec, enter_asset
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.models import StoredFile
from apps.places import selectors as places
from apps.places.geometry import distance_m, point
from apps.places.models import Area

NOTE_MAX = 500
FILES_MAX = 9
WORST_ACCURACY_M = 10_000.0
# A thing is looked at from beside it; what the phone cannot tell of its own place is added.
NEAR_M = 50.0
_STATED = ("state", "point", "area", "finding", "surveyed_at")
_CHANGES = frozenset({Finding.MISSING, Finding.MOVED, Finding.NEW})


@transaction.atomic
def survey_asset(
    actor: User,
    *,
    key: str,
    asset_id: int | None,
    kind_code: str,
    finding: str,
    lon: float,
    lat: float,
    accuracy_m: float | None,
    at: datetime,
    note: str = "",
    files: Sequence[StoredFile] = (),
) -> AssetSurvey:
    """Will keep what somebody found of a thing, and let it count if nobody need confirm it.

    key: the phone's own UUID; the same key of the same person again gives the first survey and
    changes nothing. asset_id: None for a thing not in the register (finding "new"), which needs
    kind_code. lon, lat: degrees WGS 84; accuracy_m: None if the phone does not know. at: aware;
    a phone's clock that runs ahead is set back to now. A survey older than the last one that
    counts is kept and changes nothing of the thing.
    Locks the key, then the thing, until commit.

    Raises: NotAllowed (no right; the place is outside the reach); NotFound (no such thing in
        the reach); InvalidInput (fields "key", "asset_id", "kind_code", "finding", "lon",
        "accuracy_m", "at", "note", "files").
    Source: GR-11.
    """
    permissions.require_survey(actor)
    own_key = _key(key)
    _lock_key(actor, own_key)
    first = AssetSurvey.objects.filter(surveyor=actor, key=own_key).first()
    if first is not None:
        return first
    here = _checked(finding, lon, lat, accuracy_m, at, note, files)
    asset = _lock_asset(asset_id, finding)
    kind = asset.kind if asset else _kind(kind_code)
    area = _area_of(here)
    permissions.require_survey_in(actor, area)
    if asset is not None and asset.area is not None:
        permissions.require_survey_in(actor, asset.area)
    moment = clock.now()
    away = None if asset is None else distance_m(asset.point, here)
    survey = AssetSurvey.objects.create(
        asset=asset,
        kind=kind,
        finding=finding,
        point=here,
        accuracy_m=accuracy_m,
        distance_m=None if away is None else round(away, 1),
        area=area,
        made_at=min(at, moment),
        received_at=moment,
        surveyor=actor,
        note=note.strip(),
        hold=_hold(asset, finding, away, accuracy_m),
        key=own_key,
    )
    survey.files.set(files)
    told = {} if survey.hold or asset is None else _count(survey, asset)
    audit.record(
        actor,
        "asset.surveyed",
        object_type="asset_survey",
        object_id=survey.pk,
        object_label=str(survey),
        data={"finding": finding, "hold": survey.hold, "told_at": at.isoformat(), **told},
    )
    return survey


@transaction.atomic
def rule_survey(
    actor: User, *, survey_id: int, is_accepted: bool, name: str = "", note: str = ""
) -> SurveyRuling:
    """Will confirm or refuse a survey that waits; confirmed, the register follows it.

    missing: the thing is removed; moved: it stands at the new place, with the cell there; new:
    it is entered with the next code (name: its name, the class's if empty). note: why not, asked
    for a refusal. Locks the survey and the thing.

    Raises: NotAllowed (no right there; one's own survey); NotFound; Refused (it does not wait);
        InvalidInput (field "note").
    """
    permissions.require_rule(actor)
    survey = (
        AssetSurvey.objects.select_for_update(of=("self",))
        .select_related("kind", "area")
        .filter(pk=survey_id)
        .first()
    )
    if survey is None or not permissions.can_rule_in(actor, survey.area):
        raise NotFound(_("没有这条普查记录"))
    if survey.surveyor_id == actor.pk:
        raise NotAllowed(_("不能确认自己做的普查"))
    if not survey.hold or SurveyRuling.objects.filter(survey=survey).exists():
        raise Refused(_("这条普查不在待确认之列"), code="survey_not_waiting")
    note = note.strip()
    if not is_accepted and not note:
        raise InvalidInput(_("请填写驳回的原因"), field="note")
    asset = _lock_asset(survey.asset_id, survey.finding)
    told: dict[str, Any] = {}
    if is_accepted:
        if asset is None:
            asset = enter_asset(_spec_of(survey, name.strip()))
        told = _count(survey, asset)
    ruling = SurveyRuling.objects.create(
        survey=survey,
        is_accepted=is_accepted,
        asset=asset,
        note=note[:200],
        ruled_by=actor,
        ruled_at=clock.now(),
    )
    audit.record(
        actor,
        "asset_survey.ruled",
        object_type="asset_survey",
        object_id=survey.pk,
        object_label=str(survey),
        data={"is_accepted": is_accepted, "note": ruling.note, **told},
    )
    return ruling


def note_export(actor: User, *, count: int, filters: dict[str, Any]) -> None:
    """Will note that a list of things left as a file."""
    audit.record(actor, "assets.exported", data={"count": count, "filters": filters})


def _count(survey: AssetSurvey, asset: Asset) -> dict[str, Any]:
    """Will let the register follow the survey, unless a later one counts already."""
    if asset.surveyed_at is not None and asset.surveyed_at > survey.made_at:
        return {}
    before = audit.snapshot(asset, *_STATED)
    asset.finding, asset.surveyed_at = survey.finding, survey.made_at
    match survey.finding:
        case Finding.MISSING:
            asset.state = AssetState.REMOVED
        case Finding.DAMAGED if asset.state != AssetState.STOPPED:
            asset.state = AssetState.FAULTY
        case Finding.FINE | Finding.MOVED if asset.state != AssetState.STOPPED:
            asset.state = AssetState.IN_USE
    if survey.finding == Finding.MOVED:
        asset.point, asset.area = survey.point, survey.area
    asset.save(update_fields=[*_STATED])
    return audit.changes(before, audit.snapshot(asset, *_STATED))


def _hold(asset: Asset | None, finding: str, away_m: float | None, accuracy_m: float | None) -> str:
    if finding in _CHANGES:
        return Hold.CHANGE
    if asset is not None and asset.state == AssetState.REMOVED:
        return Hold.REMOVED
    if away_m is not None and away_m > NEAR_M + (accuracy_m or 0):
        return Hold.FAR
    return ""


def _checked(
    finding: str,
    lon: float,
    lat: float,
    accuracy_m: float | None,
    at: datetime,
    note: str,
    files: Sequence[StoredFile],
) -> Point:
    if finding not in Finding.values:
        raise InvalidInput(_("没有这种普查结果"), field="finding")
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise InvalidInput(_("经纬度无效"), field="lon")
    if accuracy_m is not None and not 0 <= accuracy_m <= WORST_ACCURACY_M:
        raise InvalidInput(_("定位精度无效"), field="accuracy_m")
    if at.tzinfo is None:
        raise InvalidInput(_("普查时间须带时区"), field="at")
    if len(note.strip()) > NOTE_MAX:
        raise InvalidInput(_("说明不能超过 %(n)d 个字") % {"n": NOTE_MAX}, field="note")
    if len(files) > FILES_MAX:
        raise InvalidInput(_("照片不能超过 %(n)d 张") % {"n": FILES_MAX}, field="files")
    return point(lon, lat)


def _key(key: str) -> UUID:
    try:
        return UUID(key)
    except ValueError as error:
        raise InvalidInput(_("手机端编号无效"), field="key") from error


def _lock_key(actor: User, key: UUID) -> None:
    """Two sendings of one survey at once wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"survey:{actor.pk}:{key}"]
        )


def _lock_asset(asset_id: int | None, finding: str) -> Asset | None:
    if asset_id is None:
        if finding != Finding.NEW:
            raise InvalidInput(_("请选择部件"), field="asset_id")
        return None
    if finding == Finding.NEW:
        raise InvalidInput(_("台账中已有的部件不能再报新增"), field="asset_id")
    asset = (
        Asset.objects.select_for_update(of=("self",))
        .select_related("kind", "area")
        .filter(pk=asset_id)
        .first()
    )
    if asset is None:
        raise NotFound(_("台账中没有这个部件"))
    return asset


def _kind(code: str) -> AssetClass:
    kind = AssetClass.objects.filter(code=code).first()
    if kind is None:
        raise InvalidInput(_("没有代码为“%(code)s”的部件类别") % {"code": code}, field="kind_code")
    return kind


def _area_of(here: Point) -> Area:
    area = places.locate(here)
    if area is None:
        raise InvalidInput(_("位置不在城市范围内"), field="lon")
    return area


def _spec_of(survey: AssetSurvey, name: str) -> AssetSpec:
    return AssetSpec(
        kind=survey.kind.code,
        name=name[:80] or survey.kind.name,
        point=survey.point,
        area=survey.area,
        since=None,
        source=_("部件普查"),
    )
