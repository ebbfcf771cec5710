"""Collection tasks and what departments receive."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import Organization, User
from apps.accounts.selectors import users_with_permission
from apps.accounts.signed_in import actor_of
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput
from apps.common.pages import paged, put_into, status_of, tell
from apps.places.forms import AreaChoice
from apps.places.models import Area
from apps.registry import permissions, services
from apps.registry.enums import FieldGroup, FileKind, TargetState
from apps.registry.forms.files import areas_of, day_input
from apps.registry.models import CollectionTask
from apps.registry.selectors.collecting import (
    fields_by_group,
    get_task,
    list_shares,
    list_tasks,
)
from apps.registry.selectors.files import tenant_of
from apps.registry.selectors.values import shown_title
from apps.registry.views._common import holds, reader_required


class TaskForm(forms.Form):
    """A task over an area."""

    title = forms.CharField(label=gettext_lazy("任务名称"), max_length=80)
    kind = forms.ChoiceField(label=gettext_lazy("档案类型"), choices=FileKind.choices)
    area = AreaChoice(label=gettext_lazy("区域"), queryset=Area.objects.none())
    worker: "forms.ModelChoiceField[User]" = forms.ModelChoiceField(
        label=gettext_lazy("采集人"),
        queryset=User.objects.none(),
        required=False,
        empty_label=gettext_lazy("所在网格的网格员"),
    )
    due_on = forms.DateField(label=gettext_lazy("完成期限"), widget=day_input())
    unseen_days = forms.IntegerField(
        label=gettext_lazy("只采集多少天未核实的档案"), min_value=0, max_value=3650, initial=180
    )

    def __init__(self, data: Any, *, viewer: User) -> None:
        super().__init__(data)
        tenant = tenant_of(viewer, permissions.KEEP)
        workers = users_with_permission(permissions.COLLECT).filter(
            appointments__post__organization__tenant=tenant
        )
        fields: dict[str, Any] = self.fields
        fields["area"].queryset = areas_of(viewer, permissions.KEEP, with_cells=True)
        fields["worker"].queryset = workers.distinct()


class ShareForm(forms.Form):
    """What a department receives, and what for."""

    unit: "forms.ModelChoiceField[Organization]" = forms.ModelChoiceField(
        label=gettext_lazy("接收单位"), queryset=Organization.objects.none()
    )
    kind = forms.ChoiceField(label=gettext_lazy("档案类型"), choices=FileKind.choices)
    group = forms.ChoiceField(label=gettext_lazy("字段组"), choices=FieldGroup.choices)
    area = AreaChoice(label=gettext_lazy("区域"), queryset=Area.objects.none())
    purpose = forms.CharField(label=gettext_lazy("用途"), max_length=200)

    def __init__(self, data: Any, *, viewer: User) -> None:
        super().__init__(data)
        tenant = tenant_of(viewer, permissions.SHARE)
        fields: dict[str, Any] = self.fields
        fields["unit"].queryset = Organization.objects.filter(
            tenant=tenant, is_active=True
        ).order_by("path")
        fields["area"].queryset = areas_of(viewer, permissions.SHARE)


@reader_required
@require_GET
def task_list(request: HttpRequest) -> HttpResponse:
    """The tasks with how far they are."""
    viewer = actor_of(request)
    context = paged(request, list_tasks(viewer))
    context["rows"] = [_progress(task) for task in context["rows"]]
    context["may_keep"] = viewer.has_perm(permissions.KEEP)
    return render(request, "registry/task_list.html", context)


def _progress(task: Any) -> dict[str, Any]:
    done, checked = task.n - task.n_open, task.n_good + task.n_bad
    return {
        "task": task,
        "all": task.n,
        "done": done,
        "quality": f"{task.n_good / checked * 100:.0f}%" if checked else "—",
        "is_late": task.closed_at is None and task.n_open and task.due_on < clock.today(),
    }


@holds(permissions.KEEP)
@require_http_methods(["GET", "POST"])
def task_new(request: HttpRequest) -> HttpResponse:
    """Gives a task."""
    viewer = actor_of(request)
    form = TaskForm(request.POST or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        try:
            task = services.give_task(viewer, **form.cleaned_data)
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("任务已下达"))
            return redirect("registry:task-detail", task.pk)
    return render(request, "registry/task_new.html", {"form": form}, status=status_of(form))


@reader_required
@require_GET
def task_detail(request: HttpRequest, task_id: int) -> HttpResponse:
    """One task with its targets, those to be collected first."""
    viewer = actor_of(request)
    task = get_task(viewer, task_id)
    targets = task.targets.select_related("file__area", "edit").order_by("-state", "pk")
    if (state := request.GET.get("state", "")) in TargetState.values:
        targets = targets.filter(state=state)
    context = paged(request, targets)
    context["rows"] = [(row, shown_title(row.file)) for row in context["rows"]]
    context |= {"progress": _progress(task), "task": task, "may_keep": _may_keep(viewer, task)}
    return render(request, "registry/task_detail.html", context)


def _may_keep(viewer: User, task: CollectionTask) -> bool:
    return permissions.reaches(
        viewer, permissions.KEEP, tenant_id=task.tenant_id, area_path=task.area_path
    )


@holds(permissions.KEEP)
@require_POST
def task_sample(request: HttpRequest, task_id: int) -> HttpResponse:
    """Draws a sample to be checked."""
    tell(
        request,
        lambda: services.draw_sample(
            actor_of(request), task_id=task_id, percent=_number(request.POST.get("percent"))
        ),
        done=lambda n: _("已抽取%d个样本") % n,
    )
    return redirect("registry:task-detail", task_id)


def _number(text: str | None) -> int:
    if not text or not text.isdecimal() or len(text) > 3:
        raise InvalidInput(_("抽查比例应为1至100"), field="percent")
    return int(text)


@holds(permissions.KEEP)
@require_POST
def target_check(request: HttpRequest, task_id: int, target_id: int) -> HttpResponse:
    """Says whether a sampled target was collected well."""
    tell(
        request,
        lambda: services.check_target(
            actor_of(request),
            task_id=task_id,
            target_id=target_id,
            is_good=request.POST.get("verdict") == "good",
            note=request.POST.get("note", ""),
        ),
        done=_("抽查结果已记录"),
    )
    return redirect("registry:task-detail", task_id)


@holds(permissions.KEEP)
@require_POST
def task_close(request: HttpRequest, task_id: int) -> HttpResponse:
    """Ends a task."""
    tell(
        request,
        lambda: services.close_task(actor_of(request), task_id=task_id),
        done=_("任务已结束"),
    )
    return redirect("registry:task-detail", task_id)


@holds(permissions.SHARE)
@require_http_methods(["GET", "POST"])
def share_list(request: HttpRequest) -> HttpResponse:
    """What departments receive, how often they took it, and a new share."""
    viewer = actor_of(request)
    form = ShareForm(request.POST or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        try:
            services.share_fields(viewer, **form.cleaned_data)
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("分发已登记"))
            return redirect("registry:share-list")
    groups = [
        (label, [(FieldGroup(g).label, names) for g, names in fields_by_group(kind).items()])
        for kind, label in FileKind.choices
    ]
    context = paged(request, list_shares(viewer)) | {"form": form, "groups": groups}
    return render(request, "registry/share_list.html", context, status=status_of(form))


@holds(permissions.SHARE)
@require_POST
def share_end(request: HttpRequest, share_id: int) -> HttpResponse:
    """Ends a share."""
    tell(
        request,
        lambda: services.end_share(actor_of(request), share_id=share_id),
        done=_("分发已终止"),
    )
    return redirect("registry:share-list")
