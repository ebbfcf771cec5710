"""The people pages."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts import permissions, selectors, services
from apps.accounts.approvals import acts
from apps.accounts.approvals.forms import ReasonForm
from apps.accounts.approvals.selectors import find_pending
from apps.accounts.assurance.demands import require
from apps.accounts.deputies import reading
from apps.accounts.errors import SecondPersonNeeded
from apps.accounts.forms import AppointmentForm, NewPersonForm, PersonForm, PurposeForm
from apps.accounts.models import Appointment, Post, User
from apps.accounts.services.sensitive import is_administrator
from apps.accounts.views._common import UserRequest, people_page, refused, submitted
from apps.audit.services import record
from apps.common.errors import DomainError, NotAllowed
from apps.common.exports import Column, xlsx_response
from apps.common.masking import mask_phone

PAGE_SIZE = 25
SIGN_INS_SHOWN = 10
STATES = {"active", "inactive", "unplaced"}


def _filtered(request: UserRequest) -> tuple[QuerySet[User], dict[str, Any]]:
    wanted = request.GET
    organizations = selectors.list_administered_organizations(request.user)
    unit_id, role_code = wanted.get("unit", ""), wanted.get("role", "")
    unit = organizations.filter(pk=unit_id).first() if unit_id.isdigit() else None
    roles = list(selectors.list_roles())
    role = next((r for r in roles if r.code == role_code), None)
    state = wanted.get("state", "")
    query = wanted.get("q", "").replace("\0", "")[:60]
    state = state if state in STATES else ""
    people = selectors.list_users(
        request.user, query=query, organization=unit, role=role, state=state
    )
    filters = {"q": query, "unit": unit, "role": role, "state": state}
    return people, {"filters": filters, "organizations": organizations, "roles": roles}


@people_page
def person_list(request: UserRequest) -> HttpResponse:
    people, context = _filtered(request)
    page = Paginator(people, PAGE_SIZE).get_page(request.GET.get("page"))
    for person in page.object_list:
        person.masked_phone = mask_phone(person.phone)
    kept = request.GET.copy()
    kept.pop("page", None)
    return render(
        request,
        "accounts/person_list.html",
        context
        | {
            "page": page,
            "kept": kept.urlencode(),
            "may_create": selectors.scope_for(request.user, "accounts.manage_people"),
        },
    )


@people_page
def person_export(request: UserRequest) -> HttpResponseBase:
    require(request, "personal.export")
    people, context = _filtered(request)
    record(
        request.user,
        "people.exported",
        object_type="accounts.user",
        data={"count": people.count(), "query": context["filters"]["q"]},
    )
    columns = [
        Column(_("姓名"), lambda p: p.full_name),
        Column(_("登录名"), lambda p: p.username),
        Column(_("工号"), lambda p: p.employee_number),
        Column(_("手机"), lambda p: mask_phone(p.phone), width=16),
        Column(_("岗位"), lambda p: "、".join(str(a.post) for a in p.posts_today), width=40),
        Column(_("状态"), lambda p: _("启用") if p.is_active else _("停用")),
    ]
    return xlsx_response(_("人员名单"), columns, people)


@people_page
def person_create(request: UserRequest) -> HttpResponse:
    form = NewPersonForm(request.POST or None, viewer=request.user)
    if request.method == "POST" and form.is_valid():
        password = services.temporary_password()
        try:
            person = services.create_user(request.user, password=password, **form.cleaned_data)
        except DomainError as error:
            refused(form, error)
        else:
            return _show_password(request, person, password)
    context = {"form": form, "title": _("新增人员"), "submit": _("新增")}
    return render(request, "accounts/person_form.html", context)


@people_page
def person_detail(request: UserRequest, pk: int) -> HttpResponse:
    return _detail(request, selectors.get_user(request.user, pk))


@people_page
def person_edit(request: UserRequest, pk: int) -> HttpResponse:
    person = selectors.get_user(request.user, pk)
    if not permissions.can_manage_people(request.user, person.tenant_id):
        raise NotAllowed(_("您没有管理该单位人员的权限。"))
    names = ("full_name", "employee_number", "phone", "email", "is_staff")
    form = PersonForm(request.POST or None, initial={name: getattr(person, name) for name in names})
    if request.method == "POST" and form.is_valid():
        try:
            services.update_user(request.user, user=person, **form.cleaned_data)
        except DomainError as error:
            refused(form, error)
        else:
            messages.success(request, _("已保存。"))
            return redirect("accounts:person-detail", pk)
    context = {"form": form, "person": person, "title": _("修改人员信息"), "submit": _("保存")}
    return render(request, "accounts/person_form.html", context)


@people_page
@require_POST
def person_phone(request: UserRequest, pk: int) -> HttpResponse:
    require(request, "personal.reveal")
    person = selectors.get_user(request.user, pk)
    form = PurposeForm(request.POST)
    phone = ""
    if form.is_valid():
        phone = services.reveal_phone(request.user, user=person, **form.cleaned_data)
    return _detail(request, person, purpose_form=form, phone=phone)


@people_page
@require_POST
def person_appoint(request: UserRequest, pk: int) -> HttpResponse:
    require(request, "rights.change")
    person = selectors.get_user(request.user, pk)
    form = AppointmentForm(request.POST, viewer=request.user)
    if form.is_valid():
        try:
            return _appoint(request, person, **form.cleaned_data)
        except DomainError as error:
            refused(form, error)
    return _detail(request, person, appointment_form=form)


@people_page
@require_POST
def appointment_end(request: UserRequest, pk: int) -> HttpResponse:
    require(request, "rights.change")
    appointment = get_object_or_404(Appointment, pk=pk)
    person = selectors.get_user(request.user, appointment.user_id)
    services.end_appointment(request.user, appointment=appointment)
    messages.success(request, _("已离任,相应权限即时取消。"))
    return redirect("accounts:person-detail", person.pk)


def _appoint(
    request: UserRequest, person: User, *, post: Post, reason: str, is_alone: bool, **span: Any
) -> HttpResponse:
    """At once for an ordinary post; one with a sensitive right waits for a second person."""
    try:
        services.appoint(request.user, user=person, post=post, **span)
    except SecondPersonNeeded:
        proposal = acts.appointment(user=person, post=post, **span)
        return submitted(request, proposal, reason=reason, is_alone=is_alone)
    messages.success(request, _("已任命。"))
    return redirect("accounts:person-detail", person.pk)


@people_page
@require_POST
def person_reset_password(request: UserRequest, pk: int) -> HttpResponse:
    """At once for most; an administrator's waits for a second person."""
    require(request, "credentials.reset")
    person = selectors.get_user(request.user, pk)
    form = ReasonForm(request.POST)
    if not is_administrator(person):
        return _show_password(request, person, services.reset_password(request.user, user=person))
    if form.is_valid():
        try:
            proposal = acts.password_reset(user=person)
            return submitted(request, proposal, **form.cleaned_data, is_alone=False)
        except DomainError as error:
            refused(form, error)
    return _detail(request, person, reset_form=form)


