"""The picture of subscriptions and the same as a table (MT-07, MT-11)."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.common.drawing import Box, Drawing, Link, draw
from apps.common.phrases import series
from apps.matters import permissions
from apps.matters.enums import ListenerState
from apps.matters.models import Listener
from apps.matters.selectors.listener_graph import Arrow, ListenerGraph, listener_graph
from apps.matters.views.requests import viewer_of

_LEVELS = {ListenerState.ACTIVE: "done", ListenerState.PENDING: "soon"}
_HEARD, _LISTENERS = 0, 1  # columns; what is set off by others stands further right


@login_required
@require_GET
def graph(request: HttpRequest) -> HttpResponse:
    """Every listener that hears or may hear soon, with the ways that come back marked."""
    viewer = viewer_of(request)
    permissions.require_view_listeners(viewer)
    found = listener_graph(viewer)
    context = {
        "graph": found,
        "drawing": draw_graph(found),
        "cycles": [[*way, way[0]] for way in found.cycles],
        "lines": _lines(found),
    }
    return render(request, "matters/listeners/listener_graph.html", context)


def draw_graph(found: ListenerGraph, *, focus: Listener | None = None) -> Drawing:
    """Will lay the graph out: what is heard, the listeners, the listeners these set off.

    What a listener does, and what one further right hears, is told in its box: lines for it
    would run behind the others.
    """
    first = {f"listener:{pk}" for pk, depth in found.depth.items() if depth == 0}
    drawn = [
        arrow
        for arrow in found.arrows
        if arrow.kind == "sets_off" or (arrow.kind == "hears" and arrow.target in first)
    ]
    sources = {arrow.source for arrow in drawn}
    heard = {key: label for key, label in found.heard.items() if key in sources}
    boxes = [Box(key, _HEARD, (label, _("源头事项"))) for key, label in heard.items()]
    boxes += [_box(listener, found, focus) for listener in found.listeners]
    return draw(boxes, [_link(arrow) for arrow in drawn])


def _box(listener: Listener, found: ListenerGraph, focus: Listener | None) -> Box:
    is_turning, key = found.in_cycle(listener), f"listener:{listener.pk}"
    told = [listener.get_state_display()]
    if is_turning:
        told.append(_("循环触发"))
    if found.depth[listener.pk]:
        hears = [a for a in found.arrows if a.kind == "hears" and a.target == key]
        named = [found.heard[arrow.source] for arrow in hears]
        told.append(_("监听%s") % series(named))
    return Box(
        key=key,
        column=_LISTENERS + found.depth[listener.pk],
        lines=(
            listener.name,
            " · ".join(told),
            f"→ {found.effects[found.effect_of[listener.pk]]}",
        ),
        level="over" if is_turning else _LEVELS.get(ListenerState(listener.state), "rest"),
        url=reverse("matters:listener-detail", kwargs={"pk": listener.pk}),
        mark=listener == focus,
    )


def _link(arrow: Arrow) -> Link:
    if arrow.kind == "hears":
        return Link(arrow.source, arrow.target)
    if arrow.in_cycle:
        return Link(arrow.source, arrow.target, label=_("循环"), style="alarm")
    return Link(arrow.source, arrow.target, label=_("触发"), style="dashed")


def _lines(found: ListenerGraph) -> list[dict[str, Any]]:
    """The arrows as rows, for who cannot see the picture."""
    names = {f"listener:{listener.pk}": listener.name for listener in found.listeners}
    names |= found.heard | found.effects
    kinds = {"hears": _("被监听"), "does": _("执行"), "sets_off": _("可能触发")}
    return [
        {
            "source": names[arrow.source],
            "kind": kinds[arrow.kind],
            "target": names[arrow.target],
            "in_cycle": arrow.in_cycle,
        }
        for arrow in found.arrows
    ]
