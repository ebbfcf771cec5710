"""Targets of vendors and posts: set, followed against work orders, rated. Source: OP-17."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of, any_right
from apps.appraisal import permissions, services
from apps.appraisal.forms import MonthForm, TargetForm
from apps.appraisal.selectors.schemes import tenant_of
from apps.appraisal.selectors.targets import list_repair_posts, list_targets, track, works
from apps.appraisal.selectors.vendors import vendors_seen
from apps.appraisal.services.targets import NewTarget
from apps.appraisal.views._common import month_asked
from apps.audit import services as audit
from apps.common.exports import Column, xlsx_response
from apps.common.pages import status_of, take, tell

readers = any_right(*permissions.READERS)


@readers
@require_GET
def target_list(request: HttpRequest) -> HttpResponse:
    """The targets of a month with what came of them."""
    viewer, month = actor_of(request), month_asked(request)
    context = {
        "tracked": track(list_targets(viewer, tenant_of(viewer), month)),
        "form": MonthForm(initial={"month": month}),
        "month_value": f"{month:%Y-%m}",
        "may_set": viewer.has_perm(permissions.TARGETS),
    }
    return render(request, "appraisal/target_list.html", context)


@any_right(permissions.TARGETS)
@require_http_methods(["GET", "POST"])
def target_new(request: HttpRequest) -> HttpResponse:
    """Sets a target, or changes the one of the same month, vendor or post, area and work."""
    actor = actor_of(request)
    tenant = tenant_of(actor)
    form = TargetForm(
        request.POST or None, tenant=tenant, vendors=vendors_seen(actor), works=works(),
        posts=list_repair_posts(tenant),
        initial={"month": month_asked(request)},
    )  # fmt: skip
    if form.is_valid():
        new = NewTarget(**form.cleaned_data)
        if take(form, lambda: services.set_target(actor, tenant=tenant, new=new)) is not None:
            return redirect(f"{reverse('appraisal:target-list')}?month={new.month:%Y-%m}")
    return render(request, "appraisal/target_form.html", {"form": form}, status=status_of(form))


@any_right(permissions.TARGETS)
@require_POST
def target_drop(request: HttpRequest, target_id: int) -> HttpResponse:
    """Takes a target away."""
    actor = actor_of(request)
    tell(
        request,
        lambda: services.drop_target(actor, target_id=target_id),
        done=_("已删除考核指标"),
    )
    return redirect("appraisal:target-list")


@readers
@require_GET
def target_export(request: HttpRequest) -> HttpResponseBase:
    """The same as a sheet; audited."""
    viewer, month = actor_of(request), month_asked(request)
    rows = track(list_targets(viewer, tenant_of(viewer), month))
    audit.record(viewer, "ops_targets.exported", data={"rows": len(rows)})
    columns = [
        Column(_("维保单位"), lambda one: one.target.vendor, 20),
        Column(_("岗位"), lambda one: one.target.post and str(one.target.post), 20),
        Column(_("在岗人数"), lambda one: one.target.post and one.heads, 10),
        Column(_("区域"), lambda one: one.target.area and one.target.area.name, 16),
        Column(_("工作类型"), lambda one: one.work_name or _("全部工作"), 16),
        Column(_("完成数量指标"), lambda one: one.quantity, 12),
        Column(_("完成数量"), lambda one: one.done, 10),
        Column(_("平均修复时长指标（小时）"), lambda one: one.target.hours, 14),
        Column(_("平均修复时长（小时）"), lambda one: one.hours, 14),
        Column(_("费用指标（元）"), lambda one: one.limit, 14),
        Column(_("费用（元）"), lambda one: one.cost, 14),
        Column(_("修复及时率（%）"), lambda one: one.on_time.percent, 14),
        Column(_("得分"), lambda one: one.score, 10),
        Column(_("评定"), lambda one: one.grade and one.grade.label, 10),
    ]
    return xlsx_response(f"{_('考核指标')}-{month:%Y-%m}", columns, rows)
