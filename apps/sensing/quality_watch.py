"""Watches the quality of what devices report: doubtful values and gaps, of the last whole hour.

Source: AL-03 (data platform as a source of alarms), IO-05.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.alarms.enums import Level, Source
from apps.alarms.registry import (
    Sighting,
    Standing,
    Trouble,
    Watcher,
    register_kind,
    register_watcher,
)
from apps.assets.models import Asset
from apps.common import clock
from apps.sensing.services.flushing import CLOSING_US

SUSPECT, GAPS = "data_suspect", "data_gaps"
#: Share of doubtful values, and of expected reports that came: to begin, and to be over.
SUSPECT_MANY, SUSPECT_FINE = 0.5, 0.3
WHOLE_LITTLE, WHOLE_FINE = 0.5, 0.8
#: Fewer than so many in an hour say nothing.
LEAST = 4
#: At most so many devices at once; those with an open alarm come first.
MOST = 500
_FIGURES = """
with figure as (
    select d.asset_id, sum(f.count) as n, sum(f.suspects) as suspects,
        max(f.count) * p.report_every_s / 3600.0 as whole, 3600 / p.report_every_s as expected
    from sensing_hourfigure f
    join sensing_datastream s on s.id = f.series_id
    join sensing_device d on d.id = s.device_id and d.is_active
    join sensing_deviceprofile p on p.id = d.profile_id
    where f.hour = %(hour)s group by d.id, p.id
)
"""
_TOTAL = f"""{_FIGURES}
select count(*), coalesce(sum(n), 0), coalesce(sum(suspects), 0) from figure
"""  # noqa: S608  our own words
_WORST = f"""{_FIGURES}
select asset_id, n, suspects, least(whole, 1) from figure
where asset_id = any(%(standing)s) or (n >= %(least)s and suspects >= n * %(many)s)
    or (expected >= %(least)s and whole < %(little)s)
order by asset_id = any(%(standing)s) desc, suspects::float / greatest(n, 1) desc, asset_id
limit %(most)s
"""  # noqa: S608  our own words


class _Figure(NamedTuple):
    asset_id: int
    readings: int
    suspects: int
    whole: float


def register() -> None:
    """Will name the kinds of alarms about data, and have readings watched."""
    register_kind(SUSPECT, gettext_lazy("数据可疑"))
    register_kind(GAPS, gettext_lazy("数据缺漏"))
    register_watcher(
        Watcher(
            "sensing.quality", gettext_lazy("感知数据质量"), Source.DATA,
            frozenset({SUSPECT, GAPS}), look, every_s=600,
        )
    )  # fmt: skip


def look(standing: Sequence[Standing]) -> Sighting:
    """Will say which devices reported mostly doubtful values, or far too few, in the last hour.

    A device without any report of that hour is unseen: its silence is another alarm's business.
    """
    hour = _last_hour(clock.now())
    open_ones = {(one.kind, one.asset_id) for one in standing}
    known = {one.asset_id for one in standing if one.asset_id}
    asked: dict[str, Any] = {
        "hour": hour, "standing": sorted(known),
        "least": LEAST, "many": SUSPECT_MANY, "little": WHOLE_LITTLE, "most": MOST,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_TOTAL, asked)
        devices, count, suspects = cursor.fetchone()
        cursor.execute(_WORST, asked)
        figures = [_Figure(*row) for row in cursor.fetchall()]
    assets = Asset.objects.in_bulk([figure.asset_id for figure in figures])
    troubles = []
    for figure in figures:
        troubles += _troubles(figure, assets[figure.asset_id], open_ones)
    seen = {figure.asset_id for figure in figures}
    unseen = frozenset(
        one.asset_id for one in standing if one.asset_id and one.asset_id not in seen
    )
    text = _("%(hour)s时：%(devices)d台设备%(n)d个读数，可疑%(share).1f%%") % {
        "hour": f"{timezone.localtime(hour):%m-%d %H}", "devices": devices, "n": count,
        "share": 100 * suspects / count if count else 0,
    }  # fmt: skip
    return Sighting(text, troubles, unseen)


def _last_hour(now: datetime) -> datetime:
    """The last hour whose figures are made."""
    made = now - timedelta(microseconds=CLOSING_US, minutes=5)
    return made.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)


def _troubles(
    figure: _Figure, asset: Asset, open_ones: set[tuple[str, int | None]]
) -> list[Trouble]:
    found = []
    share = figure.suspects / figure.readings if figure.readings else 0
    stands = (SUSPECT, asset.pk) in open_ones
    if figure.readings >= LEAST and share >= (SUSPECT_FINE if stands else SUSPECT_MANY):
        sentence = _("一小时内%(n)d个读数中%(suspects)d个可疑（%(share)d%%）。") % {
            "n": figure.readings, "suspects": figure.suspects, "share": round(share * 100),
        }  # fmt: skip
        facts = {"readings": int(figure.readings), "suspects": int(figure.suspects)}
        found.append(Trouble(SUSPECT, Level.YELLOW, sentence, facts, asset=asset))
    stands = (GAPS, asset.pk) in open_ones
    if figure.whole < (WHOLE_FINE if stands else WHOLE_LITTLE):
        sentence = _("一小时内只收到应报数据的%d%%。") % round(figure.whole * 100)
        share_told = {"whole": round(float(figure.whole), 3)}
        found.append(Trouble(GAPS, Level.BLUE, sentence, share_told, asset=asset))
    return found
