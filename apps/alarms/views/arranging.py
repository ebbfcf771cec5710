"""Alarms alike put together; silences, escalation, what hangs on what, what levels mean."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.alarms import permissions, selectors, services
from apps.alarms.forms import DependencyForm, SilenceForm, StepForm, WarningLevelForm
from apps.alarms.views._common import reader_of, tabs
from apps.common.pages import do_named, paged, take


@login_required
@require_GET
def group_list(request: HttpRequest) -> HttpResponse:
    """Open alarms of one name in one area on one line."""
    viewer = reader_of(request)
    context = {"groups": selectors.list_groups(viewer), "tabs": tabs(viewer, "group-list")}
    return render(request, "alarms/group_list.html", context)


@login_required
@require_GET
def source_list(request: HttpRequest) -> HttpResponse:
    """What is watched of itself, and what each watcher saw last."""
    viewer = reader_of(request)
    context = {"watched": selectors.list_watched(viewer), "tabs": tabs(viewer, "source-list")}
    return render(request, "alarms/source_list.html", context)


def _filled_in(request: HttpRequest, form: forms.Form, deed: Callable[[], Any], done: str) -> bool:
    """Will do what a posted form says; True where it was done."""
    if request.method != "POST":
        return False
    if form.is_valid() and take(form, deed) is not None:
        messages.success(request, done)
        return True
    return False


def _page(
    request: HttpRequest, viewer: User, name: str, form: forms.Form, context: dict[str, Any]
) -> HttpResponse:
    shown = context | {
        "form": form,
        "may_arrange": viewer.has_perm(permissions.ARRANGE),
        "tabs": tabs(viewer, name),
    }
    template = f"alarms/{name.replace('-', '_')}.html"
    return render(request, template, shown, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def silence_list(request: HttpRequest) -> HttpResponse:
    """Silences and maintenance, with what matches them now."""
    viewer = reader_of(request)
    form = SilenceForm(request.POST or None, viewer=viewer)

    def add() -> Any:
        said = dict(form.cleaned_data)
        new = services.NewSilence(asset=said.pop("asset_code"), **said)
        return services.add_silence(viewer, tenant=selectors.tenant_of(viewer), new=new)

    if _filled_in(request, form, add, _("已设置，期间不再打扰")):
        return redirect("alarms:silence-list")
    context = paged(request, selectors.list_silences(viewer))
    context["rows"] = [(row, selectors.is_running(row)) for row in context["rows"]]
    return _page(request, viewer, "silence-list", form, context)


@login_required
@require_http_methods(["GET", "POST"])
def step_list(request: HttpRequest) -> HttpResponse:
    """Who else is told of what nobody answers."""
    viewer = reader_of(request)
    tenant = selectors.tenant_of(viewer)
    form = StepForm(request.POST or None, tenant=tenant)

    def add() -> Any:
        return services.add_step(viewer, tenant=tenant, **form.cleaned_data)

    if _filled_in(request, form, add, _("已添加升级步骤")):
        return redirect("alarms:step-list")
    return _page(request, viewer, "step-list", form, {"steps": selectors.list_steps(tenant)})


@login_required
@require_http_methods(["GET", "POST"])
def dependency_list(request: HttpRequest) -> HttpResponse:
    """What hangs on what."""
    viewer = reader_of(request)
    form = DependencyForm(request.POST or None, viewer=viewer)

    def add() -> Any:
        return services.add_dependency(viewer, **form.cleaned_data)

    if _filled_in(request, form, add, _("已保存")):
        return redirect("alarms:dependency-list")
    context = paged(request, selectors.list_dependencies(viewer))
    return _page(request, viewer, "dependency-list", form, context)


@login_required
@require_http_methods(["GET", "POST"])
def level_list(request: HttpRequest) -> HttpResponse:
    """What the levels mean: who is to know, what to do, when it is lifted."""
    viewer = reader_of(request)
    tenant = selectors.tenant_of(viewer)
    form = WarningLevelForm(request.POST or None)

    def put() -> Any:
        return services.set_warning_level(viewer, tenant=tenant, **form.cleaned_data)

    if _filled_in(request, form, put, _("已保存")):
        return redirect("alarms:level-list")
    context = {"levels": selectors.list_warning_levels(tenant)}
    return _page(request, viewer, "level-list", form, context)


@login_required
@require_POST
def arrangement_end(request: HttpRequest, key: int, deed: str) -> HttpResponse:
    """Cuts a silence short, takes a step away, forgets that a thing hangs on another."""
    reader_of(request)
    endings = {
        "silence": (lambda by: services.end_silence(by, silence_id=key), _("已提前结束")),
        "step": (lambda by: services.remove_step(by, step_id=key), _("已删除")),
        "dependency": (lambda by: services.remove_dependency(by, dependency_id=key), _("已删除")),
    }
    do_named(request, deed, endings)
    return redirect(f"alarms:{deed}-list")
