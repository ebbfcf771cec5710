"""A million devices by statement: what registering them one by one would leave behind."""

from typing import Any

#: A serial number of an asset has six digits.
A_REGION = 500_000
PROFILE = "tank_level"
_ASSETS = """
with cells as (
    select id, row_number() over (order by id) - 1 as number, ST_PointOnSurface(boundary) as point
    from places_area a
    where boundary is not null and not exists (select from places_area b where b.parent_id = a.id)
)
insert into assets_asset
    (kind_id, region_code, serial, code, name, point, area_id, state, source, maker, model, vendor,
     contract, finding)
select %(kind)s, region, serial, region || %(code)s || lpad(serial::text, 6, '0'), '罐 ' || n,
    ST_Translate(c.point, (random() - 0.5) * 0.001, (random() - 0.5) * 0.001), c.id, 'in_use',
    'bench', '', '', '', '', ''
from generate_series(0, %(count)s - 1) n
cross join lateral (select (980101 + n / %(region)s)::text as region,
    1 + n %% %(region)s as serial) s
join cells c on c.number = n %% (select count(*) from cells)
order by n
"""
_DEVICES = """
insert into sensing_device (asset_id, profile_id, node, is_active, registered_at)
select id, %(profile)s, 'M-' || row_number() over (order by id) - 1, true, now()
from assets_asset where source = 'bench' order by id
"""
_PRESENCE = """
insert into sensing_presence (device_id, state, since, seen_at)
select id, 'online', now() - interval '1 day', now() - random() * interval '5 minutes'
from sensing_device where node like 'M-%%' order by id
"""
_SERIES = """
insert into sensing_datastream (device_id, field_id)
select d.id, f.id from sensing_device d
join sensing_profilefield f on f.profile_id = d.profile_id
where d.node like 'M-%%' order by d.id, f.position
"""
_LATEST = """
insert into sensing_latest (series_id, at, value, quality, flaw, label, same_since)
select s.id, p.seen_at, 1, 0, 0, null, p.seen_at
from sensing_datastream s join sensing_presence p using (device_id)
join sensing_device d on d.id = s.device_id where d.node like 'M-%%' order by s.id
"""
_TABLES = ("assets_asset", "sensing_device", "sensing_presence", "sensing_datastream",
           "sensing_latest")  # fmt: skip


def lay_devices(count: int) -> None:
    """Will enter devices M-0, M-1, … spread evenly over the city's cells, all online."""
    from django.db import connection

    from apps.assets.models import AssetClass
    from apps.assets.services import define_classes
    from apps.audit.services import SYSTEM
    from apps.sensing.models import DeviceProfile

    define_classes(SYSTEM)
    profile = DeviceProfile.objects.get(code=PROFILE)
    kind = AssetClass.objects.get(code=profile.asset_class)
    given: dict[str, Any] = {
        "kind": kind.pk,
        "code": kind.code,
        "count": count,
        "region": A_REGION,
        "profile": profile.pk,
    }
    with connection.cursor() as cursor:
        for statement in (_ASSETS, _DEVICES, _PRESENCE, _SERIES, _LATEST):
            cursor.execute(statement, given)
        for table in _TABLES:
            cursor.execute(f"vacuum analyze {table}")
