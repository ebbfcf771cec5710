"""Cases kept beyond their time."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.common.pages import paged, status_of, take, tell
from apps.retention import permissions, selectors, services
from apps.retention.forms import HoldFilterForm, HoldForm
from apps.retention.views._common import reader_of, tabs, tenant_with


@login_required
@require_http_methods(["GET", "POST"])
def hold_list(request: HttpRequest) -> HttpResponse:
    """The holds, and the form to place one."""
    person = reader_of(request)
    may_hold = person.has_perm(permissions.HOLD)
    form = HoldForm(request.POST or None) if may_hold or request.method == "POST" else None
    if form is not None and request.method == "POST" and form.is_valid():
        tenant = tenant_with(person, permissions.HOLD)
        values = form.cleaned_data
        placed = take(form, lambda: services.place_hold(person, tenant=tenant, **values))
        if placed is not None:
            messages.success(request, _("已保全 %s") % placed.case.number)
            return redirect("retention:hold-list")
    filters = HoldFilterForm(request.GET, auto_id="filter_%s")
    context = paged(request, selectors.list_holds(person, **filters.wanted())) | {
        "tabs": tabs("hold-list"),
        "form": form,
        "filters": filters,
        "may_hold": may_hold,
    }
    return render(request, "retention/hold_list.html", context, status=status_of(form))


@login_required
@require_POST
def hold_lift(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends a hold."""
    reason = request.POST.get("reason", "")
    tell(
        request,
        lambda: services.lift_hold(actor_of(request), hold_id=pk, reason=reason),
        done=_("已解除保全"),
    )
    return redirect("retention:hold-list")
