"""The picture behind an alarm of a camera: kept with the case the alarm became. Source: MT-21.

The one that is blurred outside the zone; the picture as taken stays where few may see it.
"""

from apps.alarms.enums import Source
from apps.alarms.models import Alarm
from apps.alarms.registry import Evidence, Picture
from apps.analysis.models import Finding


def picture_of(alarm: Alarm) -> Evidence:
    """Will give the picture of the finding an alarm speaks of, if it is still kept."""
    key = alarm.facts.get("finding") if alarm.source == Source.VIDEO else None
    if not isinstance(key, int):
        return Evidence()
    finding = Finding.objects.select_related("picture", "job").filter(pk=key).first()
    if finding is None or finding.picture is None:
        return Evidence()
    name = f"{finding.job.name} {finding.zone_name}".strip()
    return Evidence(pictures=(Picture(finding.picture, name, finding.began_at),))
