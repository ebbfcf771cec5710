"""The register of supervised objects: list, file, history, behaviour, import and export."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.audit import services as audit
from apps.common import clock, imports
from apps.common.errors import DomainError, NotAllowed, NotFound
from apps.common.exports import Column, xlsx_response
from apps.common.files import file_response
from apps.common.pages import paged, put_into, status_of, tell
from apps.inspection import permissions, services
from apps.inspection.enums import ObjectKind
from apps.inspection.forms import BehaviourForm, FileForm, ObjectFilterForm, ObjectForm, ReasonForm
from apps.inspection.models import SupervisedObject
from apps.inspection.selectors import draws, register
from apps.inspection.selectors.tenants import tenant_of
from apps.inspection.views._common import stored_of


def _may_keep(request: HttpRequest, row: SupervisedObject | None = None) -> bool:
    actor = actor_of(request)
    if row is None:
        return actor.has_perm(permissions.KEEP)
    return permissions.reaches(
        actor, permissions.KEEP, tenant_id=row.tenant_id, area_path=row.area_path
    )


def _require_reader(request: HttpRequest) -> None:
    if not any(actor_of(request).has_perm(right) for right in permissions.READERS):
        raise NotAllowed(_("您没有查看监管对象的权限"))


@login_required
@require_GET
def object_list(request: HttpRequest) -> HttpResponse:
    """Search and filter the register."""
    _require_reader(request)
    viewer = actor_of(request)
    form = ObjectFilterForm(request.GET, viewer=viewer)
    found = paged(request, register.list_objects(viewer, **form.wanted()))
    rows = [(row, register.shown_name(row)) for row in found.pop("rows")]
    context = found | {"rows": rows, "form": form, "may_keep": _may_keep(request)}
    return render(request, "inspection/object_list.html", context)


@login_required
@require_GET
def object_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, in the form the import reads; names of people stay masked."""
    _require_reader(request)
    viewer = actor_of(request)
    wanted = ObjectFilterForm(request.GET, viewer=viewer).wanted()
    audit.record(viewer, "supervised_objects.exported", data={"q": wanted["text"]})
    rows = register.with_units(register.list_objects(viewer, **wanted))
    words = {kind: word for word, kind in services.KIND_WORDS.items()}
    columns = [
        Column("类型", lambda r: words[ObjectKind(r.kind)], 10),
        Column("名称", register.shown_name, 30),
        Column("统一社会信用代码", lambda r: r.credit_code, 22),
        Column("区域代码", lambda r: r.area.code, 20),
        Column("地址", lambda r: r.address, 30),
        Column("经度", lambda r: r.point.x if r.point else None, 12),
        Column("纬度", lambda r: r.point.y if r.point else None, 12),
        Column("监管单位代码", lambda r: r.unit.code, 20),
        Column("分事项监管单位", services.pairs_text, 30),
        Column(_("信用等级"), lambda r: r.grade, 10),
        Column(_("信用分"), lambda r: r.points, 10),
    ]
    name = f"{_('监管对象')}-{clock.today():%Y%m%d}"
    return xlsx_response(name, columns, rows.iterator(chunk_size=500))


@login_required
@permission_required(permissions.KEEP, raise_exception=True)
@require_http_methods(["GET", "POST"])
def object_import(request: HttpRequest) -> HttpResponseBase:
    """Takes a file over; answers a sheet that says what to mend where."""
    viewer = actor_of(request)
    form = FileForm(request.POST or None, request.FILES or None)
    report: imports.Report | None = None
    if request.method == "POST" and form.is_valid():
        try:
            report = services.import_objects(
                viewer,
                tenant=tenant_of(viewer),
                parsed=imports.read_rows(form.cleaned_data["file"], services.COLUMNS),
                partial=form.cleaned_data["partial"],
            )
        except DomainError as error:
            put_into(form, error)
        else:
            if "sheet" in request.POST and report.errors:
                return imports.error_sheet(report.errors)
            if not report.errors:
                messages.success(request, _("已导入%d个监管对象") % report.saved)
                return redirect("inspection:object-list")
    context = {"form": form, "report": report, "columns": services.COLUMNS}
    status = 422 if form.errors or (report and report.errors) else 200
    return render(request, "inspection/object_import.html", context, status=status)


