"""Training, post templates, and whose rights exceed their post."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.models import Organization, User
from apps.audit.services import record
from apps.common.errors import NotAllowed
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged
from apps.common.phrases import series
from apps.personnel import permissions
from apps.personnel.forms import CourseForm, TemplateForm, TrainingForm
from apps.personnel.selectors import people, training
from apps.personnel.services import training as service
from apps.personnel.views._common import UserRequest, asked, form_page, personnel_page


@personnel_page
@require_GET
def training_list(request: UserRequest) -> HttpResponse:
    """Exams of the people of the viewer's units."""
    filters = asked(request)
    context = paged(
        request, training.list_records(request.user, query=filters["query"], state=filters["state"])
    )
    context |= {
        "filters": filters,
        "states": [
            ("valid", _("有效")),
            ("soon", _("即将到期")),
            ("expired", _("已过期")),
            ("failed", _("未合格")),
        ],
        "may": _managed(request.user).exists(),
        "courses": training.list_courses(request.user),
        "untrained": training.list_untrained(request.user),
    }
    return render(request, "personnel/training_list.html", context)


@personnel_page
@require_http_methods(["GET", "POST"])
def training_new(request: UserRequest) -> HttpResponse:
    """Notes an exam."""

    def save(values: dict[str, Any]) -> tuple[str, str]:
        made = service.record_training(request.user, **values)
        said = _("已登记，合格。") if made.is_passed else _("已登记，未合格。")
        return said, reverse("personnel:training-list")

    initial = {"person": request.GET.get("person")}
    return form_page(
        request,
        TrainingForm(request.POST or None, viewer=request.user, initial=initial),
        save=save,
        title=_("登记培训考核"),
        submit=_("登记"),
        back=(_("培训考核"), reverse("personnel:training-list")),
        tab="training",
    )


@personnel_page
@require_http_methods(["GET", "POST"])
def course_edit(request: UserRequest, pk: int | None = None) -> HttpResponse:
    """A new course, or one on file."""
    courses = training.list_courses(request.user)
    course = get_object_or_404(courses, pk=pk) if pk is not None else None
    names = ("name", "valid_months", "pass_score")
    initial = {name: getattr(course, name) for name in names} if course else None

    def save(values: dict[str, Any]) -> tuple[str, str]:
        service.save_course(request.user, unit=_unit(request.user), course=course, **values)
        return _("课程已保存。"), reverse("personnel:training-list")

    return form_page(
        request,
        CourseForm(request.POST or None, initial=initial),
        save=save,
        title=_("培训课程"),
        submit=_("保存"),
        back=(_("培训考核"), reverse("personnel:training-list")),
        tab="training",
    )


@personnel_page
@require_GET
def template_list(request: UserRequest) -> HttpResponse:
    """The post templates, and below them whose rights exceed theirs."""
    context = {
        "templates": training.list_templates(request.user).prefetch_related("standings"),
        "excess": training.list_excess(request.user),
        "may": _managed(request.user).exists(),
    }
    return render(request, "personnel/template_list.html", context)


@personnel_page
@require_GET
def excess_export(request: UserRequest) -> HttpResponseBase:
    """The report as a sheet."""
    rows = training.list_excess(request.user)
    record(request.user, "excess.exported", object_type="personnel.excess", data={"n": len(rows)})
    columns = [
        Column(_("姓名"), lambda row: row.appointment.user.full_name),
        Column(_("岗位"), lambda row: str(row.appointment.post), 40),
        Column(_("岗位模板"), lambda row: row.template.name),
        Column(_("模板外的角色"), lambda row: series(row.roles), 30),
        Column(_("超出的权限"), lambda row: series(row.permissions), 60),
    ]
    return xlsx_response(_("超出岗位模板的权限"), columns, rows)


@personnel_page
@require_http_methods(["GET", "POST"])
def template_edit(request: UserRequest, pk: int | None = None) -> HttpResponse:
    """A new template, or one on file, and the posts that follow it."""
    found = training.list_templates(request.user)
    template = get_object_or_404(found, pk=pk) if pk is not None else None

    def save(values: dict[str, Any]) -> tuple[str, str]:
        posts = values.pop("posts")
        saved = service.save_template(
            request.user, unit=_unit(request.user), template=template, **values
        )
        service.follow_template(request.user, post_ids=[post.pk for post in posts], template=saved)
        return _("岗位模板已保存。"), reverse("personnel:template-list")

    initial = TemplateForm.initial_of(template) if template else None
    return form_page(
        request,
        TemplateForm(request.POST or None, viewer=request.user, initial=initial),
        save=save,
        title=_("岗位模板"),
        submit=_("保存"),
        back=(_("岗位模板"), reverse("personnel:template-list")),
        tab="templates",
        intro=_("模板只说明岗位应有什么，不授予权限；权限仍由安全管理员授予岗位。"),
    )


def _managed(user: User) -> Any:
    return people.list_units(user, permissions.MANAGE)


def _unit(user: User) -> Organization:
    """By which unit the viewer may keep courses and templates."""
    unit = _managed(user).first()
    if unit is None:
        raise NotAllowed(_("您没有办理该单位人事异动的权限。"))
    return unit
