"""Drills, emergency plans and the tasks that follow."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.pages import do_named, paged, take, tell
from apps.upkeep import permissions, selectors, services
from apps.upkeep.forms import (
    ConclusionForm,
    EventForm,
    ExerciseForm,
    ImprovementForm,
    ResultForm,
    RevisionForm,
)
from apps.upkeep.models import Exercise
from apps.upkeep.views._common import reader_of, tabs

EXPORT_MOST = 20_000


@login_required
@require_http_methods(["GET", "POST"])
def exercise_list(request: HttpRequest) -> HttpResponse:
    """The drills, and one to plan."""
    viewer = reader_of(request)
    form = ExerciseForm(request.POST or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        made = take(form, lambda: services.plan_exercise(viewer, new=form.new()))
        if made:
            return redirect("upkeep:exercise-detail", made.pk)
    context = paged(request, selectors.list_exercises()) | {
        "form": form,
        "may_keep": permissions.can_keep(viewer),
        "tabs": tabs(viewer, "exercise-list"),
    }
    return render(request, "upkeep/exercise_list.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def exercise_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One drill: its timeline, what was found, what follows."""
    return _page(request, selectors.get_exercise(pk))


def _page(
    request: HttpRequest, exercise: Exercise, bound: forms.Form | None = None
) -> HttpResponse:
    viewer = reader_of(request)
    shown: dict[str, forms.Form] = {
        "event": EventForm(auto_id="event_%s"),
        "improvement": ImprovementForm(viewer=viewer, auto_id="improvement_%s"),
        "close": ConclusionForm(auto_id="close_%s"),
    }
    for name, form in shown.items():
        if bound is not None and isinstance(bound, type(form)):
            shown[name] = bound
    context = {
        "exercise": exercise,
        "events": [
            {"title": event.text, "at": event.at, "actor": event.by_name, "icon": "point"}
            for event in exercise.events.order_by("-pk")
        ],
        "improvements": exercise.improvements.select_related("owner").order_by("due_on", "pk"),
        "forms": shown,
        "bound": bound,
        "may_keep": permissions.can_keep(viewer),
    }
    return render(request, "upkeep/exercise_detail.html", context, status=422 if bound else 200)


@login_required
@require_POST
def exercise_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """One deed on a drill, named by the address."""
    viewer = reader_of(request)
    exercise = selectors.get_exercise(pk)
    here = redirect("upkeep:exercise-detail", pk)
    plain = {
        "begin": (services.begin_exercise, _("演练已开始")),
        "end": (services.end_exercise, _("演练已结束，请复盘")),
    }
    if deed in plain:
        do_named(request, deed, plain, exercise_id=pk)
        return here
    form = _form_of(request, viewer, deed)
    if form.is_valid() and take(form, lambda: _do(viewer, pk, form)):
        messages.success(request, _("已保存"))
        return here
    return _page(request, exercise, form)


def _form_of(request: HttpRequest, viewer: User, deed: str) -> forms.Form:
    match deed:
        case "event":
            return EventForm(request.POST, auto_id="event_%s")
        case "improvement":
            return ImprovementForm(request.POST, viewer=viewer, auto_id="improvement_%s")
        case "close":
            return ConclusionForm(request.POST, auto_id="close_%s")
    raise Http404


def _do(viewer: User, pk: int, form: forms.Form) -> Any:
    if isinstance(form, ImprovementForm):
        return services.add_improvement(viewer, new=form.new(), exercise_id=pk)
    if isinstance(form, EventForm):
        return services.note_event(viewer, exercise_id=pk, text=form.cleaned_data["text"])
    return services.close_exercise(viewer, exercise_id=pk, **form.cleaned_data)


@login_required
@require_http_methods(["GET", "POST"])
def plan_list(request: HttpRequest) -> HttpResponse:
    """The emergency plans with their wordings, and one to write or revise."""
    viewer = reader_of(request)
    form = RevisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = take(form, lambda: services.revise_plan(viewer, **form.cleaned_data))
        if made:
            messages.success(request, _("预案已保存为第%d版") % made.number)
            return redirect("upkeep:plan-list")
    context = paged(request, selectors.list_plans()) | {
        "form": form,
        "may_keep": permissions.can_keep(viewer),
        "tabs": tabs(viewer, "plan-list"),
    }
    return render(request, "upkeep/plan_list.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def improvement_list(request: HttpRequest) -> HttpResponse:
    """The tasks: all for keepers, for others their own."""
    viewer = actor_of(request)
    is_open = request.GET.get("open") == "1"
    context = paged(request, selectors.list_improvements(viewer, is_open=is_open)) | {
        "form": ResultForm(),
        "today": clock.today(),
        "is_open": is_open,
        "may_keep": permissions.can_keep(viewer),
        "tabs": tabs(viewer, "improvement-list"),
    }
    return render(request, "upkeep/improvement_list.html", context)


@login_required
@require_POST
def improvement_finish(request: HttpRequest, pk: int) -> HttpResponse:
    """A task is done."""
    viewer = actor_of(request)
    result = request.POST.get("result", "")
    tell(
        request,
        lambda: services.finish_improvement(viewer, improvement_id=pk, result=result),
        done=_("已登记完成"),
    )
    return redirect("upkeep:improvement-list")


@login_required
@require_GET
def improvement_export(request: HttpRequest) -> HttpResponseBase:
    """The tasks as a sheet; audited."""
    viewer = actor_of(request)
    rows = selectors.list_improvements(viewer)[:EXPORT_MOST]
    audit.record(viewer, "improvements.exported", object_type="upkeep.improvement",
                 data={"count": len(rows)})  # fmt: skip
    columns = [
        Column(_("改进事项"), lambda t: t.title, 40),
        Column(_("领域"), lambda t: t.get_field_display(), 10),
        Column(_("来源"), lambda t: t.origin, 30),
        Column(_("责任人"), lambda t: t.owner.display_name, 12),
        Column(_("期限"), lambda t: t.due_on, 12),
        Column(_("完成时间"), lambda t: t.done_at, 20),
        Column(_("完成情况"), lambda t: t.result, 40),
    ]
    return xlsx_response(f"{_('改进事项')}-{clock.today():%Y%m%d}", columns, rows)
