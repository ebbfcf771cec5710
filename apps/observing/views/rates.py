"""How long devices were online, at fault or silent. Source: IO-03."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.spans import SpanForm
from apps.observing.selectors.rates import Rate, rates_of
from apps.sensing.permissions import require_reader

#: Bars of the chart; the table has all.
MOST_BARS = 30


class RateForm(SpanForm):
    """Days; without them the last week."""

    usual_days = 7


@login_required
@require_GET
def rates(request: HttpRequest) -> HttpResponse:
    """Online, fault and offline per group over some days."""
    _viewer, by, form, found = _asked(request)
    context = {
        "form": form,
        "by": by,
        "tabs": _tabs(request, by),
        "rows": found,
        "chart": _chart(found) if found else None,
        "query": urlencode({"by": by, **_days(request)}),
    }
    status = 422 if form.errors else 200
    return render(request, "observing/rates.html", context, status=status)


@login_required
@require_GET
def rates_export(request: HttpRequest) -> HttpResponseBase:
    """What the page shows, as a sheet."""
    viewer, by, _form, found = _asked(request)
    audit.record(viewer, "device_rates.exported", data={"by": by} | _days(request))
    name = f"{_('设备运行率')}-{clock.today():%Y%m%d}"
    columns = [
        Column(_groups()[by], _label, 24),
        Column(_("设备数"), lambda r: r.devices, 10),
        Column(_("在线率（%）"), lambda r: r.online, 12),
        Column(_("故障率（%）"), lambda r: r.fault, 12),
        Column(_("状态未知（%）"), lambda r: r.unknown, 12),
        Column(_("离线次数"), lambda r: r.spells, 10),
        Column(_("平均离线时长（分钟）"), lambda r: r.mean_offline_minutes, 18),
    ]
    return xlsx_response(name, columns, found)


def _asked(request: HttpRequest) -> tuple[User, str, RateForm, list[Rate]]:
    viewer = actor_of(request)
    require_reader(viewer)
    asked = request.GET.get("by", "")
    by = asked if asked in _groups() else "profile"
    form = RateForm(request.GET)
    since, until = form.span()
    found = rates_of(viewer, since=since, until=until, by=by)
    return viewer, by, form, found


def _groups() -> dict[str, str]:
    return {
        "profile": _("设备型号"),
        "area": _("区县"),
        "vendor": _("维保单位"),
        "contract": _("维保合同"),
    }


def _tabs(request: HttpRequest, by: str) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "url": f"?{urlencode({'by': code, **_days(request)})}",
            "current": code == by,
        }
        for code, label in _groups().items()
    ]


def _days(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in ("since", "until") if request.GET.get(name)}


def _label(row: Rate) -> str:
    return row.label or _("未填写")


def _chart(found: list[Rate]) -> dict[str, Any]:
    shown = found[:MOST_BARS]
    return {
        "option": {
            "tooltip": {"trigger": "axis"},
            "xAxis": {"type": "category", "data": [_label(row) for row in shown]},
            "yAxis": {"type": "value", "min": 0, "max": 100},
            "series": [
                {"type": "bar", "name": _("在线率（%）"), "data": [row.online for row in shown]}
            ],
        },
        "columns": [
            {"key": "label", "label": _("名称")},
            {"key": "online", "label": _("在线率（%）"), "is_number": True},
        ],
        "rows": [{"label": _label(row), "online": row.online} for row in shown],
    }
