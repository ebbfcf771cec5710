"""Joining: ask, approve, train, activate."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.assurance.demands import require
from apps.common import imports
from apps.common.errors import DomainError
from apps.common.masking import mask_phone
from apps.common.pages import paged, put_into, tell
from apps.personnel import permissions
from apps.personnel.enums import JoinState
from apps.personnel.forms import JoinForm, JoinImportForm
from apps.personnel.selectors import people
from apps.personnel.selectors.training import missing_courses
from apps.personnel.services import joining
from apps.personnel.views._common import UserRequest, asked, form_page, personnel_page


@personnel_page
@require_GET
def joining_list(request: UserRequest) -> HttpResponse:
    """Who was asked for in the viewer's units."""
    filters = asked(request)
    context = paged(request, people.list_joinings(request.user, **filters))
    context |= {
        "filters": filters,
        "states": JoinState.choices,
        "may_ask": people.list_units(request.user, permissions.MANAGE, permissions.LEAD).exists(),
    }
    return render(request, "personnel/joining_list.html", context)


@personnel_page
@require_http_methods(["GET", "POST"])
def joining_new(request: UserRequest) -> HttpResponse:
    """Asks for one person."""

    def save(values: dict[str, Any]) -> tuple[str, str]:
        post, reason = values.pop("post"), values.pop("reason")
        made = joining.ask_for(
            request.user, post=post, colleague=joining.NewColleague(**values), reason=reason
        )
        return _("已提交，等待另一人审批。"), reverse("personnel:joining-detail", args=[made.pk])

    return form_page(
        request,
        JoinForm(request.POST or None, viewer=request.user),
        save=save,
        title=_("申请新增人员"),
        submit=_("提交申请"),
        back=(_("入职"), reverse("personnel:joining-list")),
        tab="joinings",
        intro=_("批准后开立账号但不启用；登记有效的培训考核后才能启用。"),
    )


@personnel_page
@require_http_methods(["GET", "POST"])
def joining_import(request: UserRequest) -> HttpResponseBase:
    """Asks for everybody in a sheet, or nobody."""
    form = JoinImportForm(request.POST or None, request.FILES or None)
    report: imports.Report | None = None
    if request.method == "POST" and form.is_valid():
        try:
            report = joining.ask_for_many(
                request.user, file=form.cleaned_data["file"], reason=form.cleaned_data["reason"]
            )
        except DomainError as error:
            put_into(form, error)
        else:
            if not report.errors:
                messages.success(
                    request, _("已提交 %(count)s 人的申请。") % {"count": report.saved}
                )
                return redirect("personnel:joining-list")
            if request.POST.get("sheet"):
                return imports.error_sheet(report.errors)
    wrong = bool(form.is_bound and (form.errors or (report and report.errors)))
    context = {"form": form, "report": report, "headers": joining.COLUMN_HEADERS}
    return render(request, "personnel/joining_import.html", context, status=422 if wrong else 200)


@personnel_page
@require_GET
def joining_detail(request: UserRequest, pk: int) -> HttpResponse:
    """One request and what may be done with it."""
    found = people.get_joining(request.user, pk)
    unit = found.post.organization
    is_own = found.requested_by_id == request.user.pk
    context = {
        "joining": found,
        "phone": mask_phone(found.phone),
        "missing": missing_courses(found.account, found.post) if found.account else [],
        "records": found.account.training.select_related("course") if found.account else [],
        "may_decide": found.state == JoinState.PENDING
        and not is_own
        and permissions.can_approve(request.user, unit),
        "may_withdraw": found.state == JoinState.PENDING and is_own,
        "may_activate": found.state == JoinState.APPROVED
        and permissions.can_manage(request.user, unit),
    }
    return render(request, "personnel/joining_detail.html", context)


@personnel_page
@require_POST
def joining_decide(request: UserRequest, pk: int) -> HttpResponse:
    """Approves or turns down, or takes back one's own."""
    people.get_joining(request.user, pk)
    text = request.POST.get("note", "")
    deed = request.POST.get("deed", "")
    if deed == "approve":
        require(request, "rights.change")
        tell(
            request,
            lambda: joining.approve_join(request.user, request_id=pk, text=text),
            done=_("已批准，账号已开立，启用前须登记培训考核。"),
        )
    elif deed == "withdraw":
        tell(
            request,
            lambda: joining.withdraw_join(request.user, request_id=pk),
            done=_("申请已撤回。"),
        )
    else:
        tell(
            request,
            lambda: joining.refuse_join(request.user, request_id=pk, text=text),
            done=_("已退回申请。"),
        )
    return redirect("personnel:joining-detail", pk)


@personnel_page
@require_POST
def joining_activate(request: UserRequest, pk: int) -> HttpResponse:
    """Lets the person begin; the first password is on this one answer and kept nowhere."""
    require(request, "credentials.reset")
    people.get_joining(request.user, pk)
    try:
        found, password = joining.activate(request.user, request_id=pk)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("personnel:joining-detail", pk)
    context = {"joining": found, "password": password}
    response = render(request, "personnel/joining_password.html", context)
    response["Cache-Control"] = "no-store"
    return response
