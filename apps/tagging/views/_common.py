"""What the pages of this app share."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common.exports import Column
from apps.common.pages import status_of, tabs_of
from apps.tagging import permissions
from apps.tagging.models import Passage
from apps.tagging.selectors import Leg

_PAGES = (
    ("passage-list", gettext_lazy("通行")),
    ("tag-list", gettext_lazy("标签")),
    ("unknown-list", gettext_lazy("未登记标签")),
    ("reader-list", gettext_lazy("读写器")),
    ("batch-list", gettext_lazy("追溯批次")),
    ("pass-list", gettext_lazy("出门许可")),
    ("rule-list", gettext_lazy("通行规则")),
)


def reader_of(request: HttpRequest) -> User:
    """Will give the signed-in person; behind ``login_required`` only. Raises: NotAllowed."""
    viewer = actor_of(request)
    permissions.require_reader(viewer)
    return viewer


def keeper_of(request: HttpRequest) -> User:
    """The same for who keeps tags. Raises: NotAllowed."""
    viewer = actor_of(request)
    permissions.require_keep(viewer)
    return viewer


def tabs(current: str) -> list[dict[str, object]]:
    """Will give the tabs of the lists of this app."""
    return tabs_of("tagging", current, _PAGES)


def show_edit(
    request: HttpRequest, form: forms.Form, *, title: str, kinds: str, list_name: str
) -> HttpResponse:
    """Will show the page that writes one thing. kinds: name of the list it belongs to."""
    context = {
        "form": form,
        "title": title,
        "list_label": kinds,
        "list_url": reverse(f"tagging:{list_name}"),
    }
    return render(request, "tagging/edit.html", context, status=status_of(form))


def passage_columns() -> list[Column]:
    """Will give the columns of a sheet of passages."""
    return [
        Column(_("首次读到"), lambda p: p.first_at, 20),
        Column(_("末次读到"), lambda p: p.last_at, 20),
        Column(_("读写器"), lambda p: str(p.reader), 24),
        Column(_("来源"), lambda p: p.reader.get_kind_display(), 14),
        Column(_("方向"), lambda p: p.get_direction_display(), 8),
        Column("EPC", lambda p: p.tag.epc, 30),
        Column(_("部件"), lambda p: p.asset.name if p.asset else "", 24),
        Column(_("部件编码"), lambda p: p.asset.code if p.asset else "", 20),
        Column(_("批次"), lambda p: str(p.batch or ""), 24),
        Column(_("读取次数"), lambda p: p.count, 10),
        Column(_("最强信号（dBm）"), lambda p: p.best_rssi, 14),
        Column(_("经度"), lambda p: p.point.x if p.point else None, 14),
        Column(_("纬度"), lambda p: p.point.y if p.point else None, 14),
    ]


def leg_columns() -> list[Column]:
    """Will give the same with what lies before each passage."""

    def hours(span: timedelta | None) -> float | None:
        return round(span.total_seconds() / 3600, 2) if span is not None else None

    return [
        *(Column(one.header, _of_passage(one.value), one.width) for one in passage_columns()),
        Column(_("距上次（小时）"), lambda leg: hours(leg.waited), 14),
        Column(
            _("距上处（米）"),
            lambda leg: round(leg.distance_m) if leg.distance_m is not None else None,
            14,
        ),
        Column(_("断档"), lambda leg: _("是") if leg.is_gap else "", 8),
    ]


def _of_passage(value: Callable[[Any], Any]) -> Callable[[Leg], Any]:
    return lambda leg: value(leg.passage)


def shapes_of(legs: Sequence[Leg]) -> JsonResponse:
    """Will draw a chain: a point per place, a line where nothing is missing in between."""
    features: list[dict[str, object]] = []
    before: Passage | None = None
    for leg in legs:
        passage = leg.passage
        if passage.point is None:
            continue
        here = [passage.point.x, passage.point.y]
        if before is not None and before.point is not None and not leg.is_gap:
            start = [before.point.x, before.point.y]
            if start != here:
                label = f"{_moment(before)} — {_moment(passage)}"
                features.append(_feature("LineString", [start, here], label))
        features.append(_feature("Point", here, f"{passage.reader} {_moment(passage)}"))
        before = passage
    return JsonResponse({"type": "FeatureCollection", "features": features})


def center_of(legs: Sequence[Leg]) -> str:
    """Will give where a map of a chain begins: at its last place; "" for none."""
    points = [leg.passage.point for leg in legs if leg.passage.point is not None]
    return f"{points[-1].x:.6f},{points[-1].y:.6f}" if points else ""


def _moment(passage: Passage) -> str:
    return f"{timezone.localtime(passage.first_at):%m-%d %H:%M}"


def _feature(kind: str, coordinates: object, label: str) -> dict[str, object]:
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": {"label": label},
    }
