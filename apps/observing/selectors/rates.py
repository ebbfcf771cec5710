"""How long devices were online, at fault or silent over a span, by kind, district or contract.

From the history of states. How whole the register is, see ``assets``. Source: IO-03.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from apps.accounts.models import User
from apps.assets.selectors import reach_q
from apps.sensing.models import Device

#: What a group is called, by how devices are grouped. A district is what lies right below the city.
_GROUPS = {
    "profile": "k.name",
    "area": """coalesce((
        select g.name from places_area home
        join places_area g on home.path like g.path || '%%'
        where home.id = a.area_id
            and cardinality(string_to_array(trim(both '/' from g.path), '/')) = 2
        limit 1
    ), '')""",
    "vendor": "a.vendor",
    "contract": "case when a.contract = '' then '' else trim(a.vendor || ' ' || a.contract) end",
}
# The state at the beginning is the one before the first change since then, or today's.
_RATES = """
with chosen as (
    select d.id, greatest(d.registered_at, %(since)s) as begin, {group} as label,
        coalesce((
            select c.before from sensing_statechange c
            where c.device_id = d.id and c.at >= greatest(d.registered_at, %(since)s)
            order by c.at, c.id limit 1
        ), p.state) as state
    from sensing_device d
    join sensing_deviceprofile k on k.id = d.profile_id
    join sensing_presence p on p.device_id = d.id
    join assets_asset a on a.id = d.asset_id
    where d.is_active and d.registered_at < %(until)s and d.id in ({visible})
), steps as (
    select id, label, begin as at, 0::bigint as place, state from chosen
    union all
    select n.id, n.label, c.at, c.id, c.after
    from chosen n join sensing_statechange c on c.device_id = n.id
    where c.at >= n.begin and c.at < %(until)s
), pieces as (
    select id, label, state,
        extract(epoch from lead(at, 1, %(until)s) over (partition by id order by at, place) - at)
            as seconds
    from steps
)
select label, count(distinct id), sum(seconds),
    coalesce(sum(seconds) filter (where state = 'online'), 0),
    coalesce(sum(seconds) filter (where state = 'fault'), 0),
    coalesce(sum(seconds) filter (where state = 'unknown'), 0),
    coalesce(sum(seconds) filter (where state = 'offline'), 0),
    count(*) filter (where state = 'offline')
from pieces group by label order by label
"""


@dataclass(frozen=True)
class Rate:
    """How a group of devices was over a span. seconds: of all devices together."""

    label: str
    devices: int
    seconds: float
    online_s: float
    fault_s: float
    unknown_s: float
    offline_s: float
    spells: int

    @property
    def online(self) -> float:
        """Percent of the time heard and well."""
        return self._percent(self.online_s)

    @property
    def fault(self) -> float:
        """Percent of the time at fault."""
        return self._percent(self.fault_s)

    @property
    def unknown(self) -> float:
        """Percent of the time nobody could say."""
        return self._percent(self.unknown_s)

    @property
    def mean_offline_minutes(self) -> float | None:
        """How long a time offline lasted in the mean; None where there was none."""
        return round(self.offline_s / self.spells / 60, 1) if self.spells else None

    def _percent(self, seconds: float) -> float:
        return round(100 * seconds / self.seconds, 2) if self.seconds else 0.0


def rates_of(viewer: User, *, since: datetime, until: datetime, by: str) -> list[Rate]:
    """Will give how the viewer's devices in use were, per group, by name.

    by: "profile", "area", "vendor" or "contract" (firm and number). A device
    registered within the span counts from then on.
    """
    visible = Device.objects.filter(reach_q(viewer, "asset__")).order_by().values("pk")
    inner, given = visible.query.sql_with_params()
    named = {f"v{place}": value for place, value in enumerate(given)}
    inner = inner % tuple(f"%({name})s" for name in named)
    with connection.cursor() as cursor:
        cursor.execute(
            _RATES.format(group=_GROUPS[by], visible=inner),
            {"since": since, "until": until} | named,
        )
        return [_rate(*row) for row in cursor.fetchall()]


def _rate(label: str, devices: int, *told: Any) -> Rate:
    seconds, online, fault, unknown, offline = map(float, told[:5])
    return Rate(label, devices, seconds, online, fault, unknown, offline, int(told[5]))
