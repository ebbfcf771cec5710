"""Warnings to the public: kept by those who issue them, read by anybody."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.alarms import permissions, selectors, services
from apps.alarms.models import Alarm
from apps.alarms.views._common import reader_of, tabs
from apps.alarms.warning_forms import LiftForm, PublicWarningForm, WarningFilterForm
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, status_of, take


@login_required
@require_GET
def warning_list(request: HttpRequest) -> HttpResponseBase:
    """Warnings in every state; also as a sheet."""
    viewer = reader_of(request, *permissions.WARNING_READERS)
    form = WarningFilterForm(request.GET)
    found = selectors.list_warnings(viewer, **form.wanted())
    if request.GET.get("format") == "xlsx":
        services.note_warnings_export(viewer, count=found.count())
        columns = [
            Column(_("级别"), lambda w: w.get_level_display(), 8),
            Column(_("标题"), lambda w: w.title, 30),
            Column(_("影响区域"), lambda w: w.area.name, 20),
            Column(_("状态"), lambda w: w.get_state_display(), 10),
            Column(_("拟稿人"), lambda w: w.made_by.display_name, 12),
            Column(_("签发人"), lambda w: w.checked_by.display_name if w.checked_by else "", 12),
            Column(_("发布时间"), lambda w: w.issued_at, 20),
            Column(_("解除时间"), lambda w: w.lifted_at, 20),
            Column(_("解除或未发布的原因"), lambda w: w.outcome, 40),
        ]
        return xlsx_response(f"{_('公众预警')}-{clock.today():%Y%m%d}", columns, found)
    context = paged(request, found) | {
        "form": form,
        "may_issue": permissions.can_issue(viewer),
        "tabs": tabs(viewer, "warning-list"),
    }
    return render(request, "alarms/warning_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def warning_new(request: HttpRequest) -> HttpResponse:
    """A warning to be issued; ?alarm= fills in what an alarm says."""
    viewer = reader_of(request, permissions.ISSUE)
    asked = request.GET.get("alarm", "")
    alarm: Alarm | None = None
    if asked.isdecimal() and len(asked) < 19:
        alarm = selectors.get_alarm(viewer, pk=int(asked))
    form = PublicWarningForm(request.POST or None, viewer=viewer, alarm=alarm)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        made = take(
            form,
            lambda: services.propose_warning(
                viewer,
                tenant=selectors.tenant_warned_by(viewer),
                new=form.new(),
                reason=said["reason"],
                key=said["key"],
            ),
        )
        if made is not None:
            messages.success(request, _("已提交，由另一人签发后向公众发布。"))
            return redirect("alarms:warning-detail", made.pk)
    context = {"form": form, "alarm": alarm}
    return render(request, "alarms/warning_new.html", context, status=status_of(form))


@login_required
@require_GET
def warning_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One warning: its words, who wrote and who issued it, how it ended."""
    viewer = reader_of(request, *permissions.WARNING_READERS)
    return _page(request, pk, LiftForm() if permissions.can_issue(viewer) else None)


@login_required
@require_POST
def warning_lift(request: HttpRequest, pk: int) -> HttpResponse:
    """Lifts a warning that stands."""
    viewer = reader_of(request, permissions.ISSUE)
    selectors.get_warning(viewer, pk=pk)
    form = LiftForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        if take(form, lambda: services.lift_warning(viewer, warning_id=pk, reason=reason)):
            messages.success(request, _("预警已解除，公众页面随之更新。"))
            return redirect("alarms:warning-detail", pk)
    return _page(request, pk, form)


@require_GET
def public_list(request: HttpRequest) -> HttpResponse:
    """What stands now and what was lifted lately, for anybody."""
    context = {"standing": selectors.list_standing()[:100], "lifted": selectors.list_lifted()[:30]}
    return render(request, "alarms/public_warnings.html", context)


@require_GET
def public_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One warning in full, for anybody."""
    return render(request, "alarms/public_warning.html", {"warning": selectors.get_public(pk)})


def _page(request: HttpRequest, pk: int, form: LiftForm | None) -> HttpResponse:
    viewer = reader_of(request, *permissions.WARNING_READERS)
    warning = selectors.get_warning(viewer, pk=pk)
    shown = form if permissions.can_issue_in(viewer, warning.area) else None
    context = {"warning": warning, "form": shown}
    return render(request, "alarms/warning_detail.html", context, status=status_of(form))
