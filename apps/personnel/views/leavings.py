"""Leaving: list, file, hand over, certificate."""

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.assurance.demands import require
from apps.common import clock
from apps.common.pages import paged, tell
from apps.personnel import permissions
from apps.personnel.enums import LeavingState
from apps.personnel.forms import HandOverForm, LeavingForm
from apps.personnel.models import Leaving
from apps.personnel.selectors import people
from apps.personnel.services import handing, leaving
from apps.personnel.views._common import UserRequest, asked, form_page, handed_over, personnel_page


@personnel_page
@require_GET
def leaving_list(request: UserRequest) -> HttpResponse:
    """Who leaves or has left the viewer's units."""
    filters = asked(request)
    context = paged(request, people.list_leavings(request.user, **filters))
    context |= {
        "filters": filters,
        "states": LeavingState.choices,
        "may_file": people.list_units(request.user, permissions.MANAGE, permissions.LEAD).exists(),
        "now": clock.now(),
    }
    return render(request, "personnel/leaving_list.html", context)


@personnel_page
@require_http_methods(["GET", "POST"])
def leaving_new(request: UserRequest) -> HttpResponse:
    """Plans that somebody leaves."""

    def save(values: dict[str, Any]) -> tuple[str, str]:
        made = leaving.file_leaving(request.user, **values)
        said = _("已注销全部权限。") if made.ended_at else _("已登记，到时自动注销全部权限。")
        return said, reverse("personnel:leaving-detail", args=[made.pk])

    if request.method == "POST":
        require(request, "rights.change")
    form = LeavingForm(
        request.POST or None, viewer=request.user, initial={"person": request.GET.get("person")}
    )
    return form_page(
        request,
        form,
        save=save,
        title=_("登记离职"),
        submit=_("登记离职"),
        back=(_("离职"), reverse("personnel:leaving-list")),
        tab="leavings",
        intro=_("离职时间一到，登录、任职、委托、单独授权和密钥一并注销，不等工作移交。"),
    )


@personnel_page
@require_GET
def leaving_detail(request: UserRequest, pk: int) -> HttpResponse:
    """What ended, what is still in hand, to whom it goes."""
    found = people.get_leaving(request.user, pk)
    return render(request, "personnel/leaving_detail.html", _detail(request, found))


@personnel_page
@require_POST
def leaving_hand_over(request: UserRequest, pk: int) -> HttpResponse:
    """Gives the chosen things to a colleague or to the unit."""
    found = people.get_leaving(request.user, pk)
    form = HandOverForm(request.POST, colleagues=people.colleagues_for(found.person, found.unit))
    if handed_over(request, form, partial(handing.hand_over_for_leaving, leaving_id=pk)):
        return redirect("personnel:leaving-detail", pk)
    context = _detail(request, found) | {"form": form}
    return render(request, "personnel/leaving_detail.html", context, status=422)


@personnel_page
@require_POST
def leaving_cancel(request: UserRequest, pk: int) -> HttpResponse:
    """Takes a planned leaving back."""
    people.get_leaving(request.user, pk)
    reason = request.POST.get("reason", "")
    tell(
        request,
        lambda: leaving.cancel_leaving(request.user, leaving_id=pk, reason=reason),
        done=_("离职登记已撤销。"),
    )
    return redirect("personnel:leaving-detail", pk)


@personnel_page
@require_GET
def leaving_certificate(request: UserRequest, pk: int) -> HttpResponse:
    """One page for the file: each access, when and by whom it ended, and where the log says so."""
    found = people.get_leaving(request.user, pk)
    context = {
        "leaving": found,
        "steps": found.steps.all(),
        "handovers": found.handovers.select_related("to"),
        "seal": people.seal_of(found),
        "printed_at": clock.now(),
    }
    return render(request, "personnel/leaving_certificate.html", context)


def _detail(request: UserRequest, found: Leaving) -> dict[str, Any]:
    may = permissions.can_ask(request.user, found.unit)
    is_open = found.state in (LeavingState.PLANNED, LeavingState.ENDED)
    return {
        "leaving": found,
        "steps": found.steps.all(),
        "piles": handing.piles_of(found.person) if is_open else [],
        "handovers": found.handovers.select_related("to"),
        "form": HandOverForm(colleagues=people.colleagues_for(found.person, found.unit)),
        "may": may and is_open,
        "may_cancel": may and found.state == LeavingState.PLANNED,
        "limit_at": found.leaves_at + leaving.limit(),
        "is_late": found.ended_at is None and clock.now() >= found.leaves_at + leaving.limit(),
    }