@login_required
@permission_required(permissions.KEEP, raise_exception=True)
@require_http_methods(["GET", "POST"])
def object_edit(request: HttpRequest, object_id: int | None = None) -> HttpResponse:
    """A new object, or one in the register; who opens a person's file is logged."""
    viewer = actor_of(request)
    row = register.get_object(viewer, object_id) if object_id is not None else None
    if row is not None and not _may_keep(request, row):
        raise NotAllowed(_("您没有执行该操作的权限"))
    if row is not None and row.kind == ObjectKind.PERSON and request.method == "GET":
        audit.record(
            viewer,
            "supervised_object.revealed",
            object_type="supervised_object",
            object_id=row.pk,
            object_label=row.ref,
        )
    initial = ObjectForm.initial_of(row) if row is not None else {}
    form = ObjectForm(request.POST or None, initial=initial, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        try:
            if row is None:
                row = services.register_object(viewer, tenant=tenant_of(viewer), new=form.new)
            else:
                services.change_object(viewer, object_id=row.pk, new=form.new)
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("监管对象已保存"))
            return redirect("inspection:object-detail", object_id=row.pk)
    context = {"form": form, "row": row}
    return render(request, "inspection/object_edit.html", context, status=status_of(form))


@login_required
@require_http_methods(["GET", "POST"])
def object_detail(request: HttpRequest, object_id: int) -> HttpResponse:
    """All that is known of an object; keepers write down behaviour here."""
    viewer = actor_of(request)
    row = register.get_object(viewer, object_id)
    scale = register.scale_of(row.tenant_id)
    initial = {"happened_on": clock.today()}
    form = BehaviourForm(
        request.POST or None, request.FILES or None, scale=scale.body, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        if _write_behaviour(request, row, form):
            return redirect("inspection:object-detail", object_id=row.pk)
        row.refresh_from_db()
    context: dict[str, Any] = {
        "row": row,
        "name": register.shown_name(row),
        "scale": scale,
        "form": form,
        "may_keep": _may_keep(request, row),
        "behaviours": register.list_behaviours(row)[:50],
        "changes": row.credit_changes.all()[:20],
        "checks": draws.checks_of_object(row.pk)[:20],
        "end_form": ReasonForm(auto_id="end_%s"),
    }
    return render(request, "inspection/object_detail.html", context, status=status_of(form))


def _write_behaviour(request: HttpRequest, row: SupervisedObject, form: BehaviourForm) -> bool:
    given = form.cleaned_data
    try:
        file, name = stored_of(form)
        services.record_behaviour(
            actor_of(request),
            object_id=row.pk,
            code=given["code"],
            happened_on=given["happened_on"],
            text=given["text"],
            file=file,
            file_name=name,
        )
    except DomainError as error:
        put_into(form, error)
        return False
    messages.success(request, _("行为已登记，信用已重新计算"))
    return True


@login_required
@require_POST
def object_end(request: HttpRequest, object_id: int) -> HttpResponse:
    """Takes an object out of supervision, or back."""
    actor = actor_of(request)
    row = register.get_object(actor, object_id)
    if row.is_active:
        reason = request.POST.get("reason", "")
        tell(
            request,
            lambda: services.end_object(actor, object_id=row.pk, reason=reason),
            done=_("已退出监管，历史记录保留"),
        )
    else:
        tell(
            request,
            lambda: services.resume_object(actor, object_id=row.pk),
            done=_("已恢复监管"),
        )
    return redirect("inspection:object-detail", object_id=row.pk)


@login_required
@require_POST
def behaviour_withdraw(request: HttpRequest, object_id: int, record_id: int) -> HttpResponse:
    """Takes a record back."""
    actor = actor_of(request)
    row = register.get_object(actor, object_id)
    if not row.behaviours.filter(pk=record_id).exists():
        raise NotFound(_("没有这条行为记录"))
    reason = request.POST.get("reason", "")
    tell(
        request,
        lambda: services.withdraw_behaviour(actor, record_id=record_id, reason=reason),
        done=_("记录已撤销，信用已重新计算"),
    )
    return redirect("inspection:object-detail", object_id=row.pk)


@login_required
@require_GET
def behaviour_file(request: HttpRequest, object_id: int, record_id: int) -> HttpResponseBase:
    """The evidence of a record."""
    row = register.get_object(actor_of(request), object_id)
    record = row.behaviours.filter(pk=record_id).select_related("file").first()
    if record is None or record.file is None:
        raise NotFound(_("没有证据材料"))
    return file_response(record.file, download_name=record.file_name)
