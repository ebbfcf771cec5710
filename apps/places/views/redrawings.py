"""Drawing cells anew, and looking at what somebody else drew."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common.pages import paged, take, tell
from apps.places import permissions, selectors, services
from apps.places.forms import (
    BoundaryForm,
    MergeForm,
    NewCellForm,
    NoteForm,
    RedrawSearchForm,
    SplitForm,
)
from apps.places.models import Area, Redrawing
from apps.places.selectors import cells

#: How cells are drawn anew: what the tab says, the form, and the deed.
_WAYS: dict[str, tuple[Any, type[Any], Callable[..., Redrawing]]] = {
    "split": (gettext_lazy("拆分"), SplitForm, services.draft_split),
    "merge": (gettext_lazy("合并"), MergeForm, services.draft_merge),
    "boundary": (gettext_lazy("调整边界"), BoundaryForm, services.draft_boundary),
    "new": (gettext_lazy("新划"), NewCellForm, services.draft_new),
}


@login_required
@require_http_methods(["GET", "POST"])
def redraw(request: HttpRequest, pk: int, way: str) -> HttpResponse:
    """Draw the cells of one area anew; what is drawn waits for a second person."""
    if way not in _WAYS:
        raise Http404
    area = selectors.get_area(pk=pk)
    permissions.require_draw_in(request.user, area)
    _label, form_class, deed = _WAYS[way]
    below = selectors.list_areas(parent_id=area.pk).filter(level__is_cell=True)
    form = form_class(request.POST or None, cells=below)
    if request.method == "POST" and form.is_valid():
        drawn = form.drawn() | ({"area_id": area.pk} if way == "new" else {})
        draft = take(form, lambda: deed(request.user, **drawn))
        if draft is not None:
            messages.success(request, _("已提交，须由另一位网格管理员复核"))
            return redirect("places:redrawing-detail", pk=draft.pk)
    context = {
        "area": area,
        "way": way,
        "form": form,
        "tabs": _tabs(area, way),
        "has_cells": below.exists(),
        "center": f"{area.center.x:.6f},{area.center.y:.6f}" if area.center else "",
    }
    return render(request, "places/redraw.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def redrawing_list(request: HttpRequest) -> HttpResponse:
    """Re-drawings in the own areas, the newest first."""
    permissions.require_draw(request.user)
    form = RedrawSearchForm(request.GET)
    state = form.cleaned_data["state"] if form.is_valid() else ""
    found = paged(request, cells.list_redrawings(request.user, state=state))
    return render(request, "places/redrawing_list.html", found | {"form": form})


@login_required
@require_GET
def redrawing_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One re-drawing: before and after on the map, its faults, and who may decide."""
    redrawing = cells.get_redrawing(request.user, pk=pk)
    run = redrawing.checks.first()
    is_open = redrawing.state in {"draft", "checked"}
    context = {
        "redrawing": redrawing,
        "run": run,
        "faults": [(f, cells.describe_fault(f)) for f in run.faults.all()[:50]] if run else [],
        "retired": redrawing.retired.order_by("code"),
        "parts": redrawing.parts.select_related("area"),
        "is_open": is_open,
        "may_agree": redrawing.state == "draft" and redrawing.drafter_id != str(request.user.pk),
        "note_form": NoteForm(),
    }
    return render(request, "places/redrawing_detail.html", context)


@login_required
@require_GET
def redrawing_shapes(request: HttpRequest, pk: int) -> HttpResponse:
    """The cells that end and those that follow, for the map."""
    redrawing = cells.get_redrawing(request.user, pk=pk)
    shapes = cells.draw_shapes(cells.shapes_of_redrawing(redrawing))
    return JsonResponse(shapes, content_type="application/geo+json")


@login_required
@require_POST
def redrawing_agree(request: HttpRequest, pk: int) -> HttpResponse:
    """Agree to what somebody else drew."""
    tell(
        request,
        lambda: services.agree_redrawing(request.user, redrawing_id=pk),
        done=lambda done: (
            _("复核通过，已生效")
            if done.state == "applied"
            else _("复核通过，将于 %(day)s 生效") % {"day": done.on}
        ),
    )
    return redirect("places:redrawing-detail", pk=pk)


@login_required
@require_POST
def redrawing_recheck(request: HttpRequest, pk: int) -> HttpResponse:
    """Check a re-drawing against the areas as they are now."""
    tell(
        request,
        lambda: services.recheck_redrawing(request.user, redrawing_id=pk),
        done=_("核对完成"),
    )
    return redirect("places:redrawing-detail", pk=pk)


@login_required
@require_POST
def redrawing_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """End a re-drawing that is not applied yet."""
    note = request.POST.get("note", "")
    tell(
        request,
        lambda: services.drop_redrawing(request.user, redrawing_id=pk, note=note),
        done=_("已撤销"),
    )
    return redirect("places:redrawing-detail", pk=pk)


def _tabs(area: Area, way: str) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "url": reverse("places:redraw", args=[area.pk, name]),
            "current": name == way,
        }
        for name, (label, _form, _deed) in _WAYS.items()
    ]