@people_page
@require_POST
def person_deed(request: UserRequest, pk: int, deed: str) -> HttpResponse:
    person = selectors.get_user(request.user, pk)
    if deed == "deactivate":
        services.deactivate_user(request.user, user=person)
        messages.success(request, _("账号已停用,所有登录已结束。"))
    elif deed == "reactivate":
        services.reactivate_user(request.user, user=person)
        messages.success(request, _("账号已启用。"))
    elif deed == "unlock":
        services.unlock(request.user, user=person)
        messages.success(request, _("账号已解锁。"))
    elif deed == "end-sessions":
        require(request, "sessions.end")
        services.end_sessions(request.user, user=person)
        messages.success(request, _("该人员的登录已全部结束。"))
    else:
        raise Http404
    return redirect("accounts:person-detail", pk)


def _detail(
    request: UserRequest,
    person: User,
    *,
    appointment_form: AppointmentForm | None = None,
    purpose_form: PurposeForm | None = None,
    reset_form: ReasonForm | None = None,
    phone: str = "",
) -> HttpResponse:
    context = {
        "person": person,
        "phone": phone or mask_phone(person.phone),
        "phone_shown": bool(phone),
        "appointments": selectors.list_appointments(person),
        "today": {a.pk for a in selectors.appointments_in_force(person)},
        "sign_ins": selectors.list_sign_ins(person)[:SIGN_INS_SHOWN],
        "lock": selectors.lock_of(person),
        "session_count": selectors.count_sessions(person),
        "appointment_form": appointment_form or AppointmentForm(viewer=request.user),
        "purpose_form": purpose_form or PurposeForm(),
        "is_administrator": is_administrator(person),
        "reset_form": reset_form or ReasonForm(auto_id="reset-%s"),
        "suspended": selectors.suspended_appointments(person),
        "delegations": [*reading.list_given(person)[:3], *reading.list_held(person)[:3]],
        "held_reset": find_pending(act=acts.RESET_PASSWORD, subject_id=person.pk),
    }
    return render(request, "accounts/person_detail.html", context)


def _show_password(request: HttpRequest, person: User, password: str) -> HttpResponse:
    """The temporary password is shown on this one answer and kept nowhere."""
    response = render(
        request, "accounts/person_password.html", {"person": person, "password": password}
    )
    response["Cache-Control"] = "no-store"
    return response
