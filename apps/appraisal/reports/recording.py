"""Recording by area and by point. Source: OP-14, VD-08."""

from collections import defaultdict

from django.utils.translation import gettext_lazy as _

from apps.appraisal.enums import FactKind
from apps.appraisal.reckoning import Rate
from apps.appraisal.reports.kinds import Asked, Heading, Report, Row
from apps.appraisal.reports.live import Live, group_of, live_points, names_of, terms_of


def _gaps(one: Live) -> int:
    """Hours of the rows with less than an hour recorded."""
    return sum(
        present is not None and present < 3600
        for row in one.rows
        if row.told.kind == FactKind.RECORDING
        for present in row.told.detail["seconds"]
    )


def _areas(asked: Asked) -> list[Row]:
    sums: dict[str, Rate] = defaultdict(Rate)
    points: dict[str, set[int]] = defaultdict(set)
    gaps: dict[str, int] = defaultdict(int)
    for one in live_points(asked, terms_of(asked)):
        rate = one.part.rates["recording"]
        if rate.due:
            group = group_of(one.area, asked)
            sums[group] += rate
            points[group].add(one.asset.pk)
            gaps[group] += _gaps(one)
    names = names_of(set(sums))
    rows = [
        {
            "area": names[group], "points": len(points[group]), "good": rate.good,
            "due": rate.due, "gaps": gaps[group], "recording": rate.percent,
        }
        for group, rate in sums.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row["recording"], row["area"]))


def _points(asked: Asked) -> list[Row]:
    sums: dict[int, Rate] = defaultdict(Rate)
    gaps: dict[int, int] = defaultdict(int)
    last: dict[int, Live] = {}
    for one in live_points(asked, terms_of(asked)):
        if one.part.rates["recording"].due:
            sums[one.asset.pk] += one.part.rates["recording"]
            gaps[one.asset.pk] += _gaps(one)
            last[one.asset.pk] = one
    rows = [
        {
            "code": one.asset.code, "name": one.asset.name, "area": one.area_name,
            "vendor": one.part.slice.vendor, "good": sums[pk].good, "due": sums[pk].due,
            "gaps": gaps[pk], "recording": sums[pk].percent, "asset_id": pk,
        }
        for pk, one in last.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row["recording"], row["code"]))


_SUMS = (
    Heading("good", _("有录像时长"), "length"),
    Heading("due", _("应有录像时长"), "length"),
    Heading("gaps", _("不完整的小时数"), "number"),
    Heading("recording", _("录像完好率（%）"), "percent"),
)
REPORTS = (
    Report(
        "recording-areas", "recording", _("区域录像统计"), _("各区域的录像时长、缺失和完好率"),
        (Heading("area", _("区域")), Heading("points", _("点位数"), "number"), *_SUMS),
        _areas, ("area", ("recording",)),
    ),
    Report(
        "recording-points", "recording", _("点位录像统计"), _("每个点位的录像时长、缺失和完好率"),
        (
            Heading("code", _("编码")),
            Heading("name", _("点位")),
            Heading("area", _("区域")),
            Heading("vendor", _("维保单位")),
            *_SUMS,
        ),
        _points, ("name", ("recording",)),
    ),
)  # fmt: skip
