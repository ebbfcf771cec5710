"""Deciding who reads a product, and ending it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.signed_in import actor_of
from apps.common.pages import status_of, take
from apps.products import permissions, selectors, services
from apps.products.enums import GrantState
from apps.products.forms import DecideForm, ReasonForm


@login_required
@require_http_methods(["GET", "POST"])
def grant_decide(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """What was asked and for what; grants or refuses."""
    viewer = actor_of(request)
    product = selectors.get_product(viewer, code)
    permissions.require_keep_of(viewer, product.unit)
    grant = selectors.get_grant(viewer, product, pk)
    form = DecideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if "refuse" in request.POST:
            done = take(
                form,
                lambda: services.refuse_product(viewer, grant_id=pk, reason=said["reason"]),
            )
        else:
            done = take(form, lambda: services.grant_product(viewer, grant_id=pk, **said))
        if done is not None:
            messages.success(request, _("已审批"))
            return redirect("products:product-detail", code)
    deed = _("审批数据产品申请")
    context = {"product": product, "grant": grant, "form": form, "deed": deed}
    return render(request, "products/grant_decide.html", context, status=status_of(form))


@login_required
@require_http_methods(["GET", "POST"])
def grant_end(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Ends what waits or holds, by the keeper or the unit itself."""
    viewer = actor_of(request)
    product = selectors.get_product(viewer, code)
    grant = selectors.get_grant(viewer, product, pk)
    if grant.state not in (GrantState.WAITING, GrantState.GRANTED):
        raise Http404
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        done = take(form, lambda: services.end_grant(viewer, grant_id=pk, reason=reason))
        if done is not None:
            messages.success(request, _("已终止"))
            return redirect("products:product-detail", code)
    deed = _("终止数据产品授权")
    context = {"product": product, "grant": grant, "form": form, "deed": deed}
    return render(request, "products/grant_end.html", context, status=status_of(form))
