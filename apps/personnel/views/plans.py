"""Full lists of the personnel system, and reorganisations."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.assurance.demands import require
from apps.common import clock
from apps.common.errors import NotFound
from apps.common.pages import paged, tell
from apps.personnel import permissions
from apps.personnel.enums import ChangeKind, ChangeState, SnapshotState
from apps.personnel.forms import ChangeStartForm, ReorganisationForm
from apps.personnel.selectors import people, plans
from apps.personnel.services import directory, reorganising
from apps.personnel.views._common import UserRequest, asked, form_page, personnel_page


@personnel_page
@require_GET
def snapshot_list(request: UserRequest) -> HttpResponse:
    """The full lists received."""
    context = paged(request, plans.list_snapshots(request.user))
    return render(request, "personnel/snapshot_list.html", context)


@personnel_page
@require_http_methods(["GET", "POST"])
def snapshot_detail(request: UserRequest, pk: int) -> HttpResponse:
    """What a list would change; apply it or throw it away."""
    found = plans.get_snapshot(request.user, pk)
    if request.method == "POST":
        if request.POST.get("deed") == "apply":
            require(request, "rights.change")
            tell(
                request,
                lambda: directory.apply_snapshot(request.user, snapshot_id=pk),
                done=_("名册已应用。"),
            )
        else:
            tell(
                request,
                lambda: directory.refuse_snapshot(request.user, snapshot_id=pk),
                done=_("名册已拒绝，人员没有变化。"),
            )
        return redirect("personnel:snapshot-detail", pk)
    context = {"snapshot": found, "may": found.state == SnapshotState.WAITING}
    return render(request, "personnel/snapshot_detail.html", context)


@personnel_page
@require_GET
def change_list(request: UserRequest) -> HttpResponse:
    """Changes of the viewer's units."""
    filters = asked(request)
    context = paged(request, plans.list_reorganisations(request.user, **filters))
    context |= {
        "filters": filters,
        "states": ChangeState.choices,
        "may_file": people.list_units(request.user, permissions.MANAGE).exists(),
    }
    return render(request, "personnel/change_list.html", context)


@personnel_page
@require_GET
def change_start(request: UserRequest) -> HttpResponse:
    """Which kind of change, of which unit."""
    form = ChangeStartForm(request.GET if request.GET else None, viewer=request.user)
    if form.is_bound and form.is_valid():
        kind, unit = form.cleaned_data["kind"], form.cleaned_data["unit"]
        return redirect("personnel:change-new", kind, unit.pk)
    status = 422 if form.is_bound else 200
    return render(request, "personnel/change_start.html", {"form": form}, status=status)


@personnel_page
@require_http_methods(["GET", "POST"])
def change_new(request: UserRequest, kind: str, unit_id: int) -> HttpResponse:
    """Plans a change."""
    unit = people.list_units(request.user, permissions.MANAGE).filter(pk=unit_id).first()
    if unit is None or kind not in ChangeKind.values:
        raise NotFound(_("没有找到该组织机构。"))

    def save(values: dict[str, Any]) -> tuple[str, str]:
        if "part_code" in values:
            posts = tuple(post.pk for post in values.pop("part_posts"))
            part = reorganising.Part(values.pop("part_code"), values.pop("part_name"), posts)
            values["parts"] = [part]
        made = reorganising.file_reorganisation(request.user, kind=kind, unit=unit, **values)
        return _("已提交，等待另一人审批。"), reverse("personnel:change-detail", args=[made.pk])

    return form_page(
        request,
        ReorganisationForm(request.POST or None, viewer=request.user, kind=kind, unit=unit),
        save=save,
        title=f"{unit.name} · {ChangeKind(kind).label}",
        submit=_("提交并预演"),
        back=(_("机构调整"), reverse("personnel:change-list")),
        tab="changes",
        intro=_("提交时先预演一遍，不会改动任何数据；批准后到生效日期自动执行，7 天内可回退。"),
    )


@personnel_page
@require_GET
def change_detail(request: UserRequest, pk: int) -> HttpResponse:
    """One change: rehearsal, approval, roll-back."""
    found = plans.get_reorganisation(request.user, pk)
    waiting = found.state in (ChangeState.DRAFT, ChangeState.APPROVED)
    may_approve = permissions.can_approve(request.user, found.unit)
    can_undo = found.state == ChangeState.DONE
    until = reorganising.rollback_until(found) if can_undo else None
    context = {
        "change": found,
        "rehearsal": reorganising.rehearse(found) if waiting else None,
        "may_approve": found.state == ChangeState.DRAFT
        and may_approve
        and found.filed_by_id != request.user.pk,
        "may_cancel": waiting and (may_approve or permissions.can_manage(request.user, found.unit)),
        "until": until,
        "may_undo": until is not None and may_approve and clock.now() <= until,
    }
    return render(request, "personnel/change_detail.html", context)


@personnel_page
@require_POST
def change_decide(request: UserRequest, pk: int) -> HttpResponse:
    """Approves, drops or rolls back."""
    plans.get_reorganisation(request.user, pk)
    deed = request.POST.get("deed", "")
    if deed == "approve":
        require(request, "rights.change")
        tell(
            request,
            lambda: reorganising.approve_reorganisation(request.user, change_id=pk),
            done=_("已批准。"),
        )
    elif deed == "undo":
        require(request, "rights.change")
        reason = request.POST.get("reason", "")
        tell(
            request,
            lambda: reorganising.roll_back(request.user, change_id=pk, reason=reason),
            done=_("已回退。"),
        )
    else:
        tell(
            request,
            lambda: reorganising.cancel_reorganisation(request.user, change_id=pk),
            done=_("机构调整已撤销。"),
        )
    return redirect("personnel:change-detail", pk)
