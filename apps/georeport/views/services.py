"""What is offered outside, who uses it, how it is connected to."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take, tell
from apps.georeport import selectors, services
from apps.georeport.forms import (
    QuestionFormSet,
    ServiceFilterForm,
    ServiceForm,
    initial_of_questions,
    read_questions,
)
from apps.georeport.views._common import manager_of


@login_required
@require_GET
def service_list(request: HttpRequest) -> HttpResponse:
    """Search and filter the offered classes."""
    viewer = manager_of(request)
    form = ServiceFilterForm(request.GET)
    context = paged(request, selectors.list_services(viewer, **form.wanted())) | {"form": form}
    return render(request, "georeport/service_list.html", context)


@login_required
@require_GET
def service_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet."""
    viewer = manager_of(request)
    rows = selectors.list_services(viewer, **ServiceFilterForm(request.GET).wanted())
    audit.record(viewer, "georeport.services_exported", data={"count": rows.count()})
    columns = [
        Column(_("服务代码"), lambda s: s.code, 16),
        Column(_("对外名称"), lambda s: s.name, 24),
        Column(_("诉求分类"), lambda s: s.class_code, 20),
        Column(_("分组"), lambda s: s.group, 16),
        Column(_("答复方式"), lambda s: s.get_answer_display(), 24),
        Column(_("对外开放"), lambda s: s.is_active, 10),
        Column(_("公开列出"), lambda s: s.is_public, 10),
        Column(_("公开具体位置"), lambda s: s.is_place_public, 12),
        Column(_("接受匿名"), lambda s: s.takes_anonymous, 10),
    ]
    return xlsx_response(f"{_('开放类别')}-{clock.today():%Y%m%d}", columns, rows.iterator(2000))


@login_required
@require_http_methods(["GET", "POST"])
def service_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One class to write; a new one without a number in the address."""
    viewer = manager_of(request)
    service = selectors.get_service(viewer, pk=pk) if pk is not None else None
    form = ServiceForm(request.POST or None, viewer=viewer, service=service)
    rows = QuestionFormSet(
        request.POST or None,
        prefix="questions",
        initial=initial_of_questions(service) if service else None,
    )
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        spec = form.spec(*read_questions(rows))
        tenant = form.cleaned_data["tenant"]
        saved = take(
            form,
            lambda: services.save_service(viewer, tenant=tenant, spec=spec, service_id=pk),
        )
        if saved is not None:
            messages.success(request, _("已保存开放类别“%(name)s”") % {"name": saved.name})
            return redirect("georeport:service-list")
    context = {"form": form, "rows": rows, "service": service}
    status = 422 if form.errors or any(rows.errors) else 200
    return render(request, "georeport/service_edit.html", context, status=status)


@login_required
@require_POST
def service_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Out of what is offered, or back."""
    viewer = manager_of(request)
    selectors.get_service(viewer, pk=pk)
    is_active = request.POST.get("active") == "1"
    tell(
        request,
        lambda: services.set_service_open(viewer, service_id=pk, is_active=is_active),
        done=_("已对外开放") if is_active else _("已停止对外开放，不再接收这类上报"),
    )
    return redirect("georeport:service-list")


@login_required
@require_GET
def usage(request: HttpRequest) -> HttpResponse:
    """Which clients use the interface, and how much."""
    viewer = manager_of(request)
    context = {
        "rows": selectors.list_usage(viewer),
        "may_see_clients": viewer.has_perm("gateway.manage_clients"),
    }
    return render(request, "georeport/usage.html", context)


@login_required
@require_GET
def explained(request: HttpRequest) -> HttpResponse:
    """How another system connects."""
    viewer = manager_of(request)
    root = request.build_absolute_uri(reverse("open311:root")).rstrip("/")
    context = {"root": root, "offered": selectors.list_services(viewer, state="open")[:1]}
    return render(request, "georeport/help.html", context)


@login_required
@require_GET
def report_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What came with one report; for whoever sees the case."""
    report = selectors.get_report(actor_of(request), pk=pk)
    context = {
        "report": report,
        "email": selectors.masked_email(report),
        "answers": selectors.answers_shown(report.service, report.answers),
    }
    return render(request, "georeport/report_detail.html", context)
