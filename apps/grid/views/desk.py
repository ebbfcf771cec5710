"""The shift desk (值班长) and the looks of a worker."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError
from apps.common.pages import paged, take, tell
from apps.common.phrases import points
from apps.fieldwork.selectors.duty import on_duty_for
from apps.grid import permissions, selectors, services
from apps.grid.errors import LookClosed
from apps.grid.forms import DeskForm, LookForm
from apps.grid.models import Look
from apps.grid.views._common import stored_pictures
from apps.matters.enums import OPEN_TASK_STATES, StateCategory

PILES = {
    "file": gettext_lazy("待立案"),
    "send": gettext_lazy("待派遣"),
    "look": gettext_lazy("待核查"),
    "finish": gettext_lazy("待结案"),
}
#: Who may do the deed of a pile for many at once.
BULK = {
    "file": (permissions.FILE,),
    "send": (permissions.DISPATCH,),
    "look": permissions.DESK,
    "finish": permissions.DESK,
}
DONE = {
    "file": gettext_lazy("已立案%s件"),
    "send": gettext_lazy("已派遣%s件"),
    "look": gettext_lazy("已安排核查%s件"),
    "finish": gettext_lazy("已结案%s件"),
}
REFUSED_SHOWN = 10


@login_required
@require_GET
def desk(request: HttpRequest, pile: str = "") -> HttpResponse:
    """What waits, pile by pile, and who is on duty."""
    viewer = actor_of(request)
    permissions.require_desk(viewer)
    pile = pile or next(one for one in BULK if _may_bulk(viewer, one))
    if pile not in PILES:
        raise Http404
    found = paged(request, selectors.waiting(viewer, pile))
    places = [event.case.point for event in found["rows"] if event.case.point is not None]
    context = found | {
        "center": f"{places[0].x:.6f},{places[0].y:.6f}" if places else "",
        "proposals": [{"case": event.case} for event in found["rows"]],
        "pile": pile,
        "tabs": [_tab(viewer, code, pile) for code in PILES],
        "label": PILES[pile],
        "may_bulk": _may_bulk(viewer, pile),
        "form": DeskForm(tenant=selectors.tenant_of(viewer), pile=pile),
        "on_duty": on_duty_for(viewer),
    }
    return render(request, "grid/desk.html", context)


def _tab(viewer: Any, code: str, current: str) -> dict[str, Any]:
    return {
        "label": PILES[code],
        "url": reverse("grid:desk-pile", args=[code]),
        "current": code == current,
        "count": selectors.waiting(viewer, code).order_by()[:1000].count(),
    }


def _may_bulk(viewer: User, pile: str) -> bool:
    return any(viewer.has_perm(right) for right in BULK[pile])


@login_required
@require_POST
def desk_bulk(request: HttpRequest, pile: str) -> HttpResponse:
    """The step of a pile for what was ticked; what was refused is told case by case."""
    actor = actor_of(request)
    permissions.require_desk(actor)
    if pile not in BULK:
        raise Http404
    form = DeskForm(request.POST, tenant=selectors.tenant_of(actor), pile=pile)
    if not form.is_valid():
        messages.error(request, points(str(each[0]) for each in form.errors.values()))
        return redirect("grid:desk-pile", pile=pile)
    ids = [int(raw) for raw in request.POST.getlist("events") if raw.isdecimal()]
    deeds: dict[str, Callable[..., list[services.Outcome]]] = {
        "file": services.file_many,
        "send": services.send_many,
        "look": services.ask_many,
        "finish": services.close_many,
    }
    try:
        outcomes = deeds[pile](actor, event_ids=ids, **form.given())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        _tell_each(request, pile, outcomes)
    return redirect("grid:desk-pile", pile=pile)


def _tell_each(request: HttpRequest, pile: str, outcomes: list[services.Outcome]) -> None:
    refused = [one for one in outcomes if one.error]
    if done := len(outcomes) - len(refused):
        messages.success(request, DONE[pile] % done)
    for one in refused[:REFUSED_SHOWN]:
        messages.error(
            request,
            _("%(number)s：%(why)s") % {"number": one.event.case.number, "why": one.error},
        )
    if len(refused) > REFUSED_SHOWN:
        messages.error(request, _("另有%s件未能处理") % (len(refused) - REFUSED_SHOWN))


@login_required
@permission_required(permissions.LOOK, raise_exception=True)
@require_GET
def look_list(request: HttpRequest) -> HttpResponse:
    """The verification and check tasks of the person, on a large screen."""
    found = paged(request, selectors.looks_for(actor_of(request)))
    return render(request, "grid/look_list.html", found)


@login_required
@permission_required(permissions.LOOK, raise_exception=True)
@require_POST
def look_take(request: HttpRequest, task_id: int) -> HttpResponse:
    """接单."""
    actor = actor_of(request)
    tell(
        request,
        lambda: services.take_look(actor, key=f"page:{task_id}", task_id=task_id),
        done=_("已接单，请尽快到现场"),
    )
    return redirect("grid:look-list")


@login_required
@permission_required(permissions.LOOK, raise_exception=True)
@require_http_methods(["GET", "POST"])
def look_answer(request: HttpRequest, task_id: int) -> HttpResponse:
    """The answer from the spot by a browser, with its place or the reason why there is none."""
    actor = actor_of(request)
    task = selectors.get_look(actor, task_id)
    if task.state not in OPEN_TASK_STATES:
        raise LookClosed(_("该任务已答复或已转派他人"))
    form = LookForm(request.POST or None)
    answered = (
        take(form, lambda: _answer(request, form, task_id))
        if request.method == "POST" and form.is_valid()
        else None
    )
    if answered is not None:
        messages.success(request, _("已答复"))
        return redirect("grid:look-list")
    context = {"form": form, "task": task, "is_check": task.case.category != StateCategory.INTAKE}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "grid/look_answer.html", context, status=status)


def _answer(request: HttpRequest, form: LookForm, task_id: int) -> Look:
    files, names = stored_pictures(request.FILES.getlist("files"))
    return services.answer_look(
        actor_of(request), task_id=task_id, files=files, names=names, **form.cleaned_data
    )
