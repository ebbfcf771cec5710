"""The seven statistics of points. Source: OP-13."""

from collections import Counter, defaultdict
from typing import Any

from django.contrib.gis.db.models.functions import SnapToGrid
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from apps.appraisal.enums import FactKind
from apps.appraisal.reckoning import Condition, Rate, pooled, score_of
from apps.appraisal.reckoning.scoring import INDICATORS
from apps.appraisal.reports.kinds import Asked, Heading, Report, Row
from apps.appraisal.reports.live import (
    Live,
    asset_q,
    group_of,
    live_points,
    names_of,
    terms_of,
)
from apps.appraisal.selectors.points import point_ids
from apps.assets.models import Asset

_POINT = (
    Heading("code", _("编码")),
    Heading("name", _("点位")),
    Heading("area", _("区域")),
    Heading("vendor", _("维保单位")),
)
_RATES = (
    Heading("online", _("在线率（%）"), "percent"),
    Heading("recording", _("录像完好率（%）"), "percent"),
    Heading("repair", _("修复率（%）"), "percent"),
    Heading("picture", _("视频完好率（%）"), "percent"),
)


def _said(one: Live) -> Row:
    return {
        "code": one.asset.code,
        "name": one.asset.name,
        "area": one.area_name,
        "vendor": one.part.slice.vendor,
        "asset_id": one.asset.pk,
    }


def _picture(asked: Asked) -> list[Row]:
    sums: dict[str, Rate] = defaultdict(Rate)
    judged: Counter[str] = Counter()
    for one in live_points(asked, terms_of(asked)):
        rate = one.part.rates["picture"]
        if rate.due:
            group = group_of(one.area, asked)
            sums[group] += rate
            judged[group] += 1
    names = names_of(set(sums))
    rows = [
        {
            "area": names[group],
            "points": judged[group],
            "looks": rate.due,
            "bad": rate.due - rate.good,
            "picture": rate.percent,
        }
        for group, rate in sums.items()
    ]
    return sorted(rows, key=lambda row: (row["picture"], row["area"]))


def _offline(asked: Asked) -> list[Row]:
    found = []
    for one in live_points(asked, terms_of(asked)):
        rows = {row.told.key: row for row in one.rows if row.told.kind == FactKind.OUTAGE}
        for key, row in rows.items():
            began = max(row.told.began, one.part.slice.began)
            ended = min(row.told.ended or one.part.slice.ended, one.part.slice.ended)
            if row.told.known:
                found.append(
                    _said(one)
                    | {
                        "key": key,
                        "began": row.told.began,
                        "ended": row.told.ended,
                        "length": ended - began,
                        "cause": row.cause,
                        "planned": row.told.planned,
                        "what": row.told.label,
                    }
                )
    return sorted(found, key=lambda row: (-row["began"], row["code"]))


def _total(asked: Asked) -> list[Row]:
    sums: dict[int, Row] = {}
    for one in live_points(asked, terms_of(asked)):
        ledger = one.part.ledger
        row = sums.setdefault(
            one.asset.pk, _said(one) | {"times": 0, "down": 0, "excused": 0, "planned": 0}
        )
        row["times"] += one.part.outages
        row["down"] += ledger.down
        row["excused"] += ledger.excused
        row["planned"] += ledger.planned
    told = [row for row in sums.values() if row["down"] or row["excused"] or row["planned"]]
    return sorted(told, key=lambda row: (-row["down"], row["code"]))


def _last(asked: Asked) -> list[Row]:
    newest: dict[int, Row] = {}
    for one in live_points(asked, terms_of(asked)):
        down = [p for p in one.part.pieces if p.condition == Condition.DOWN]
        if not down:
            continue
        began = ended = down[-1].ended
        for piece in reversed(down):
            if piece.ended != began:
                break
            began = piece.began
        last = one.part.pieces[-1]
        newest[one.asset.pk] = _said(one) | {
            "began": began,
            "ended": ended,
            "length": ended - began,
            "still": last.condition == Condition.DOWN,
        }
    return sorted(newest.values(), key=lambda row: (not row["still"], -row["began"], row["code"]))


def _areas(asked: Asked) -> list[Row]:
    terms = terms_of(asked)
    sums: dict[str, dict[str, Rate]] = {}
    counts: dict[str, set[int]] = defaultdict(set)
    for one in live_points(asked, terms):
        group = group_of(one.area, asked)
        sums[group] = pooled([sums.get(group, {}), one.part.rates])
        counts[group].add(one.asset.pk)
    names = names_of(set(sums))
    rows = [
        {
            "area": names[group],
            "points": len(counts[group]),
            "score": score_of(rates, terms.weights),
            **_percents(rates),
        }
        for group, rates in sums.items()
    ]
    return sorted(rows, key=_by_score)


def _points(asked: Asked) -> list[Row]:
    terms = terms_of(asked)
    rows = [
        _said(one) | {"score": score_of(one.part.rates, terms.weights), **_percents(one.part.rates)}
        for one in live_points(asked, terms)
    ]
    return sorted(rows, key=_by_score)


