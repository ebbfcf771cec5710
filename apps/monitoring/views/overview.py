"""How everything stands, and what hangs on what."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.alarms.models import Dependency
from apps.alarms.selectors import count_unanswered
from apps.common.drawing import Box, Drawing, Link, draw
from apps.common.pages import paged
from apps.monitoring import permissions, selectors
from apps.monitoring.enums import State
from apps.monitoring.forms import RunForm
from apps.monitoring.registry import Trouble, fault_report_url
from apps.monitoring.selectors import Node
from apps.monitoring.views._common import reader_of, tabs

_LEVELS = {State.UP: "done", State.DEGRADED: "soon", State.DOWN: "over", State.UNKNOWN: "rest"}


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The state of everything by kind, what is to be done, what broke last."""
    viewer = reader_of(request)
    kinds = selectors.count_by_kind(viewer)
    states = [
        (state.value, state.label, sum(getattr(kind, state.value) for kind in kinds))
        for state in State
    ]
    may_run = viewer.has_perm(permissions.RUN)
    context: dict[str, Any] = {
        "tabs": tabs("home"),
        "kinds": [kind for kind in kinds if kind.total],
        "states": states,
        "total": sum(kind.total for kind in kinds),
        "faults": selectors.latest_faults(viewer),
        "open_outages": selectors.list_outages(viewer, is_open=True)[:8],
        "unanswered": count_unanswered(viewer),
        "unjudged": selectors.count_unjudged(viewer),
        "last_run": selectors.list_runs(viewer).first(),
        "form": RunForm(viewer=viewer) if may_run else None,
        "may_keep": permissions.can_keep(viewer),
        "report_url": fault_report_url(viewer, Trouble()),
    }
    return render(request, "monitoring/home.html", context)


@login_required
@require_GET
def topology(request: HttpRequest) -> HttpResponse:
    """What hangs on what as a picture, and the alarms that follow from another."""
    viewer = reader_of(request)
    nodes, lines, is_cut = selectors.topology(viewer)
    context = paged(request, selectors.inhibited_alarms(viewer)) | {
        "tabs": tabs("topology"),
        "nodes": nodes,
        "drawing": _drawn(nodes, lines) if nodes else None,
        "is_cut": is_cut,
    }
    return render(request, "monitoring/topology.html", context)


def _drawn(nodes: list[Node], lines: list[Dependency]) -> Drawing:
    boxes = [_box(node) for node in nodes]
    state = {node.asset.pk: node.state for node in nodes}
    links = [
        Link(
            str(line.parent_id), str(line.child_id), str(line.get_kind_display()),
            "alarm" if state[line.parent_id] == State.DOWN else "solid",
        )
        for line in lines
    ]  # fmt: skip
    return draw(boxes, links)


def _box(node: Node) -> Box:
    texts = [node.asset.name, node.kind, str(node.state.label)]
    if node.inhibited:
        texts[2] += _("，归并告警 %d 条") % node.inhibited
    url = reverse("monitoring:target-detail", args=[node.target_id]) if node.target_id else ""
    return Box(str(node.asset.pk), node.depth, tuple(texts), _LEVELS[node.state], url)
