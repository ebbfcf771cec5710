"""The role pages: what each role may do, which roles a post carries."""

from collections.abc import Iterable

from django.contrib import messages
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from apps.accounts import permissions, selectors, services
from apps.accounts.approvals import acts
from apps.accounts.approvals.forms import FilingForm
from apps.accounts.assurance.demands import require
from apps.accounts.errors import SecondPersonNeeded
from apps.accounts.forms import RolesForm
from apps.accounts.models import Post, Role
from apps.accounts.services.sensitive import SENSITIVE
from apps.accounts.views._common import UserRequest, people_page, refused, submitted
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
        offered = {_label(p): p for p in grantable}
        # What this page does not offer stays as it is.
        kept = {_label(p) for p in role.permissions.select_related("content_type")} - offered.keys()
        held_by_role = kept | (wanted & offered.keys())
        try:
            return _set_permissions(request, role, held_by_role)
        except DomainError as refusal:
            error = refusal
            held = {p.pk for label, p in offered.items() if label in wanted}
    context = {
        "role": role,
        "permissions": [(p, _label(p) in SENSITIVE) for p in grantable],
        "held": held,
        "error": error,
        "form": FilingForm(request.POST or None),
    }
    status = error.status if error else 200
    return render(request, "accounts/role_permissions.html", context, status=status)


def _set_permissions(request: UserRequest, role: Role, wanted: set[str]) -> HttpResponse:
    """At once for ordinary rights; a sensitive one more waits for a second person."""
    try:
        services.set_role_permissions(request.user, role=role, permissions_held=wanted)
    except SecondPersonNeeded:
        proposal = acts.role_permissions(request.user, role=role, permissions_held=wanted)
        reason = request.POST.get("reason", "")
        return submitted(request, proposal, reason=reason, is_alone=False)
    messages.success(request, _("已保存,相关人员下一次操作即按新权限。"))
    return redirect("accounts:role-matrix")


def _label(permission: Permission) -> str:
    return f"{permission.content_type.app_label}.{permission.codename}"


@people_page
def post_roles(request: UserRequest, pk: int) -> HttpResponse:
    post = selectors.get_post(request.user, pk)
    if not permissions.can_grant_in(request.user, post.organization):
        raise NotAllowed(_("您没有给该单位岗位授权的权限。"))
    form = RolesForm(request.POST or None, initial={"roles": post.roles.all()})
    if request.method == "POST" and form.is_valid():
        require(request, "rights.change")
        try:
            return _set_roles(request, post, **form.cleaned_data)
        except DomainError as error:
            refused(form, error)
    context = {
        "form": form,
        "title": _("岗位授权:%(post)s") % {"post": post},
        "submit": _("保存"),
    }
    return render(request, "accounts/person_form.html", context)


def _set_roles(
    request: UserRequest, post: Post, *, roles: Iterable[Role], reason: str, is_alone: bool
) -> HttpResponse:
    """At once for ordinary roles; a sensitive one more waits for a second person."""
    try:
        services.set_roles(request.user, post=post, roles=roles)
    except SecondPersonNeeded:
        proposal = acts.post_roles(post=post, roles_wanted=roles)
        return submitted(request, proposal, reason=reason, is_alone=is_alone)
    messages.success(request, _("已保存,任职人员下一次操作即按新权限。"))
    return redirect("accounts:organization-detail", post.organization_id)
