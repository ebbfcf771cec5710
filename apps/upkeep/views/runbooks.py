"""The operations manual: search, read, write, agree; steps checked off on the alarm's page."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.alarms.registry import kind_label
from apps.alarms.selectors import get_alarm
from apps.common.errors import InvalidInput
from apps.common.pages import paged, take, tell
from apps.upkeep import permissions, selectors, services
from apps.upkeep.forms import RunbookFilterForm, RunbookForm
from apps.upkeep.registry import all_fault_kinds
from apps.upkeep.views._common import tabs


def _reader(request: HttpRequest) -> User:
    viewer = actor_of(request)
    permissions.require_runbook_reader(viewer)
    return viewer


@login_required
@require_GET
def runbook_list(request: HttpRequest) -> HttpResponse:
    """The articles, narrowed by words and kinds."""
    viewer = _reader(request)
    filters = RunbookFilterForm(request.GET)
    context = paged(request, selectors.list_runbooks(viewer, **filters.wanted())) | {
        "filters": filters,
        "may_write": viewer.has_perm(permissions.WRITE),
        "tabs": tabs(viewer, "runbook-list"),
    }
    return render(request, "upkeep/runbook_list.html", context)


@login_required
@require_GET
def runbook_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One article: the wording in force, the draft, those before."""
    viewer = _reader(request)
    book = selectors.get_runbook(viewer, code=code)
    versions = selectors.versions_of(viewer, book)
    shown = versions[0]
    faults = all_fault_kinds()
    context = {
        "book": book,
        "shown": shown,
        "versions": versions,
        "kinds": [kind_label(kind) for kind in shown.alarm_kinds],
        "faults": [faults.get(kind, kind) for kind in shown.fault_kinds],
        "may_write": viewer.has_perm(permissions.WRITE),
        "may_approve": viewer.has_perm(permissions.APPROVE)
        and shown.state == "draft"
        and shown.written_by_id != viewer.pk,
    }
    return render(request, "upkeep/runbook_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def runbook_edit(request: HttpRequest, code: str = "") -> HttpResponse:
    """A draft to write; a new article without a code."""
    viewer = _reader(request)
    permissions.require_write(viewer)
    book = selectors.get_runbook(viewer, code=code) if code else None
    initial = RunbookForm.values_of(selectors.versions_of(viewer, book)[0]) if book else None
    form = RunbookForm(request.POST or None, initial=initial, is_new=book is None)
    if request.method == "POST" and form.is_valid():
        key = code or form.cleaned_data["code"]
        draft = take(form, lambda: services.write_runbook(viewer, code=key, article=form.article()))
        if draft:
            messages.success(request, _("草稿已保存，由另一人审核后生效"))
            return redirect("upkeep:runbook-detail", key)
    context = {"form": form, "book": book}
    return render(request, "upkeep/runbook_edit.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def runbook_publish(request: HttpRequest, code: str, version_id: int) -> HttpResponse:
    """Agrees to a draft."""
    viewer = _reader(request)
    tell(
        request,
        lambda: services.publish_runbook(viewer, version_id=version_id),
        done=_("手册已发布"),
    )
    return redirect("upkeep:runbook-detail", code)


@login_required
@require_POST
def step_check(request: HttpRequest, alarm_id: int) -> HttpResponse:
    """A step was done for an alarm."""
    viewer = actor_of(request)
    alarm = get_alarm(viewer, pk=alarm_id)
    version, step = request.POST.get("version", ""), request.POST.get("step", "")
    if not (version.isdecimal() and step.isdecimal() and len(version + step) < 18):
        raise InvalidInput(_("步骤无效"), field="step")
    services.check_step(viewer, alarm=alarm, version_id=int(version), step=int(step))
    return redirect("alarms:alarm-detail", alarm_id)
