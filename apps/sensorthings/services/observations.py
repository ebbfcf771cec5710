"""Observations taken in: stored as readings by ``sensing``, what else was told kept beside them.

Stored once, judged and shown to evaluators as from every door; see ``sensing.services``.
Source: OGC 18-088 clauses 10.2 and 13, IO-05, IO-09.
"""

import logging
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import Scope, scope_of
from apps.alarms.rules import Reading
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, Refused
from apps.common.questions import Question
from apps.sensing.enums import FieldKind, Refusal
from apps.sensing.models import Datastream
from apps.sensing.services import Proven, take_readings
from apps.sensorthings import told
from apps.sensorthings.entities import BY_NAME
from apps.sensorthings.models import Location, ObservationNote
from apps.sensorthings.registry import Observed, listeners
from apps.sensorthings.selectors import find_one, series_within, visible_to

logger = logging.getLogger(__name__)

MEMBERS = (
    "phenomenonTime", "result", "resultTime", "resultQuality", "validTime", "parameters",
    "Datastream", "FeatureOfInterest",
)  # fmt: skip
_NOTED = (
    "until", "result_at", "valid_since", "valid_until", "result_quality", "parameters",
    "feature", "is_removed",
)  # fmt: skip


@dataclass(frozen=True)
class Series:
    """A datastream as intake needs it. feature_id: usual; here_id: of where the thing is now."""

    id: int
    node: str
    code: str
    kind: str
    feature_id: int | None
    here_id: int | None


@dataclass
class Taken:
    """What one observation came to. error: why it was not taken; None: it is there.

    is_counted: that it was refused stands among what sensing refused.
    """

    series_id: int = 0
    at: datetime | None = None
    value: Any = None
    error: DomainError | None = None
    note: ObservationNote | None = None
    is_counted: bool = False
    item: dict[str, Any] = field(default_factory=dict)


def take_observations(viewer: User, *, bodies: Sequence[tuple[int, Any]]) -> list[Taken]:
    """Will store observations, each with the key of its datastream, and say what became of each.

    bodies: as the standard writes an observation, ``FeatureOfInterest`` a key, at most
    ``sensing.services.MOST_VALUES``. The same again is stored once and no error; another result
    for the same moment is. What is right is stored whatever stands beside it.
    """
    known = series_of(viewer, {key for key, _body in bodies})
    now = clock.now()
    features: dict[str, int] = {}
    taken = [_read(viewer, known.get(key), key, body, now, features) for key, body in bodies]
    _store([each for each in taken if each.error is None])
    return taken


def take_from_devices(bodies: Sequence[tuple[str, int, Any]]) -> list[Taken]:
    """Will store what proven devices say of themselves, and say what became of each.

    bodies: the node, the key of a datastream of its own, the observation, which names no
    ``FeatureOfInterest``: a device speaks of where it stands.
    """
    nodes = {node for node, _key, _body in bodies}
    rows = Datastream.objects.filter(
        pk__in={key for _node, key, _body in bodies}, device__node__in=nodes
    )
    known = _series(rows)
    now = clock.now()
    taken = []
    for node, key, body in bodies:
        series = known.get(key)
        own = series if series is not None and series.node == node else None
        taken.append(_read(None, own, key, body, now, {}))
    _store([each for each in taken if each.error is None])
    return taken


def _store(fine: list[Taken]) -> None:
    """Stores what was understood; what sensing does not take has its error then.

    Whether whoever sent it may speak of the series was asked when they were looked up.
    """
    if not fine:
        return
    sender = Proven([str(each.item["node"]) for each in fine])
    is_noted = any(each.note is not None for each in fine)
    with transaction.atomic(savepoint=False) if is_noted else nullcontext():
        answer = take_readings([each.item for each in fine], sender=sender)
        for wrong in answer.wrong:
            fine[wrong.index].error = _error(wrong.reason)
            fine[wrong.index].is_counted = True
        notes = [each.note for each in fine if each.error is None and each.note is not None]
        if notes:
            _keep(notes)
        if answer.duplicates:
            _put_back([each for each in fine if each.error is None and each.note is None])


def series_of(viewer: User, keys: set[int]) -> dict[int, Series]:
    """Will give the datastreams of these keys that the viewer may see."""
    if len(keys) == 1:
        return _known(_one_series(scope_of(viewer)).values(*keys))
    return _series(visible_to(viewer)(BY_NAME["Datastream"]).filter(pk__in=keys))


@lru_cache(maxsize=100)
def _one_series(scope: Scope) -> Question[Datastream]:
    """What every single observation asks, made once a reach."""
    return Question(lambda key: _told_of(series_within(scope).filter(pk=key)))


def _series(found: QuerySet[Datastream]) -> dict[int, Series]:
    return _known(_told_of(found))


def _told_of(found: QuerySet[Datastream]) -> QuerySet[Datastream, Any]:
    here = Location.objects.filter(things=OuterRef("device_id"), made_feature__isnull=False)
    return found.values_list(
        "pk",
        "device__node",
        "field__code",
        "field__kind",
        "device__sta__feature_id",
        Subquery(here.order_by("pk").values("made_feature_id")[:1]),
    )


def _known(rows: Iterable[tuple[Any, ...]]) -> dict[int, Series]:
    return {
        key: Series(key, node, code, kind, feature, here if here is not None else feature)
        for key, node, code, kind, feature, here in rows
    }


