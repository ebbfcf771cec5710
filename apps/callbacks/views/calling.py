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
from apps.callbacks.views._common import person_with
from apps.common import masking
from apps.common.errors import NotFound
from apps.common.forms_data import build_form, show
from apps.common.pages import take, tell
from apps.hotline.telephony import exchange
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
    return _("已登记，案件已退回重办") if task.is_redo else _("已登记，案件已办结")


@login_required
@require_POST
def dial(request: HttpRequest, pk: int) -> HttpResponse:
    """Has the exchange call the citizen and the agent; the number is not shown."""
    person = person_with(request, permissions.CALL)
    selectors.get_task(person, pk=pk)
    tell(request, lambda: _call(person, pk), done=_("正在拨打，请接听您的话机"))
    return redirect("callbacks:task-detail", pk=pk)


def _call(person: User, pk: int) -> None:
    order = services.order_dial(person, task_id=pk)
    number = exchange().dial(agent=person.username, line=order.line, phone=order.phone)
    services.note_call(person, task_id=pk, exchange_id=number)


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
