"""How many things stand where. Source: OP-14."""

from collections import Counter, defaultdict

from django.utils.translation import gettext_lazy as _

from apps.appraisal.reports.kinds import Asked, Heading, Report, Row
from apps.appraisal.reports.live import asset_q, group_of, names_of
from apps.assets.enums import AssetState
from apps.assets.models import Asset
from apps.places.models import Area


def _areas(asked: Asked) -> list[Row]:
    found = Asset.objects.filter(asset_q(asked)).order_by()
    areas = {
        area.pk: area
        for area in Area.objects.filter(pk__in=found.values("area_id")).defer("boundary", "center")
    }
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for area_id, state in found.values_list("area_id", "state").iterator(chunk_size=5000):
        group = group_of(areas.get(area_id) if area_id else None, asked)
        sums[group][state] += 1
    names = names_of(set(sums))
    rows = [
        {
            "area": names[group],
            "all": sum(told.values()),
            **{state: told[state] for state in AssetState.values},
        }
        for group, told in sums.items()
    ]
    return sorted(rows, key=lambda row: (-int(row["all"]), str(row["area"])))


REPORTS = (
    Report(
        "assets-areas", "assets", _("区域资产数量"), _("各区域登记的资产数量和状态，按今天的台账"),
        (
            Heading("area", _("区域")),
            Heading("all", _("资产数"), "number"),
            *(Heading(value, label, "number") for value, label in AssetState.choices),
        ),
        _areas, ("area", ("all",)), is_of_days=False,
    ),
)  # fmt: skip
