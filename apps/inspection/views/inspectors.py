"""Inspectors: who they are, what they may check, whom they must not."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError, NotAllowed
from apps.common.pages import paged, put_into, status_of, tell
from apps.inspection import permissions, services
from apps.inspection.forms import ConflictForm, InspectorForm
from apps.inspection.models import Inspector
from apps.inspection.selectors import register
from apps.inspection.selectors.tenants import tenant_of


@login_required
@require_GET
def inspector_list(request: HttpRequest) -> HttpResponse:
    """The inspectors of the viewer's areas."""
    viewer = actor_of(request)
    if not any(viewer.has_perm(right) for right in permissions.READERS):
        raise NotAllowed(_("您没有查看检查人员的权限"))
    context = paged(request, register.list_inspectors(viewer))
    context["may_keep"] = viewer.has_perm(permissions.KEEP)
    return render(request, "inspection/inspector_list.html", context)


@login_required
@permission_required(permissions.KEEP, raise_exception=True)
@require_http_methods(["GET", "POST"])
def inspector_edit(request: HttpRequest, inspector_id: int | None = None) -> HttpResponse:
    """A new inspector, or one on file."""
    viewer = actor_of(request)
    row = register.get_inspector(viewer, inspector_id) if inspector_id is not None else None
    initial = InspectorForm.initial_of(row) if row is not None else {}
    form = InspectorForm(request.POST or None, initial=initial, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.save_inspector(
                viewer, tenant=tenant_of(viewer), new=form.new, inspector_id=inspector_id
            )
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("检查人员已保存"))
            return redirect("inspection:inspector-detail", inspector_id=saved.pk)
    context = {"form": form, "row": row}
    return render(request, "inspection/inspector_edit.html", context, status=status_of(form))


@login_required
@require_http_methods(["GET", "POST"])
def inspector_detail(request: HttpRequest, inspector_id: int) -> HttpResponse:
    """Subjects, conflicts and past checks; conflicts are declared here."""
    viewer = actor_of(request)
    row = register.get_inspector(viewer, inspector_id)
    may_keep = _may_keep(request, row)
    form = ConflictForm(request.POST or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        try:
            services.declare_conflict(viewer, inspector_id=row.pk, **form.cleaned_data)
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("回避已登记，从下一次锁定名单起生效"))
            return redirect("inspection:inspector-detail", inspector_id=row.pk)
    conflicts = row.conflicts.select_related("supervised")
    context = {
        "row": row,
        "form": form,
        "may_keep": may_keep,
        "may_declare": may_keep or row.user_id == viewer.pk,
        "may_lift": may_keep and row.user_id != viewer.pk,
        "conflicts": [
            (one, register.shown_name(one.supervised) if one.supervised else "")
            for one in conflicts
        ],
        "seats": row.drawn.select_related(
            "result__supervised", "result__draw__plan", "result__case"
        ).order_by("-pk")[:20],
    }
    return render(request, "inspection/inspector_detail.html", context, status=status_of(form))


@login_required
@require_POST
def conflict_lift(request: HttpRequest, inspector_id: int, conflict_id: int) -> HttpResponse:
    """Ends a conflict."""
    actor = actor_of(request)
    row = register.get_inspector(actor, inspector_id)
    reason = request.POST.get("reason", "")
    conflict = row.conflicts.filter(pk=conflict_id).first()
    tell(
        request,
        lambda: services.lift_conflict(
            actor, conflict_id=conflict.pk if conflict else 0, reason=reason
        ),
        done=_("回避已解除"),
    )
    return redirect("inspection:inspector-detail", inspector_id=row.pk)


def _may_keep(request: HttpRequest, row: Inspector) -> bool:
    area = row.unit.area
    return permissions.reaches(
        actor_of(request),
        permissions.KEEP,
        tenant_id=row.tenant_id,
        area_path=area.path if area is not None else "",
    )
