"""The case graph: how cases belong together, drawn and listed."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.clocks.selectors import Remaining, remaining_text
from apps.common import clock
from apps.common.drawing import Box, Drawing, Link, draw
from apps.matters import selectors
from apps.matters.enums import LinkKind
from apps.matters.models import Case
from apps.matters.selectors import Family, Relative
from apps.matters.views.requests import viewer_of

_LEVELS = {"paused": "rest", "ended": "done", "waiting": "soon", "checking": "soon"}


@login_required
@require_GET
def case_graph(request: HttpRequest, case_id: int) -> HttpResponse:
    """The cases linked to this one, as a picture and as a list, and how its parts stand."""
    viewer = viewer_of(request)
    case = selectors.get_case(viewer, case_id=case_id)
    family = selectors.family_of(viewer, case)
    context = {
        "case": case,
        "family": family,
        "drawing": _draw(family, case),
        "rows": [_row(relative, case) for relative in family.relatives],
        "lines": _lines(family),
        "roll_ups": selectors.roll_up(case),
        "seen_ids": {relative.case.pk for relative in family.relatives},
    }
    return render(request, "matters/case_graph.html", context)


def _draw(family: Family, focus: Case) -> Drawing:
    boxes = [_box(relative, focus) for relative in family.relatives]
    links = []
    for link in family.links:
        ends = (str(link.target_id), str(link.source_id))
        if link.kind in (LinkKind.DUPLICATE_OF, LinkKind.RELATED):
            ends = (ends[1], ends[0])
        is_solid = link.kind == LinkKind.PARENT
        label = _("子事项") if is_solid else _short(link.kind)
        links.append(Link(*ends, label=label, style="solid" if is_solid else "dashed"))
    return draw(boxes, links)


def _short(kind: str) -> str:
    words = {
        LinkKind.TRIGGERED_BY: _("触发"),
        LinkKind.DUPLICATE_OF: _("重复"),
        LinkKind.RELATED: _("相关"),
    }
    return words.get(LinkKind(kind), "")


def _box(relative: Relative, focus: Case) -> Box:
    case, left = relative.case, _remaining(relative.case)
    is_pressing = left.level in ("over", "soon")
    unit = case.unit.name if case.unit is not None else str(case.matter_type)
    return Box(
        key=str(case.pk),
        column=relative.column,
        lines=(case.title, f"{relative.state_label} · {left.text}", unit),
        level=left.level if is_pressing else _LEVELS.get(case.category, "action"),
        url=reverse("matters:case-detail", kwargs={"case_id": case.pk}),
        mark=case.pk == focus.pk,
    )


def _remaining(case: Case) -> Remaining:
    if case.due_at is None and not case.is_ended:
        return Remaining(_("无时限"), "rest")
    state = "stopped" if case.is_ended else "suspended" if case.clock_paused else "running"
    return remaining_text(case.due_at, state, clock.now())


def _row(relative: Relative, focus: Case) -> dict[str, Any]:
    part = relative.part
    return {
        "case": relative.case,
        "state": relative.state_label,
        "part": part,
        "is_focus": relative.case.pk == focus.pk,
        "indent": max(relative.column, 0),
    }


def _lines(family: Family) -> list[dict[str, Any]]:
    """The links as sentences, for who cannot see the picture."""
    cases = {relative.case.pk: relative.case for relative in family.relatives}
    return [
        {
            "source": cases[link.source_id],
            "kind": link.get_kind_display(),
            "target": cases[link.target_id],
        }
        for link in family.links
    ]
