"""Results as the units see them, their objections, and the rulings."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.callbacks import permissions, selectors, services
from apps.callbacks.enums import DisputeState
from apps.callbacks.forms import DisputeFilterForm, DisputeForm, RulingForm
from apps.callbacks.views._common import person_with, sent_files
from apps.common import files
from apps.common.pages import paged, take


@login_required
@require_GET
def result_list(request: HttpRequest) -> HttpResponse:
    """The results of the viewer's own unit, without who called and what else was answered."""
    person = person_with(request, permissions.FILE)
    context = paged(request, selectors.list_results_of_units(person))
    return render(request, "callbacks/result_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def dispute_new(request: HttpRequest, task_id: int) -> HttpResponse:
    """An objection to one result."""
    person = person_with(request, permissions.FILE)
    task = get_object_or_404(selectors.list_results_of_units(person), pk=task_id)
    form = DisputeForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        made = take(
            form,
            lambda: services.file_dispute(
                person, task_id=task_id, reason=reason, files=sent_files(request, "evidence")
            ),
        )
        if made is not None:
            messages.success(request, _("已提出异议，由另一人裁定"))
            return redirect("callbacks:dispute-detail", pk=made.pk)
    status = 422 if form.errors else 200
    context = {"form": form, "task": task}
    return render(request, "callbacks/dispute_new.html", context, status=status)


@login_required
@require_GET
def dispute_list(request: HttpRequest) -> HttpResponse:
    """The objections the viewer rules on, or their unit's own."""
    person = person_with(request, *permissions.DISPUTERS)
    form = DisputeFilterForm(request.GET)
    state = form.cleaned_data["state"] if form.is_valid() else ""
    context = paged(request, selectors.list_disputes(person, state=state)) | {
        "form": form,
        "may_file": person.has_perm(permissions.FILE),
    }
    return render(request, "callbacks/dispute_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def dispute_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One objection with its evidence, and the form of whoever rules on it."""
    person = person_with(request, *permissions.DISPUTERS)
    dispute = selectors.get_dispute(person, pk=pk)
    form = RulingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        ruled = take(
            form,
            lambda: services.rule_dispute(
                person,
                dispute_id=pk,
                overturn=data["ruling"] == "overturn",
                note=data["note"],
            ),
        )
        if ruled is not None:
            messages.success(request, _("已裁定：%s") % ruled.get_state_display())
            return redirect("callbacks:dispute-detail", pk=pk)
    may_rule = (
        person.has_perm(permissions.RULE)
        and dispute.state == DisputeState.PENDING
        and dispute.filed_by_id != person.pk
        and permissions.is_independent(person, dispute.task)
    )
    context = {"dispute": dispute, "form": form, "may_rule": may_rule}
    status = 422 if form.errors else 200
    return render(request, "callbacks/dispute_detail.html", context, status=status)


@login_required
@require_GET
def evidence(request: HttpRequest, pk: int, file_id: int) -> HttpResponseBase:
    """A piece of evidence of an objection in the viewer's reach."""
    person = person_with(request, *permissions.DISPUTERS)
    found = get_object_or_404(selectors.get_dispute(person, pk=pk).files, pk=file_id)
    return files.file_response(found.file, download_name=found.name)
