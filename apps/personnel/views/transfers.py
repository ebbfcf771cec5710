"""Moving: list, file, hand over, take back."""

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.assurance.demands import require
from apps.accounts.models import Organization
from apps.common import clock
from apps.common.pages import paged, tell
from apps.personnel import permissions
from apps.personnel.enums import TransferState
from apps.personnel.forms import HandOverForm, TransferForm
from apps.personnel.models import Transfer
from apps.personnel.selectors import people
from apps.personnel.services import handing, moving
from apps.personnel.views._common import UserRequest, asked, form_page, handed_over, personnel_page


@personnel_page
@require_GET
def transfer_list(request: UserRequest) -> HttpResponse:
    """Who moves into or out of the viewer's units."""
    filters = asked(request)
    context = paged(request, people.list_transfers(request.user, **filters))
    context |= {
        "filters": filters,
        "states": TransferState.choices,
        "may_file": people.list_units(request.user, permissions.MANAGE).exists(),
    }
    return render(request, "personnel/transfer_list.html", context)


@personnel_page
@require_http_methods(["GET", "POST"])
def transfer_new(request: UserRequest) -> HttpResponse:
    """Plans a move."""

    def save(values: dict[str, Any]) -> tuple[str, str]:
        made = moving.file_transfer(request.user, **values)
        return _("已登记，权限按日自动切换。"), reverse("personnel:transfer-detail", args=[made.pk])

    if request.method == "POST":
        require(request, "rights.change")
    return form_page(
        request,
        TransferForm(request.POST or None, viewer=request.user),
        save=save,
        title=_("登记调动"),
        submit=_("登记调动"),
        back=(_("调动"), reverse("personnel:transfer-list")),
        tab="transfers",
    )


@personnel_page
@require_GET
def transfer_detail(request: UserRequest, pk: int) -> HttpResponse:
    """One move, and what the old post leaves in hand."""
    found = people.get_transfer(request.user, pk)
    return render(request, "personnel/transfer_detail.html", _detail(request, found))


@personnel_page
@require_POST
def transfer_hand_over(request: UserRequest, pk: int) -> HttpResponse:
    """Gives the chosen things to a colleague or to the unit."""
    found = people.get_transfer(request.user, pk)
    form = HandOverForm(
        request.POST, colleagues=people.colleagues_for(found.person, _old_unit(found))
    )
    if handed_over(request, form, partial(handing.hand_over_for_transfer, transfer_id=pk)):
        return redirect("personnel:transfer-detail", pk)
    context = _detail(request, found) | {"form": form}
    return render(request, "personnel/transfer_detail.html", context, status=422)


@personnel_page
@require_POST
def transfer_cancel(request: UserRequest, pk: int) -> HttpResponse:
    """Takes a move back before its day."""
    people.get_transfer(request.user, pk)
    reason = request.POST.get("reason", "")
    tell(
        request,
        lambda: moving.cancel_transfer(request.user, transfer_id=pk, reason=reason),
        done=_("调动已撤销。"),
    )
    return redirect("personnel:transfer-detail", pk)


def _old_unit(found: Transfer) -> Organization | None:
    return found.old_post.organization if found.old_post else None


def _detail(request: UserRequest, found: Transfer) -> dict[str, Any]:
    post = found.old_post or found.new_post
    is_open = found.settled_at is None and found.state != TransferState.CANCELLED
    return {
        "transfer": found,
        "piles": handing.piles_of(found.person) if is_open else [],
        "handovers": found.handovers.select_related("to"),
        "form": HandOverForm(colleagues=people.colleagues_for(found.person, _old_unit(found))),
        "may": is_open and permissions.can_ask(request.user, post.organization),
        "may_cancel": found.state == TransferState.PLANNED
        and found.on > clock.today()
        and permissions.can_manage(request.user, found.new_post.organization),
    }
