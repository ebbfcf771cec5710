"""An agent's desk: the next call-back, the number dialled unseen, the answers beside the case."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.callbacks import permissions, selectors, services
from apps.callbacks.enums import TaskState
from apps.callbacks.forms import AnswerForm
from apps.callbacks.models import CallbackTask
from apps.callbacks.services.dialling import dial as dial_out
from apps.callbacks.views._common import person_with
from apps.common import masking
from apps.common.errors import NotFound
from apps.common.forms_data import build_form, show
from apps.common.pages import take, tell
from apps.matters.enums import TaskKind
from apps.matters.models import Task
from apps.matters.permissions import can_reveal_reporter


@login_required
@require_http_methods(["GET", "POST"])
def next_task(request: HttpRequest) -> HttpResponse:
    """The call-back in hand, or a button that takes the next one."""
    person = person_with(request, permissions.CALL)
    task = selectors.find_in_hand(person)
    if request.method == "POST" and task is None:
        task = services.claim_next(person)
        if task is None:
            messages.info(request, _("现在没有可领取的回访"))
            return redirect("callbacks:next")
    if task is not None:
        return redirect("callbacks:task-detail", pk=task.pk)
    return render(request, "callbacks/next.html")


@login_required
@require_http_methods(["GET", "POST"])
def task_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One call-back: the case, the script and the form of its agent; read only for others."""
    person = person_with(request, *permissions.READERS)
    task = selectors.get_task(person, pk=pk)
    is_mine = task.state == TaskState.CLAIMED and task.agent_id == person.pk
    data = request.POST if request.method == "POST" else None
    form = AnswerForm(data, initial={"number": task.tries + 1})
    questions = build_form(task.script.body)(data, prefix="q") if task.script.body else None
    if data is not None and form.is_valid():
        answers = _answers(task, request)
        number = form.cleaned_data["number"]
        done = take(
            form,
            lambda: services.record_attempt(
                person, task_id=pk, number=number, answer=form.answer(answers)
            ),
        )
        if done is not None:
            messages.success(request, _said(done))
            return redirect("callbacks:next")
    context = _shown(person, task) | {"form": form, "questions": questions, "is_mine": is_mine}
    status = 422 if form.errors else 200
    return render(request, "callbacks/task_detail.html", context, status=status)


def _shown(person: User, task: CallbackTask) -> dict[str, Any]:
    done = Task.objects.filter(case=task.case, kind=TaskKind.MAIN).exclude(result="")
    demand = task.case.demand
    return {
        "task": task,
        "case": task.case,
        "attempts": task.attempts.all(),
        "answers": show(task.script.body, task.answers) if task.answers else [],
        "work": done.select_related("unit").order_by("-id").first(),
        "reporter": ""
        if demand.is_secret
        else masking.mask_name(demand.reporter_name) or _("未留姓名"),
        "phone": masking.mask_phone(demand.reporter_phone),
        "can_reveal": can_reveal_reporter(person, task.case),
        "is_late": task.state in (TaskState.WAITING, TaskState.CLAIMED),
    }


def _answers(task: CallbackTask, request: HttpRequest) -> dict[str, Any]:
    """What was sent for the script's own questions, as the form definition names them."""
    found: dict[str, Any] = {}
    for entry in task.script.body.get("fields", []):
        name = f"q-{entry['name']}"
        is_list = entry["type"] == "multichoice"
        found[entry["name"]] = request.POST.getlist(name) if is_list else request.POST.get(name, "")
    return found


def _said(task: CallbackTask) -> str:
    if task.state == TaskState.WAITING:
        return _("已登记未接通，稍后在另一时段再拨")
    if task.follow_up is not None:
        return _("已登记，并另行立案：%s") % task.follow_up.number
    if task.is_redo:
        return _("已登记，案件已退回重办")
    return _("已登记") if task.is_closed else _("已登记，案件已办结")


@login_required
@require_POST
def dial(request: HttpRequest, pk: int) -> HttpResponse:
    """Has the exchange call the citizen and the agent; the number is not shown."""
    person = person_with(request, permissions.CALL)
    selectors.get_task(person, pk=pk)
    tell(request, lambda: dial_out(person, task_id=pk), done=_("正在拨打，请接听您的话机"))
    return redirect("callbacks:task-detail", pk=pk)


@login_required
@require_POST
def dial_next(request: HttpRequest) -> HttpResponse:
    """Takes the next call-back, or the one in hand, and dials at once; from the desk."""
    person = person_with(request, permissions.CALL)
    task = services.claim_next(person)
    if task is None:
        messages.info(request, _("现在没有可领取的回访"))
        return redirect("callbacks:next")
    if not task.exchange_id:  # pressed twice it rings once
        tell(request, lambda: dial_out(person, task_id=task.pk), done=_("正在拨打，请接听您的话机"))
    return redirect("callbacks:task-detail", pk=task.pk)


@login_required
@require_POST
def call_about(request: HttpRequest, case_id: int) -> HttpResponse:
    """Takes the call-back of one case and dials; from the case's page."""
    person = person_with(request, permissions.CALL)
    begun: list[CallbackTask] = []

    def begin() -> None:
        begun.append(services.begin_call_back(person, case_id=case_id))
        if not begun[0].exchange_id:  # pressed twice it rings once
            dial_out(person, task_id=begun[0].pk)

    tell(request, begin, done=_("正在拨打，请接听您的话机"))
    if not begun:
        return redirect("matters:case-detail", case_id)
    return redirect("callbacks:task-detail", pk=begun[0].pk)


@login_required
@require_POST
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Puts the call-back back in line."""
    person = person_with(request, permissions.CALL)
    selectors.get_task(person, pk=pk)
    tell(request, lambda: services.give_back(person, task_id=pk), done=_("已放回回访池"))
    return redirect("callbacks:next")


@login_required
@require_GET
def case_history(request: HttpRequest, case_id: int) -> HttpResponse:
    """Every call-back of one case with its attempts."""
    person = person_with(request, *permissions.READERS)
    found = list(selectors.history_of(person, case_id))
    if not found:
        raise NotFound(_("此案件没有回访记录"))
    context = {"tasks": found, "case": found[0].case}
    return render(request, "callbacks/case_history.html", context)
