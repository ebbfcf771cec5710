"""Values held against those of the neighbours, and the rules by which. Source: IO-05."""

from dataclasses import asdict, dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.observing.models import NeighbourRule
from apps.observing.neighbours import LEAST, departing, nearest_of
from apps.observing.selectors.stations import stations_of, values_of
from apps.sensing.enums import FieldKind, Flaw
from apps.sensing.models import ProfileField
from apps.sensing.permissions import require_keep_profiles
from apps.sensing.services import doubt_readings

#: How far back values are looked at, and what is too fresh: neighbours have not reported yet.
SPAN, FRESH = timedelta(hours=1), timedelta(minutes=1)
SHORTEST_SLOT_S = 60
_ALONE = "select pg_try_advisory_xact_lock(hashtext('observing.neighbours'))"


@dataclass(frozen=True)
class RuleSpec:
    """A rule as it shall be; see ``NeighbourRule``."""

    radius_m: int
    nearest: int
    z_limit: float
    least_spread: float
    is_active: bool = True


@transaction.atomic
def check_neighbours() -> int:
    """Will mark what departs from its neighbours within the last hour and give how many.

    Judged per span of the profile's reporting cycle. Two at once: the second gives 0.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ALONE)
        if not cursor.fetchone()[0]:
            return 0
    rules = NeighbourRule.objects.filter(is_active=True, field__profile__is_active=True)
    return sum(_check(rule) for rule in rules.select_related("field__profile"))


def _check(rule: NeighbourRule) -> int:
    stations = stations_of(rule.field)
    if len(stations.series) <= LEAST:
        return 0
    until = clock.now() - FRESH
    step_s = max(SHORTEST_SLOT_S, rule.field.profile.report_every_s)
    said = values_of(stations, since=until - SPAN, until=until, step_s=step_s)
    near = nearest_of(stations.places, radius_m=rule.radius_m, most=rule.nearest)
    found = departing(said.values, near, z_limit=rule.z_limit, least_spread=rule.least_spread)
    readings = [(stations.series[station], said.moments[span, station]) for span, station in found]
    return doubt_readings(readings, flaw=Flaw.NEIGHBOURS)


@transaction.atomic
def save_rule(actor: Actor, *, field_id: int, spec: RuleSpec) -> NeighbourRule:
    """Will write how a field is held against its neighbours; audited with both sides.

    Locks the field. Raises: NotAllowed; NotFound; InvalidInput (the field of ``spec``; "field":
        its values are no numbers).
    """
    require_keep_profiles(actor)
    field = ProfileField.objects.select_for_update().filter(pk=field_id).first()
    if field is None:
        raise NotFound(_("没有这个字段"))
    if field.kind != FieldKind.NUMBER:
        raise InvalidInput(_("只有数值可以与邻近设备比对"), field="field")
    _require_sense(spec)
    rule = NeighbourRule.objects.filter(field=field).first()
    names = tuple(asdict(spec))
    before = audit.snapshot(rule, *names) if rule is not None else {}
    rule, _made = NeighbourRule.objects.update_or_create(field=field, defaults=asdict(spec))
    audit.record(
        actor,
        "neighbour_rule.changed" if before else "neighbour_rule.created",
        object_type="profile_field",
        object_id=field.pk,
        object_label=f"{field.profile.name} {field.name}",
        data=audit.changes(before, audit.snapshot(rule, *names)),
    )
    return rule


def _require_sense(spec: RuleSpec) -> None:
    if not 1 <= spec.radius_m <= 100_000:
        raise InvalidInput(_("范围应为 1 米至 100 公里"), field="radius_m")
    if not LEAST <= spec.nearest <= 50:
        raise InvalidInput(_("比较的台数应为 4 至 50"), field="nearest")
    if not 1 <= spec.z_limit <= 100:
        raise InvalidInput(_("偏离倍数应为 1 至 100"), field="z_limit")
    if not 0 < spec.least_spread <= 1e9:
        raise InvalidInput(_("最小离散度须大于 0"), field="least_spread")
