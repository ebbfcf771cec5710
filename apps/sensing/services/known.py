"""Whose readings a call brings: the devices its sender may speak of, their kinds and series."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
from django.db.models.expressions import RawSQL
from django.db.models.fields import TextField

from apps.accounts.models import User
from apps.assets.selectors import reach_q
from apps.audit.services import SystemActor
from apps.common import columns, journeys
from apps.common.memory import Memory
from apps.sensing.enums import FieldKind
from apps.sensing.models import Device, DeviceProfile, ProfileField
from apps.sensing.sent import FieldRule, ProfileRule
from apps.sensing.services.judging import Standing


@dataclass(frozen=True)
class Proven:
    """Who sends items each proven to be of its node by whoever brought it, as by the broker.

    nodes: one per item.
    """

    nodes: Sequence[str]


Sender = User | Device | SystemActor | Proven

#: A step is looked for so many reporting cycles back.
STEP_CYCLES = 3
_SECOND = 1_000_000
_rules: Memory[ProfileRule] = Memory(of=("sensing.DeviceProfile", "sensing.ProfileField"))
# In columns, one row in all; what is null has a value that stands for it.
_KNOWN = """
with known as materialized (
    select id, node, is_active, asset_id, profile_id from sensing_device where {those}
)
select devices.*, series.* from (
    select string_agg(node, E'\\n'), array_agg(id), array_agg(is_active), array_agg(asset_id),
        array_agg(profile_id)
    from known
) devices, (
    select array_agg(s.device_id), array_agg(s.field_id), array_agg(s.id),
        array_agg(coalesce(l.at, '-infinity')), array_agg(coalesce(l.value, 'NaN')),
        array_agg(coalesce(l.flaw, 0::smallint)), array_agg(coalesce(l.same_since, 'infinity'))
    from known join sensing_datastream s on s.device_id = known.id
    left join sensing_latest l on l.series_id = s.id
) series
"""
_BY_NODE = _KNOWN.format(those="node = any(%s::text[])")
_BY_ID = _KNOWN.format(those="id = any(%s::bigint[])")
_OF_DEVICES = (columns.BIGINT, columns.BOOLEAN, columns.BIGINT, columns.BIGINT)
_OF_SERIES = (
    columns.BIGINT, columns.BIGINT, columns.BIGINT, columns.MOMENT, columns.FLOAT,
    columns.SMALLINT, columns.MOMENT,
)  # fmt: skip


@dataclass(slots=True)
class Known:
    """A device as intake needs it. places: of its series among those of the call, by field."""

    id: int
    node: str
    is_active: bool
    asset_id: int
    profile: ProfileRule
    places: dict[int, int] = field(default_factory=dict)


def find_known(nodes: Iterable[str], sender: Sender) -> tuple[dict[str, Known], Standing]:
    """Will give the devices of these names the sender may speak of, and how their series stand.

    A device speaks of itself, a user of what lies in his areas or is his units', the product of
    all.
    """
    names = [
        node for node in nodes if node.isascii() and node.isprintable()
    ]  # as devices have them
    if isinstance(sender, Device):
        return _read(_BY_ID, columns.packed([sender.pk], columns.BIGINT))
    if isinstance(sender, User):
        # One array: a parameter for each name would cost more than to look them all up.
        asked = RawSQL("select unnest(%s::text[])", [names], output_field=TextField())
        found = Device.objects.filter(reach_q(sender, "asset__"), node__in=asked)
        reached = list(found.values_list("id", flat=True))
        return _read(_BY_ID, columns.packed(reached, columns.BIGINT))
    return _read(_BY_NODE, columns.texts(names))


def _read(question: str, those: str | bytes) -> tuple[dict[str, Known], Standing]:
    [result] = journeys.send([(question, [those])], binary=True)
    told = result.get_value(0, 0)
    nodes = told.decode().split("\n") if told is not None else []
    sent = [result.get_value(0, 1 + place) for place in range(len(_OF_DEVICES + _OF_SERIES))]
    devices = [
        columns.unpacked(*each).tolist()
        for each in zip(sent[: len(_OF_DEVICES)], _OF_DEVICES, strict=True)
    ]
    owners, fields, *standing = (
        columns.unpacked(*each) for each in zip(sent[len(_OF_DEVICES) :], _OF_SERIES, strict=True)
    )
    # Asked for once a kind: thousands of devices of a call are of a few.
    rules = {profile_id: profile_rule(profile_id) for profile_id in set(devices[-1])}
    known = {
        pk: Known(pk, node, is_active, asset_id, rules[profile_id])
        for node, pk, is_active, asset_id, profile_id in zip(nodes, *devices, strict=True)
    }
    for place, (owner, field_id) in enumerate(zip(owners.tolist(), fields.tolist(), strict=True)):
        known[owner].places[field_id] = place
    return {device.node: device for device in known.values()}, Standing(*standing)


def profile_rule(profile_id: int) -> ProfileRule:
    """Will give what devices of a kind send, as known at most two seconds ago."""
    return _rules.get(profile_id, lambda: _read_profile(profile_id))


def _read_profile(profile_id: int) -> ProfileRule:
    profile = DeviceProfile.objects.prefetch_related("fields").get(pk=profile_id)
    span = STEP_CYCLES * profile.report_every_s * _SECOND
    return ProfileRule(
        profile.code,
        timedelta(seconds=profile.offline_after_s),
        timedelta(seconds=profile.late_after_s),
        {one.code: _read_field(one, span) for one in profile.fields.all()},
    )


def _read_field(one: ProfileField, span_us: int) -> FieldRule:
    faults = frozenset(map(str, one.fault_values))
    is_plain = one.kind == FieldKind.NUMBER and not faults
    widest = sys.float_info.max
    return FieldRule(
        id=one.pk,
        code=one.code,
        unit=one.unit,
        kind=one.kind,
        low=one.low,
        high=one.high,
        choices=frozenset(one.choices),
        faults=faults,
        max_step=np.inf if one.max_step is None else one.max_step,
        span_us=span_us,
        stuck_after_us=one.stuck_after_s * _SECOND,
        floor=(-widest if one.low is None else one.low) if is_plain else widest,
        ceiling=(widest if one.high is None else one.high) if is_plain else -widest,
    )
