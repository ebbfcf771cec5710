"""Rules over lines, and the hosts that write."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.common.pages import paged, take
from apps.journals import permissions, selectors, services
from apps.journals.forms import HostForm, RuleForm
from apps.journals.views._common import reader_of, tabs


@login_required
@require_GET
def rule_list(request: HttpRequest) -> HttpResponse:
    """Every rule with whether its alarm stands."""
    viewer = reader_of(request)
    context = paged(request, selectors.list_rules(viewer)) | {
        "tabs": tabs("rule-list"), "may_keep": permissions.can_keep(viewer),
    }  # fmt: skip
    return render(request, "journals/rule_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def rule_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One rule to write; a new one without a number in the address."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    rule = selectors.get_rule(viewer, pk=pk) if pk is not None else None
    form = RuleForm(request.POST or None, viewer=viewer, rule=rule)
    if request.method == "POST" and form.is_valid():
        saved = take(form, lambda: services.save_rule(viewer, spec=form.spec(), rule_id=pk))
        if saved is not None:
            messages.success(request, _("已保存日志规则"))
            return redirect("journals:rule-list")
    context = {"form": form, "title": rule.name if rule else _("新建日志规则")}
    return render(request, "journals/edit.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def host_list(request: HttpRequest) -> HttpResponse:
    """Every host with its area and thing."""
    viewer = reader_of(request)
    context = paged(request, selectors.list_hosts(viewer)) | {
        "tabs": tabs("host-list"), "may_keep": permissions.can_keep(viewer),
    }  # fmt: skip
    return render(request, "journals/host_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def host_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Where a host is and which thing."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    host = selectors.get_host(viewer, pk=pk)
    form = HostForm(request.POST or None, viewer=viewer, host=host)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if take(form, lambda: services.save_host(viewer, host_id=pk, **given)) is not None:
            messages.success(request, _("已保存日志主机"))
            return redirect("journals:host-list")
    context = {"form": form, "title": host.name}
    return render(request, "journals/edit.html", context, status=422 if form.errors else 200)
