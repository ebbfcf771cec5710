"""Assistants: the list, one of them with its calls, and what is done to it."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.approvals.selectors import find_pending
from apps.accounts.signed_in import actor_of
from apps.assist import permissions, selectors, services
from apps.assist.forms import AssistantFilterForm, AssistantForm, SwitchOnForm
from apps.common import clock
from apps.common.errors import DomainError
from apps.common.pages import paged, take

LOOK_BACK = timedelta(days=7)


@login_required
@require_GET
def assistant_list(request: HttpRequest) -> HttpResponse:
    """The assistants of the viewer's units."""
    viewer = actor_of(request)
    permissions.require_reader(viewer)
    form = AssistantFilterForm(request.GET)
    context = paged(request, selectors.list_assistants(viewer, **form.wanted())) | {
        "form": form,
        "may_keep": permissions.can_keep(viewer),
    }
    return render(request, "assist/assistant_list.html", context)


@login_required
@require_GET
def assistant_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One assistant: settings, state, figures and calls of the last days."""
    viewer = actor_of(request)
    permissions.require_reader(viewer)
    assistant = selectors.get_assistant(viewer, pk)
    since, now = clock.now() - LOOK_BACK, clock.now()
    context = paged(request, selectors.list_calls(assistant, since=since)) | {
        "assistant": assistant,
        "units": assistant.units.order_by("path"),
        "figures": selectors.figures_of(assistant, since=since),
        "is_paused": assistant.paused_until is not None and assistant.paused_until > now,
        "pending": find_pending(act=services.ACT, subject_id=assistant.pk),
        "may_keep": permissions.can_keep_in(viewer, assistant.unit),
        "form": SwitchOnForm(),
    }
    return render(request, "assist/assistant_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def assistant_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One assistant to write; a new one without a number in the address."""
    viewer = actor_of(request)
    permissions.require_keep(viewer)
    assistant = selectors.get_assistant(viewer, pk) if pk is not None else None
    form = AssistantForm(request.POST or None, viewer=viewer, assistant=assistant)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        saved = take(form, lambda: services.save_assistant(viewer, spec=spec, assistant_id=pk))
        if saved is not None:
            messages.success(
                request, _("已保存“%(name)s”，启用须另一人复核") % {"name": saved.name}
            )
            return redirect("assist:assistant-detail", pk=saved.pk)
    context = {"form": form, "assistant": assistant}
    status = 422 if request.method == "POST" else 200
    return render(request, "assist/assistant_edit.html", context, status=status)


@login_required
@require_POST
def assistant_try(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks it with a made-up sample and says what came back."""
    viewer = actor_of(request)
    permissions.require_keep(viewer)
    selectors.get_assistant(viewer, pk)
    try:
        given = services.try_assistant(viewer, assistant_id=pk)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        version = given.version or "—"
        messages.success(request, _("连接正常，版本：%(version)s") % {"version": version})
    return redirect("assist:assistant-detail", pk=pk)


@login_required
@require_POST
def assistant_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Files the switching on for a second person."""
    viewer = actor_of(request)
    permissions.require_keep(viewer)
    selectors.get_assistant(viewer, pk)
    reason = request.POST.get("reason", "")
    try:
        services.ask_to_switch_on(viewer, assistant_id=pk, reason=reason)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("已提交，待另一人复核后启用"))
    return redirect("assist:assistant-detail", pk=pk)


@login_required
@require_POST
def assistant_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Switches it off at once."""
    viewer = actor_of(request)
    permissions.require_keep(viewer)
    selectors.get_assistant(viewer, pk)
    assistant = services.switch_off(viewer, assistant_id=pk)
    messages.success(request, _("“%(name)s”已停用") % {"name": assistant.name})
    return redirect("assist:assistant-detail", pk=pk)
