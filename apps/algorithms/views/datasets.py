"""Data sets for training and tests: listed, registered, approved, opened, used. Source: CP-02."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.algorithms import permissions, selectors, services
from apps.algorithms.data_forms import DataSetFilterForm, DataSetForm, GrantForm, TrainingForm
from apps.algorithms.enums import DataPurpose, DataState
from apps.algorithms.models import DataSet
from apps.algorithms.views._common import number_of, reader_of
from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take, tell


@login_required
@require_GET
def data_set_list(request: HttpRequest) -> HttpResponse:
    """The register, searched and narrowed."""
    viewer = reader_of(request)
    form = DataSetFilterForm(request.GET)
    context = paged(request, selectors.list_data_sets(**form.wanted())) | {
        "form": form, "may_keep": permissions.can_keep(viewer), "today": clock.today(),
    }  # fmt: skip
    return render(request, "algorithms/data_set_list.html", context)


@login_required
@require_GET
def data_set_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet."""
    viewer = reader_of(request)
    rows = selectors.list_data_sets(**DataSetFilterForm(request.GET).wanted())
    audit.record(viewer, "data_sets.exported", data={"count": rows.count()})
    columns = [
        Column(_("代码"), lambda d: d.code, 20),
        Column(_("版本"), lambda d: d.version, 10),
        Column(_("名称"), lambda d: d.name, 24),
        Column(_("算法用途"), lambda d: d.get_task_display(), 18),
        Column(_("数据用途"), lambda d: d.get_purpose_display(), 12),
        Column(_("来源"), lambda d: d.source, 30),
        Column(_("法律依据"), lambda d: d.legal_basis, 30),
        Column(_("许可"), lambda d: d.licence, 20),
        Column(_("个人信息"), lambda d: d.get_privacy_display(), 14),
        Column(_("条数"), lambda d: d.items, 10),
        Column(_("SHA-256 摘要"), lambda d: d.sha256, 66),
        Column(_("保管单位"), lambda d: d.unit.name, 24),
        Column(_("保存至"), lambda d: d.keep_until, 12),
        Column(_("状态"), lambda d: d.get_state_display(), 10),
        Column(_("使用次数"), lambda d: d.used, 10),
    ]
    return xlsx_response(f"{_('数据集')}-{clock.today():%Y%m%d}", columns, rows.iterator(2000))


@login_required
@require_http_methods(["GET", "POST"])
def data_set_edit(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """One to register; a draft to change where the address names it."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    one = selectors.get_data_set(pk) if pk else None
    form = DataSetForm(request.POST or None, viewer=viewer, one=one)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        saved = take(
            form, lambda: services.save_data_set(viewer, spec=spec, data_set_id=pk or None)
        )
        if saved is not None:
            messages.success(request, _("已保存，等待他人审核"))
            return redirect("algorithms:data-set-detail", pk=saved.pk)
    return _form(request, form, one, _("登记数据集") if one is None else _("修改数据集"))


@login_required
@require_GET
def data_set_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One data set: where it came from, to whom it is open, who used it."""
    viewer = reader_of(request)
    one = selectors.get_data_set(pk)
    may_keep = permissions.can_keep_for(viewer, one.unit)
    is_over = one.keep_until < clock.today()
    is_usable = one.state == DataState.IN_FORCE and not is_over
    may_decide = permissions.can_publish_for(viewer, one.unit)
    context = paged(request, selectors.uses_of(viewer, one)) | {
        "one": one, "is_over": is_over,
        "versions": selectors.versions_of(one), "grants": selectors.grants_of(one)[:50],
        "today": clock.today(),
        "may_change": may_keep and one.state == DataState.DRAFT,
        "may_end": may_keep and one.state != DataState.DESTROYED,
        "may_approve": may_decide and one.state == DataState.DRAFT
        and one.made_by_id != viewer.pk and not is_over,
        "may_grant": may_decide and is_usable, "may_decide": may_decide,
        "may_train": permissions.can_keep(viewer) and is_usable
        and one.purpose != DataPurpose.TEST,
    }  # fmt: skip
    return render(request, "algorithms/data_set_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def data_set_grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Opened to a unit."""
    viewer = reader_of(request)
    one = selectors.get_data_set(pk)
    permissions.require_publish_for(viewer, one.unit)
    form = GrantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        if take(form, lambda: services.grant_data_set(viewer, data_set_id=pk, **told)):
            messages.success(request, _("已授权"))
            return redirect("algorithms:data-set-detail", pk=pk)
    return _form(request, form, one, _("授权使用"))


@login_required
@require_http_methods(["GET", "POST"])
def data_set_train(request: HttpRequest, pk: int) -> HttpResponse:
    """A training written down."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    one = selectors.get_data_set(pk)
    form = TrainingForm(request.POST or None, viewer=viewer, one=one)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        made = take(
            form,
            lambda: services.note_training(
                viewer, data_set_id=pk, version_id=told["version"].pk, unit=told["unit"],
                text=told["text"],
            ),
        )  # fmt: skip
        if made is not None:
            messages.success(request, _("已登记训练使用"))
            return redirect("algorithms:data-set-detail", pk=pk)
    return _form(request, form, one, _("登记训练使用"))


@login_required
@require_POST
def data_set_do(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """A button of a data set."""
    viewer = reader_of(request)
    reason = request.POST.get("reason", "")
    deeds: dict[str, tuple[Callable[[], Any], str]] = {
        "approve": (
            lambda: services.approve_data_set(viewer, data_set_id=pk), _("已审核，可以使用")
        ),
        "end": (
            lambda: services.end_data_set(viewer, data_set_id=pk, reason=reason), _("已停用")
        ),
        "destroy": (
            lambda: services.end_data_set(
                viewer, data_set_id=pk, reason=reason, is_destroyed=True
            ),
            _("已登记销毁"),
        ),
        "close": (
            lambda: services.end_data_grant(
                viewer, data_set_id=pk, grant_id=number_of(request, "grant")
            ),
            _("已收回"),
        ),
    }  # fmt: skip
    if deed not in deeds:
        raise Http404
    do, done = deeds[deed]
    tell(request, do, done=done)
    return redirect("algorithms:data-set-detail", pk=pk)


def _form(
    request: HttpRequest, form: forms.Form, one: DataSet | None, heading: str
) -> HttpResponse:
    context = {"form": form, "one": one, "heading": heading}
    status = 422 if form.errors else 200
    return render(request, "algorithms/data_set_edit.html", context, status=status)