def tell(readings: Sequence[Reading]) -> None:
    """Will tell listeners of stored readings, once they are committed; an evaluator of sensing."""
    if not readings or not listeners():
        return
    wanted = {(each.asset_id, code) for each in readings for code in each.values}
    keys = {
        (asset_id, code): key
        for key, asset_id, code in Datastream.objects.filter(
            device__asset_id__in={asset for asset, _code in wanted},
        ).values_list("pk", "device__asset_id", "field__code")
    }
    observed = [
        Observed(keys[each.asset_id, code], each.at, value)
        for each in readings
        for code, value in each.values.items()
        if (each.asset_id, code) in keys
    ]
    transaction.on_commit(lambda: _tell(observed), robust=True)


def _tell(observed: Sequence[Observed]) -> None:
    for name, listener in listeners().items():
        try:
            listener(observed)
        except Exception:  # one that fails must not keep the others from hearing
            logger.exception("a listener of observations failed", extra={"listener": name})


def _read(
    viewer: User | None,
    series: Series | None,
    key: int,
    body: Any,
    now: datetime,
    features: dict[str, int],
) -> Taken:
    try:
        if series is None:
            raise InvalidInput(_("没有这个 Datastream"), field="Datastream")
        return _understood(viewer, series, told.body_of(body, MEMBERS), now, features)
    except DomainError as error:
        return Taken(series_id=key, error=error)


def _understood(
    viewer: User | None,
    series: Series,
    body: dict[str, Any],
    now: datetime,
    features: dict[str, int],
) -> Taken:
    if "result" not in body:
        raise InvalidInput(_("缺少 result"), field="result")
    at, until = now, None
    if body.get("phenomenonTime") is not None:
        at, until = told.span(body["phenomenonTime"], "phenomenonTime")
    value = _value(series, body["result"])
    feature_id = _feature(viewer, series, body, features)
    note = ObservationNote(series_id=series.id, at=at, until=until)
    if feature_id != series.feature_id:
        note.feature_id = feature_id
    if body.get("resultTime") is not None:
        note.result_at = told.moment(body["resultTime"], "resultTime")
    if body.get("validTime") is not None:
        note.valid_since, note.valid_until = told.span(body["validTime"], "validTime")
    note.result_quality = told.plain(body, "resultQuality")
    note.parameters = told.plain(body, "parameters")
    is_noted = any(getattr(note, name) is not None for name in _NOTED[:6]) or note.feature_id
    item = {"node": series.node, "at": at, "values": {series.code: value}}
    return Taken(series.id, at, value, note=note if is_noted else None, item=item)


def _value(series: Series, value: Any) -> Any:
    """Numbers and truth may be quoted; whether it is a value of the kind, sensing says."""
    if isinstance(value, str) and series.kind == FieldKind.NUMBER:
        try:
            return float(value)
        except ValueError:
            return value
    if series.kind == FieldKind.BOOLEAN and isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower(), value)
    return value


def _feature(
    viewer: User | None, series: Series, body: dict[str, Any], features: dict[str, int]
) -> int | None:
    """The key of what it is about: told, else the place of the thing. Raises: InvalidInput."""
    value = body.get("FeatureOfInterest")
    if value is None:
        if series.here_id is None:
            raise InvalidInput(
                _("设备没有位置，须写明 FeatureOfInterest"), field="FeatureOfInterest"
            )
        return series.here_id
    key = told.linked(value, "FeatureOfInterest")
    if viewer is None:
        raise InvalidInput(_("设备上报不能另指观测对象"), field="FeatureOfInterest")
    if key is None:
        raise InvalidInput(_("此处只能引用已有的观测对象"), field="FeatureOfInterest")
    if key not in features:
        found = find_one(viewer, "FeatureOfInterest", key)
        if found is None:
            raise InvalidInput(_("没有这个 FeatureOfInterest"), field="FeatureOfInterest")
        features[key] = found.pk
    return features[key]


def _keep(notes: list[ObservationNote]) -> None:
    """What is told last of a reading stands, and one that was withdrawn is there again."""
    once = {(note.series_id, note.at): note for note in notes}
    ordered = [once[key] for key in sorted(once)]
    ObservationNote.objects.bulk_create(
        ordered,
        batch_size=2000,
        update_conflicts=True,
        unique_fields=["series", "at"],
        update_fields=list(_NOTED),
    )


def _put_back(taken: list[Taken]) -> None:
    """A reading that was withdrawn and is told again is there again."""
    told_again = {(each.series_id, each.at) for each in taken}
    moments = [each.at for each in taken if each.at is not None]
    if not moments:
        return
    withdrawn = ObservationNote.objects.filter(
        is_removed=True,
        series_id__in={each.series_id for each in taken},
        at__range=(min(moments), max(moments)),
    )
    back = [note.pk for note in withdrawn if (note.series_id, note.at) in told_again]
    ObservationNote.objects.filter(pk__in=back).update(is_removed=False)


def _error(reason: Refusal) -> DomainError:
    if reason == Refusal.REPLAYED:
        return Refused(
            _("同一时刻已有另一个结果，读数一经存入不改"), code="replayed", field="result"
        )
    if reason in {Refusal.AHEAD, Refusal.TOO_OLD}:
        return InvalidInput(reason.label, code=reason.value, field="phenomenonTime")
    return InvalidInput(reason.label, code=reason.value, field="result")
