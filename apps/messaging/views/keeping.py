"""Accounts, ready answers and figures."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock, periods
from apps.common.errors import NotFound
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take
from apps.messaging import permissions, selectors, services
from apps.messaging.forms import AccountFilterForm, AccountForm, TemplateForm
from apps.messaging.views._common import reader_of

DAYS = ("7", "30", "90")


@login_required
@require_GET
def account_list(request: HttpRequest) -> HttpResponse:
    """Will list the accounts of the viewer's desks."""
    viewer = reader_of(request)
    form = AccountFilterForm(request.GET)
    context = paged(request, selectors.list_accounts(viewer, **form.wanted())) | {
        "form": form,
        "may_keep": permissions.can_keep(viewer),
    }
    return render(request, "messaging/account_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def account_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One account to write; secrets are replaced, never shown."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    account = selectors.get_account(viewer, pk=pk) if pk is not None else None
    form = AccountForm(request.POST or None, viewer=viewer, account=account)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        saved = take(form, lambda: services.save_account(viewer, spec=spec, account_id=pk))
        if saved is not None:
            messages.success(request, _("已保存渠道账号“%(name)s”") % {"name": saved.name})
            return redirect("messaging:account-list")
    context = {
        "form": form,
        "account": account,
        "known": sorted(services.secrets_of(account)) if account is not None else [],
        "labels": AccountForm.SECRET_LABELS,
    }
    return render(
        request, "messaging/account_edit.html", context, status=422 if form.errors else 200
    )


@login_required
@require_http_methods(["GET", "POST"])
def template_list(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Ready answers, and one to write."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    listed = selectors.list_templates(viewer)
    template = listed.filter(pk=pk).first() if pk is not None else None
    if pk is not None and template is None:
        raise NotFound(_("没有这个答复模板"))
    form = TemplateForm(request.POST or None, viewer=viewer, template=template)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if take(form, lambda: services.save_template(viewer, template_id=pk, **given)):
            messages.success(request, _("已保存"))
            return redirect("messaging:template-list")
    context = paged(request, listed) | {"form": form, "template": template}
    return render(
        request, "messaging/template_list.html", context, status=422 if form.errors else 200
    )


@login_required
@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """How fast citizens are answered, and one report per line."""
    viewer = reader_of(request)
    permissions.require_oversee(viewer)
    days, since, until = _span(request)
    context = {
        "days": days,
        "choices": DAYS,
        "waits": selectors.wait_figures(viewer, since=since, until=until),
        "reports": _reports(viewer, since, until),
        "seconds": 180,
    }
    return render(request, "messaging/figures.html", context)


@login_required
@require_GET
def figures_export(request: HttpRequest) -> HttpResponseBase:
    """The reports of the lines as a sheet."""
    viewer = reader_of(request)
    permissions.require_oversee(viewer)
    days, since, until = _span(request)
    rows = _reports(viewer, since, until)
    audit.record(viewer, "line_reports.exported", data={"days": days, "count": len(rows)})
    columns = [
        Column(_("热线"), lambda r: r.name, 24),
        Column(_("号码"), lambda r: r.number, 14),
        Column(_("来电"), lambda r: r.calls, 10),
        Column(_("未接"), lambda r: r.missed, 10),
        Column(_("诉求"), lambda r: r.demands, 10),
        Column(_("已结束"), lambda r: r.ended, 10),
        Column(_("按时率"), lambda r: r.on_time_rate, 12),
        Column(_("满意率"), lambda r: r.satisfaction, 12),
        Column(_("已评价"), lambda r: r.scored, 10),
    ]
    return xlsx_response(f"{_('各热线报表')}-{clock.today():%Y%m%d}", columns, rows)


def _span(request: HttpRequest) -> tuple[str, datetime, datetime]:
    days = request.GET.get("days", "30")
    days = days if days in DAYS else "30"
    found = periods.parse(days=days)
    return days, found.start, found.end


def _reports(viewer: User, since: datetime, until: datetime) -> list[Any]:
    return selectors.line_reports(viewer, since=since, until=until, now=clock.now())
