"""Pools and scripts."""

import json

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.callbacks import permissions, selectors, services
from apps.callbacks.forms import PoolForm, ScriptForm
from apps.callbacks.views._common import person_with, tenant_with
from apps.common.pages import take


@login_required
@require_GET
def pool_list(request: HttpRequest) -> HttpResponse:
    """The pools, and the scripts they ask."""
    person = person_with(request, *permissions.READERS)
    context = {
        "pools": selectors.list_pools(person).prefetch_related("units"),
        "scripts": selectors.list_scripts(person),
        "may_lead": permissions.can_lead(person),
    }
    return render(request, "callbacks/pool_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def pool_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One pool to write; a new one without a number in the address."""
    person = person_with(request, permissions.MANAGE)
    pool = selectors.get_pool(person, pk=pk) if pk is not None else None
    tenant = pool.tenant if pool else tenant_with(person, permissions.MANAGE)
    scripts = selectors.list_scripts(person).filter(tenant=tenant)
    form = PoolForm(request.POST or None, tenant=tenant, scripts=scripts, pool=pool)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        saved = take(form, lambda: services.save_pool(person, tenant=tenant, spec=spec, pool_id=pk))
        if saved is not None:
            messages.success(request, _("已保存回访池“%s”") % saved.name)
            return redirect("callbacks:pool-list")
    context = {"form": form, "pool": pool}
    status = 422 if form.errors else 200
    return render(request, "callbacks/pool_edit.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def script_edit(request: HttpRequest, code: str = "") -> HttpResponse:
    """The next version of a script, from the one that stands."""
    person = person_with(request, permissions.MANAGE)
    tenant = tenant_with(person, permissions.MANAGE)
    last = services.find_script(tenant, code) if code else None
    initial = {}
    if last is not None:
        initial = {n: getattr(last, n) for n in ("code", "name", "greeting", "closing")}
        initial["body"] = json.dumps(last.body, ensure_ascii=False, indent=2)
    form = ScriptForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        saved = take(form, lambda: services.publish_script(person, tenant=tenant, spec=spec))
        if saved is not None:
            messages.success(request, _("已发布问卷“%s”") % saved)
            return redirect("callbacks:pool-list")
    context = {"form": form, "script": last}
    status = 422 if form.errors else 200
    return render(request, "callbacks/script_edit.html", context, status=status)
