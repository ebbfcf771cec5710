"""The role pages: what each role may do, which roles a post carries."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from apps.accounts import permissions, selectors, services
from apps.accounts.assurance.demands import require
from apps.accounts.forms import RolesForm
from apps.accounts.models import Role
from apps.accounts.views._common import UserRequest, people_page, refused
from apps.common.errors import DomainError, NotAllowed


@people_page
def role_matrix(request: UserRequest) -> HttpResponse:
    roles = list(selectors.list_roles().prefetch_related("permissions"))
    held = {role.pk: {p.pk for p in role.permissions.all()} for role in roles}
    rows = [
        {"permission": p, "cells": [(role, p.pk in held[role.pk]) for role in roles]}
        for p in selectors.list_grantable_permissions()
    ]
    grants = selectors.scope_for(request.user, "accounts.manage_roles")
    context = {
        "roles": roles,
        "rows": rows,
        "may_edit": grants.everything or bool(grants.tenant_ids),
    }
    return render(request, "accounts/role_matrix.html", context)


@people_page
def role_permissions(request: UserRequest, pk: int) -> HttpResponse:
    role = get_object_or_404(Role, pk=pk)
    grantable = list(selectors.list_grantable_permissions())
    held = set(role.permissions.values_list("pk", flat=True))
    error = None
    if request.method == "POST":
        require(request, "rights.change")
        wanted = set(request.POST.getlist("permissions"))
        offered = {f"{p.content_type.app_label}.{p.codename}": p for p in grantable}
        kept = {  # what this page does not offer stays as it is
            f"{p.content_type.app_label}.{p.codename}"
            for p in role.permissions.select_related("content_type")
        } - offered.keys()
        try:
            services.set_role_permissions(
                request.user, role=role, permissions_held=kept | (wanted & offered.keys())
            )
        except DomainError as refusal:
            error = refusal
            held = {p.pk for label, p in offered.items() if label in wanted}
        else:
            messages.success(request, _("已保存,相关人员下一次操作即按新权限。"))
            return redirect("accounts:role-matrix")
    context = {"role": role, "permissions": grantable, "held": held, "error": error}
    status = error.status if error else 200
    return render(request, "accounts/role_permissions.html", context, status=status)


@people_page
def post_roles(request: UserRequest, pk: int) -> HttpResponse:
    post = selectors.get_post(request.user, pk)
    if not permissions.can_manage_roles(request.user, post.organization.tenant_id):
        raise NotAllowed(_("您没有给该单位岗位授权的权限。"))
    form = RolesForm(request.POST or None, initial={"roles": post.roles.all()})
    if request.method == "POST" and form.is_valid():
        require(request, "rights.change")
        try:
            services.set_roles(request.user, post=post, **form.cleaned_data)
        except DomainError as error:
            refused(form, error)
        else:
            messages.success(request, _("已保存,任职人员下一次操作即按新权限。"))
            return redirect("accounts:organization-detail", post.organization_id)
    context = {
        "form": form,
        "title": _("岗位授权:%(post)s") % {"post": post},
        "submit": _("保存"),
    }
    return render(request, "accounts/person_form.html", context)
