"""Servers of the database that took over from one another."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.common.pages import paged, take
from apps.upkeep import permissions, selectors, services
from apps.upkeep.forms import SwitchForm
from apps.upkeep.views._common import reader_of, tabs


@login_required
@require_GET
def server_list(request: HttpRequest) -> HttpResponse:
    """Each server that served, how long none did, and why it changed."""
    viewer = reader_of(request)
    context = paged(request, selectors.list_servers()) | {
        "may_keep": permissions.can_keep(viewer),
        "tabs": tabs(viewer, "server-list"),
    }
    return render(request, "upkeep/server_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def server_explain(request: HttpRequest, pk: int) -> HttpResponse:
    """One switch to explain."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    term = selectors.get_server(pk=pk)
    form = SwitchForm(request.POST or None, initial={"cause": term.cause, "note": term.note})
    if request.method == "POST" and form.is_valid():
        done = take(form, lambda: services.explain_switch(viewer, term_id=pk, **form.cleaned_data))
        if done:
            messages.success(request, _("已登记切换原因"))
            return redirect("upkeep:server-list")
    context = {"form": form, "term": term}
    status = 422 if form.errors else 200
    return render(request, "upkeep/server_explain.html", context, status=status)