def _coordinates(asked: Asked) -> list[Row]:
    """Whether each thing stands within the area its card names, and alone on its spot."""
    ids = point_ids(asked.tenant, within=asset_q(asked))
    assets = Asset.objects.filter(pk__in=ids).select_related("area").defer("area__boundary")
    inside = set(
        Asset.objects.extra(
            tables=["places_area"],
            where=[
                "places_area.id = assets_asset.area_id",
                "places_area.boundary is not null",
                "st_covers(places_area.boundary, assets_asset.point)",
            ],
        )
        .filter(pk__in=ids)
        .values_list("pk", flat=True)
    )
    doubled = _doubled(ids)
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for asset in assets:
        told = sums[group_of(asset.area, asked)]
        told["points"] += 1
        told["outside"] += asset.pk not in inside
        told["doubled"] += asset.pk in doubled
        told["good"] += asset.pk in inside and asset.pk not in doubled
    names = names_of(set(sums))
    rows: list[dict[str, Any]] = [
        {
            "area": names[group],
            **{key: told[key] for key in ("points", "outside", "doubled", "good")},
            "rate": Rate(told["good"], told["points"]).percent,
        }
        for group, told in sums.items()
    ]
    return sorted(rows, key=lambda row: (row["rate"], row["area"]))


def _doubled(ids: list[int]) -> set[int]:
    """Things of one kind on the very same spot, to the seventh place of a degree (a centimetre)."""
    spots = Asset.objects.filter(pk__in=ids).annotate(spot=SnapToGrid("point", 1e-7))
    crowded = (
        spots.order_by()
        .values("kind_id", "spot")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
        .values_list("kind_id", "spot")
    )
    wanted = {(kind, spot.wkb) for kind, spot in crowded}
    if not wanted:
        return set()
    rows = spots.values_list("pk", "kind_id", "spot")
    return {pk for pk, kind, spot in rows if (kind, spot.wkb) in wanted}


def _percents(rates: dict[str, Rate]) -> dict[str, Any]:
    return {code: rates.get(code, Rate()).percent for code in INDICATORS}


def _by_score(row: Row) -> tuple[bool, Any, str]:
    return (row["score"] is None, -(row["score"] or 0), str(row.get("code") or row["area"]))


REPORTS = (
    Report(
        "picture", "points", _("视频质量情况"), _("各区域诊断次数、异常次数和视频完好率"),
        (
            Heading("area", _("区域")),
            Heading("points", _("诊断点位"), "number"),
            Heading("looks", _("诊断次数"), "number"),
            Heading("bad", _("异常次数"), "number"),
            Heading("picture", _("视频完好率（%）"), "percent"),
        ),
        _picture, ("area", ("picture",)),
    ),
    Report(
        "offline", "points", _("离线点位明细"), _("每一次中断的起止、时长和原因"),
        (
            *_POINT,
            Heading("began", _("开始时间"), "time"),
            Heading("ended", _("结束时间"), "time"),
            Heading("length", _("统计期内时长"), "length"),
            Heading("cause", _("原因"), "cause"),
            Heading("what", _("说明")),
        ),
        _offline, ("name", ("length",)),
    ),
    Report(
        "offline-total", "points",
        _("累计离线时长"),
        _("每个点位离线的次数和总时长，重叠的中断只计一次"),
        (
            *_POINT,
            Heading("times", _("中断次数"), "number"),
            Heading("down", _("累计离线时长"), "length"),
            Heading("excused", _("不计入的时长"), "length"),
            Heading("planned", _("计划内时长"), "length"),
        ),
        _total, ("name", ("down",)),
    ),
    Report(
        "offline-last", "points",
        _("最近离线时长"),
        _("每个点位最近一次离线及其时长，仍未恢复的在前"),
        (
            *_POINT,
            Heading("began", _("开始时间"), "time"),
            Heading("ended", _("结束时间"), "time"),
            Heading("length", _("时长"), "length"),
            Heading("still", _("仍未恢复"), "yes"),
        ),
        _last, ("name", ("length",)),
    ),
    Report(
        "areas", "points", _("区域运维考核"), _("各区域的四项指标和按现行方案的得分"),
        (
            Heading("area", _("区域")),
            Heading("points", _("点位数"), "number"),
            Heading("score", _("得分"), "percent"),
            *_RATES,
        ),
        _areas, ("area", ("score",)),
    ),
    Report(
        "points", "points", _("点位运行考核"), _("每个点位的四项指标和按现行方案的得分"),
        (*_POINT, Heading("score", _("得分"), "percent"), *_RATES),
        _points, ("name", ("score",)),
    ),
    Report(
        "coordinates", "points", _("经纬度考核"),
        _("点位是否落在其登记区域内、是否与同类点位重叠在同一位置"),
        (
            Heading("area", _("区域")),
            Heading("points", _("点位数"), "number"),
            Heading("good", _("位置合格"), "number"),
            Heading("outside", _("不在登记区域内"), "number"),
            Heading("doubled", _("位置重复"), "number"),
            Heading("rate", _("位置合格率（%）"), "percent"),
        ),
        _coordinates, ("area", ("rate",)), is_of_days=False,
    ),
)  # fmt: skip
