"""The organisation pages: tree, unit, posts."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts import permissions, selectors, services
from apps.accounts.forms import MoveForm, NewOrganizationForm, OrganizationForm, PostForm
from apps.accounts.models import Organization
from apps.accounts.views._common import UserRequest, people_page, refused
from apps.common.errors import DomainError, NotAllowed


@people_page
def organization_tree(request: UserRequest) -> HttpResponse:
    found = list(selectors.list_administered_organizations(request.user).order_by("path"))
    for organization in found:
        organization.depth = organization.path.count("/") - 2  # type: ignore[attr-defined]
    manages = selectors.scope_for(request.user, "accounts.manage_people")
    context = {"organizations": found, "may_create": manages.everything or manages.tenant_ids}
    return render(request, "accounts/organization_tree.html", context)


@people_page
def organization_create(request: UserRequest) -> HttpResponse:
    form = NewOrganizationForm(
        request.POST or None, viewer=request.user, initial={"parent": request.GET.get("parent")}
    )
    if request.method == "POST" and form.is_valid():
        fields = dict(form.cleaned_data)
        try:
            made = services.create_organization(
                request.user, area=fields.pop("area_code"), **fields
            )
        except DomainError as error:
            refused(form, error)
        else:
            messages.success(request, _("已新增。"))
            return redirect("accounts:organization-detail", made.pk)
    context = {"form": form, "title": _("新增单位"), "submit": _("新增")}
    return render(request, "accounts/person_form.html", context)


@people_page
def organization_detail(request: UserRequest, pk: int) -> HttpResponse:
    return _detail(request, selectors.get_organization(request.user, pk))


@people_page
def organization_edit(request: UserRequest, pk: int) -> HttpResponse:
    unit = selectors.get_organization(request.user, pk)
    if not permissions.can_manage_people(request.user, unit.tenant_id):
        raise NotAllowed(_("您没有管理该单位的权限。"))
    initial = {name: getattr(unit, name) for name in ("name", "short_name", "kind", "phone")}
    initial["area_code"] = unit.area.code if unit.area else ""
    form = OrganizationForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        fields = dict(form.cleaned_data)
        services.update_organization(
            request.user, organization=unit, area=fields.pop("area_code"), **fields
        )
        messages.success(request, _("已保存。"))
        return redirect("accounts:organization-detail", pk)
    context = {"form": form, "title": _("修改单位信息"), "submit": _("保存")}
    return render(request, "accounts/person_form.html", context)


@people_page
@require_POST
def organization_move(request: UserRequest, pk: int) -> HttpResponse:
    unit = selectors.get_organization(request.user, pk)
    form = MoveForm(request.POST, viewer=request.user, organization=unit)
    if form.is_valid():
        try:
            services.move_organization(request.user, organization=unit, **form.cleaned_data)
        except DomainError as error:
            refused(form, error)
        else:
            messages.success(request, _("已移动,下级单位一并移动。"))
            return redirect("accounts:organization-detail", pk)
    return _detail(request, unit, move_form=form)


@people_page
@require_POST
def organization_close(request: UserRequest, pk: int) -> HttpResponse:
    unit = selectors.get_organization(request.user, pk)
    services.deactivate_organization(request.user, organization=unit)
    messages.success(request, _("单位已停用。"))
    return redirect("accounts:organization-tree")


@people_page
@require_POST
def post_create(request: UserRequest, pk: int) -> HttpResponse:
    unit = selectors.get_organization(request.user, pk)
    form = PostForm(request.POST)
    if form.is_valid():
        try:
            services.create_post(request.user, organization=unit, **form.cleaned_data)
        except DomainError as error:
            refused(form, error)
        else:
            messages.success(request, _("岗位已新增,请安全管理员授予角色。"))
            return redirect("accounts:organization-detail", pk)
    return _detail(request, unit, post_form=form)


def _detail(
    request: UserRequest,
    unit: Organization,
    *,
    move_form: MoveForm | None = None,
    post_form: PostForm | None = None,
) -> HttpResponse:
    context = {
        "unit": unit,
        "posts": unit.posts.prefetch_related("roles").order_by("name"),
        "people": selectors.list_users(request.user, organization=unit)[:100],
        "move_form": move_form or MoveForm(viewer=request.user, organization=unit),
        "post_form": post_form or PostForm(),
    }
    return render(request, "accounts/organization_detail.html", context)
