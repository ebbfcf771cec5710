"""The four statistics of work orders, by what was reported in the days asked for. Source: OP-15."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from apps.appraisal import permissions
from apps.appraisal.reckoning import Rate
from apps.appraisal.reports.kinds import Asked, Heading, Report, Row
from apps.appraisal.reports.live import group_of, names_of
from apps.ops.enums import CLOSED, REJECTED
from apps.ops.models import Repair, RepairPart, WorkOrder


def orders_of(asked: Asked) -> QuerySet[WorkOrder]:
    """Will give the orders reported in the days asked for, as far as the viewer may see them.

    An order is a vendor's while it is the one that has it.
    """
    reach = permissions.reach_q(asked.viewer, area="case__area_path", vendor="vendor__name")
    found = WorkOrder.objects.filter(
        reach, reported_at__gte=asked.period.start, reported_at__lt=asked.period.end,
        case__tenant=asked.tenant,
    )  # fmt: skip
    if asked.area is not None:
        found = found.filter(case__area_path__startswith=asked.area.path)
    if asked.vendor:
        found = found.filter(vendor__name=asked.vendor)
    return found.select_related("case__area", "vendor", "fault_kind", "level").defer(
        "case__search", "case__area__boundary", "case__area__center"
    )


def _counts(orders: Iterable[WorkOrder]) -> dict[str, Any]:
    told = list(orders)
    real = [one for one in told if one.case.state != REJECTED]
    judged = [one for one in real if one.restore_late is not None]
    replied = [one for one in real if one.respond_late is not None]
    return {
        "all": len(told),
        "closed": sum(one.case.state == CLOSED for one in real),
        "open": sum(one.closed_at is None for one in real),
        "rejected": len(told) - len(real),
        "respond_s": _mean(real, "reported_at", "responded_at"),
        "restore_s": _mean(real, "reported_at", "restored_at"),
        "respond": Rate(sum(not one.respond_late for one in replied), len(replied)).percent,
        "restore": Rate(sum(not one.restore_late for one in judged), len(judged)).percent,
    }


def _mean(orders: Iterable[WorkOrder], begin: str, end: str) -> int | None:
    """Mean seconds between two moments of those that have both; time suspended is not in it."""
    spans = [_between(one, getattr(one, begin), getattr(one, end)) for one in orders]
    told = [span for span in spans if span is not None]
    return round(sum(told) / len(told)) if told else None


def _between(order: WorkOrder, begin: datetime | None, end: datetime | None) -> float | None:
    if begin is None or end is None:
        return None
    out = order.suspended_s if end == order.restored_at else 0
    return max((end - begin).total_seconds() - out, 0)


def _areas(asked: Asked) -> list[Row]:
    groups: dict[str, list[WorkOrder]] = defaultdict(list)
    for order in orders_of(asked):
        groups[group_of(order.case.area, asked)].append(order)
    names = names_of(set(groups))
    rows = [{"area": names[key], **_counts(of)} for key, of in groups.items()]
    return sorted(rows, key=lambda row: (-row["all"], row["area"]))


def _people(asked: Asked) -> list[Row]:
    found = Repair.objects.filter(order__in=orders_of(asked)).select_related("person", "unit")
    parts = dict(
        RepairPart.objects.filter(repair__in=found)
        .order_by()
        .values_list("repair")
        .annotate(sum=Sum("quantity"))
    )
    rows: dict[int, Row] = {}
    for repair in found.order_by("pk"):
        row = rows.setdefault(
            repair.person_id,
            {
                "person": repair.person.full_name, "unit": repair.unit.name, "repairs": 0,
                "accepted": 0, "back": 0, "work_s": 0, "parts": Decimal(0), "cost": Decimal(0),
            },
        )  # fmt: skip
        row["repairs"] += 1
        row["accepted"] += bool(repair.is_accepted)
        row["back"] += repair.is_accepted is False
        row["work_s"] += int((repair.to_at - repair.from_at).total_seconds())
        row["parts"] += parts.get(repair.pk, Decimal(0))
        row["cost"] += repair.cost
    return sorted(rows.values(), key=lambda row: (-row["repairs"], row["person"]))


def _handling(asked: Asked) -> list[Row]:
    groups: dict[tuple[str, str], list[WorkOrder]] = defaultdict(list)
    for order in orders_of(asked):
        groups[order.fault_kind.name, str(order.level)].append(order)
    rows = [{"kind": kind, "level": level, **_counts(of)} for (kind, level), of in groups.items()]
    return sorted(rows, key=lambda row: (-row["all"], row["kind"], row["level"]))


def _on_time(asked: Asked) -> list[Row]:
    groups: dict[tuple[str, str], list[WorkOrder]] = defaultdict(list)
    for order in orders_of(asked).filter(~Q(vendor=None)):
        assert order.vendor is not None
        groups[group_of(order.case.area, asked), order.vendor.name].append(order)
    names = names_of({group for group, _vendor in groups})
    rows = [
        {"area": names[group], "vendor": vendor, **_counts(of)}
        for (group, vendor), of in groups.items()
    ]
    return sorted(rows, key=lambda row: (row["area"], row["vendor"]))


_ALL = Heading("all", _("工单数"), "number")
_PACE = (
    Heading("respond_s", _("平均响应时长"), "length"),
    Heading("restore_s", _("平均修复时长"), "length"),
)
_RATES = (
    Heading("respond", _("响应及时率（%）"), "percent"),
    Heading("restore", _("修复及时率（%）"), "percent"),
)
_STATES = (
    Heading("closed", _("已办结"), "number"),
    Heading("open", _("未办结"), "number"),
    Heading("rejected", _("已驳回"), "number"),
)
REPORTS = (
    Report(
        "orders-areas", "orders", _("区域工单数量"), _("各区域上报、办结和未办结的工单"),
        (Heading("area", _("区域")), _ALL, *_STATES),
        _areas, ("area", ("all", "closed")),
    ),
    Report(
        "orders-people", "orders", _("人员工作量"), _("每名维修人员的维修次数、工时、配件和费用"),
        (
            Heading("person", _("维修人")),
            Heading("unit", _("单位")),
            Heading("repairs", _("维修次数"), "number"),
            Heading("accepted", _("确认通过"), "number"),
            Heading("back", _("驳回"), "number"),
            Heading("work_s", _("工时"), "length"),
            Heading("parts", _("配件数"), "number"),
            Heading("cost", _("人工等费用（元）"), "number"),
        ),
        _people, ("person", ("repairs",)),
    ),
    Report(
        "orders-handling", "orders", _("处理效率"),
        _("各类故障的平均响应和修复时长，挂起的时间不计"),
        (
            Heading("kind", _("故障类型")), Heading("level", _("故障等级")), _ALL,
            Heading("closed", _("已办结"), "number"), *_PACE,
        ),
        _handling, ("kind", ("restore_s",)),
    ),
    Report(
        "orders-on-time", "orders", _("工单及时率"), _("各区域、各维保单位的响应和修复及时率"),
        (
            Heading("area", _("区域")), Heading("vendor", _("维保单位")), _ALL, *_RATES, *_PACE,
        ),
        _on_time, ("vendor", ("respond", "restore")),
    ),
)  # fmt: skip
