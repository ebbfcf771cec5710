"""What stands in the bulletin of a month, counted. Plain JSON values, so it can be frozen.

Every block is read from where the pages read it (statistics, rates, call-backs), so a figure of
the bulletin is the figure of its page. Source: hotline-grid 3.1, HL-17, AP-03.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q

from apps.accounts.models import Tenant
from apps.callbacks.enums import Outcome, TaskState
from apps.callbacks.models import CallbackTask
from apps.callbacks.wording import ORDER
from apps.common import clock
from apps.common.periods import Period
from apps.figures.selectors import Reach, by_area, by_channel, by_class
from apps.hotline.enums import Rate
from apps.hotline.models import AppraisalMonth
from apps.hotline.rates.facts import month_of
from apps.hotline.rates.formula import DEFAULT, parse
from apps.hotline.rates.selectors import (
    Entry,
    MonthView,
    count_month,
    find_formula,
    lines_of,
    rank_units,
)
from apps.hotline.statistics.selectors import MATTERS, by_unit, figures

TOP = 10


def count_figures(tenant: Tenant, month: date) -> dict[str, Any]:
    """Will count a month of a whole tenant. month: its first day.

    Keys: month, formula, is_closed, intake, channels, deeds, rates, score, units, classes,
    streets, callbacks; shares in percent with two decimals as text, None where nothing is to
    be measured. A closed month's rates are read as they were closed.
    """
    reach, period = Reach(Q(tenant=tenant), depth=_depth(tenant), matters=MATTERS), month_of(month)
    before = month_of(month - timedelta(days=1))
    view = _view(tenant, month)
    total = view.total
    return {
        "month": f"{month:%Y-%m}",
        "formula": view.formula.number if view.formula else None,
        "is_closed": view.closed is not None,
        "deeds": _deeds(reach, period, before),
        "channels": _lines(by_channel(reach, period), by_channel(reach, before)),
        "classes": _lines(by_class(reach, period), by_class(reach, before))[:TOP],
        "streets": _lines(by_area(reach, period, below=2), by_area(reach, before, below=2))[:TOP],
        "rates": {
            rate.value: {
                "label": str(rate.label),
                "part": total.part[rate.value],
                "whole": total.whole[rate.value],
                "percent": _text(total.rate(rate.value)),
            }
            for rate in Rate
        },
        "score": _text(total.score(view.rules.weights)),
        "counted": total.counted,
        "left_out": total.left_out,
        "units": _units(reach, period, view),
        "callbacks": _callbacks(tenant, period),
    }


def digest_of(counted: dict[str, Any], paragraphs: dict[str, str]) -> str:
    """Will give SHA-256 over figures and text in one canonical order."""
    body = json.dumps([counted, paragraphs], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(body.encode()).hexdigest()


def differences(kept: dict[str, Any], counted: dict[str, Any]) -> list[str]:
    """Will name the blocks in which a new count differs from the one kept."""
    return [block for block in kept if kept[block] != counted.get(block)]


def _depth(tenant: Tenant) -> int:
    return tenant.area.path.strip("/").count("/") + 1 if tenant.area else 1


def _view(tenant: Tenant, month: date) -> MonthView:
    closed = (
        AppraisalMonth.objects.filter(tenant=tenant, month=month).select_related("formula").first()
    )
    formula = closed.formula if closed else find_formula(tenant, month)
    rules = parse(formula.body) if formula else DEFAULT
    entries: list[Entry] = lines_of(closed) if closed else count_month(tenant, month, rules)
    return MonthView(tenant, month, formula, rules, closed, entries, clock.now())


def _deeds(reach: Reach, period: Period, before: Period) -> dict[str, Any]:
    now = {f.code: f for f in figures(reach, period)}
    was = {f.code: f for f in figures(reach, before)}
    return {
        code: {
            "label": str(now[code].label),
            "value": str(now[code].value),
            "part": now[code].part,
            "whole": now[code].whole,
            "before": str(was[code].value),
            "before_part": was[code].part,
        }
        for code in ORDER["deeds"]
    }


def _lines(now: Sequence[Any], was: Sequence[Any]) -> list[dict[str, Any]]:
    old = {_key(line): line.received for line in was}
    lines = [
        {"label": str(line.label), "n": line.received, "before": old.get(_key(line), 0)}
        for line in now
    ]
    return sorted(lines, key=lambda line: (-line["n"], line["label"]))


def _key(line: Any) -> str:
    """Two streets may bear one name; what a line is about does not depend on it."""
    return json.dumps(line.query, sort_keys=True)


def _units(reach: Reach, period: Period, view: MonthView) -> list[dict[str, Any]]:
    work = {line.unit_id: line for line in by_unit(reach, period)}
    found = []
    for standing in rank_units(view):
        line = work.get(int(standing.id))
        found.append(
            {
                "place": standing.place,
                "name": standing.name,
                "score": _text(standing.score),
                "given": line.given if line else 0,
                "on_time": _share(line.on_time if line else None),
                "returned": line.returned if line else 0,
                **{rate.value: _text(standing.tally.rate(rate.value)) for rate in Rate},
            }
        )
    return found


def _callbacks(tenant: Tenant, period: Period) -> dict[str, Any]:
    done = CallbackTask.objects.filter(
        tenant=tenant,
        state=TaskState.DONE,
        done_at__gte=period.start,
        done_at__lt=period.end,
    )
    reached = Q(outcome=Outcome.REACHED)
    found = done.aggregate(
        done=Count("pk"),
        reached=Count("pk", filter=reached),
        solved=Count("pk", filter=reached & Q(solved=True)),
        satisfied=Count("pk", filter=reached & Q(result_score__gte=3)),
        redone=Count("pk", filter=Q(is_redo=True)),
    )
    whole = found["reached"]
    return found | {
        "reached_percent": _percent(found["reached"], found["done"]),
        "solved_percent": _percent(found["solved"], whole),
        "satisfied_percent": _percent(found["satisfied"], whole),
    }


def _percent(part: int, whole: int) -> str | None:
    return f"{part * 100 / whole:.2f}" if whole else None


def _share(value: float | None) -> str | None:
    return None if value is None else f"{value:.2f}"


def _text(value: object) -> str | None:
    return None if value is None else str(value)
