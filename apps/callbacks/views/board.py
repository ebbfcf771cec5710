"""How far the call-backs have come, who has which, and the list as a sheet."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.audit import services as audit
from apps.callbacks import permissions, selectors, services
from apps.callbacks.forms import ReassignForm, TaskFilterForm
from apps.callbacks.views._common import person_with
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, tell


@login_required
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Progress of every pool, and the call-backs one by one."""
    person = person_with(request, *permissions.READERS)
    form = TaskFilterForm(request.GET, pools=selectors.list_pools(person))
    context = paged(request, selectors.list_tasks(person, **form.wanted())) | {
        "form": form,
        "progress": selectors.progress(person),
        "may_lead": permissions.can_lead(person),
        "may_call": person.has_perm(permissions.CALL),
        "now": clock.now(),
    }
    if context["may_lead"]:
        context["reassign"] = ReassignForm(agents=_agents(person))
    return render(request, "callbacks/board.html", context)


def _agents(person: User) -> QuerySet[User]:
    tenants = selectors.tenants_for(person, permissions.MANAGE)
    found = users_with_permission(permissions.CALL)
    return found.filter(appointments__post__organization__tenant__in=tenants).distinct()


@login_required
@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """What the board lists, as a sheet; audited."""
    person = person_with(request, *permissions.READERS)
    form = TaskFilterForm(request.GET, pools=selectors.list_pools(person))
    rows = selectors.list_tasks(person, **form.wanted())
    audit.record(person, "callbacks.exported", data={"count": rows.count()})
    columns = [
        Column(_("受理编号"), lambda t: t.case.number, 20),
        Column(_("标题"), lambda t: t.case.title, 40),
        Column(_("办理轮次"), lambda t: t.round, 10),
        Column(_("承办单位"), lambda t: t.unit.name if t.unit else "", 24),
        Column(_("回访池"), lambda t: t.pool.name, 20),
        Column(_("回访原因"), lambda t: t.reason, 30),
        Column(_("回访方式"), lambda t: t.get_way_display(), 12),
        Column(_("状态"), lambda t: t.get_state_display(), 12),
        Column(_("结果"), lambda t: t.get_outcome_display(), 12),
        Column(_("是否解决"), lambda t: t.solved, 10),
        Column(_("办理结果评分"), lambda t: t.result_score, 12),
        Column(_("受理服务评分"), lambda t: t.acceptance_score, 12),
        Column(_("已要求重办"), lambda t: t.is_redo, 12),
        Column(_("已拨打次数"), lambda t: t.tries, 12),
        Column(_("回访人"), lambda t: t.agent.display_name if t.agent else "", 14),
        Column(_("最迟回访"), lambda t: t.due_until, 20),
        Column(_("完成时间"), lambda t: t.done_at, 20),
    ]
    return xlsx_response(f"{_('回访任务')}-{clock.today():%Y%m%d}", columns, rows.iterator(2000))


@login_required
@require_POST
def reassign(request: HttpRequest) -> HttpResponse:
    """Gives the chosen call-backs to an agent, or back in line."""
    person = person_with(request, permissions.MANAGE)
    form = ReassignForm(request.POST, agents=_agents(person), chosen=request.POST.getlist("tasks"))
    if form.is_valid():
        agent = form.cleaned_data["agent"]
        tell(
            request,
            lambda: services.reassign(
                person,
                task_ids=form.cleaned_data["tasks"],
                agent_id=agent.pk if agent else None,
            ),
            done=lambda n: _("已改派 %d 件") % n,
        )
    else:
        messages.error(request, _("请先选择回访任务和回访员"))
    return redirect("callbacks:board")
