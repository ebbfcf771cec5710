"""The list over all sources, and one alarm."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.alarms import permissions, selectors, services
from apps.alarms.enums import EventKind, Level
from apps.alarms.forms import (
    AlarmFilterForm,
    AssignForm,
    CaseForm,
    CommentForm,
    HandleForm,
    ShelveForm,
)
from apps.alarms.models import Alarm, AlarmEvent
from apps.alarms.registry import kind_label, panels_of, source_label
from apps.alarms.views._common import reader_of, tabs
from apps.audit import services as audit
from apps.clocks.selectors import open_clocks
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take, tell
from apps.matters.registry import links_beside

EXPORT_MOST = 20_000
FAILURES_SHOWN = 10
#: What the list can show; the viewer chooses among them.
COLUMNS = [
    {"key": "level", "label": gettext_lazy("级别")},
    {"key": "alarm", "label": gettext_lazy("告警"), "is_fixed": True},
    {"key": "state", "label": gettext_lazy("状态")},
    {"key": "area", "label": gettext_lazy("区域")},
    {"key": "unit", "label": gettext_lazy("责任单位")},
    {"key": "source", "label": gettext_lazy("来源")},
    {"key": "raised", "label": gettext_lazy("告警时间")},
    {"key": "assignee", "label": gettext_lazy("处理人")},
]
_ICONS = {
    EventKind.RAISED: ("alert-triangle", "over"),
    EventKind.LEVEL: ("trending-up", "soon"),
    EventKind.ACKNOWLEDGED: ("eye-check", "action"),
    EventKind.ASSIGNED: ("user-plus", "action"),
    EventKind.COMMENTED: ("message", ""),
    EventKind.HANDLED: ("tool", "action"),
    EventKind.RECOVERED: ("circle-check", "done"),
    EventKind.CLOSED: ("circle-x", "done"),
    EventKind.SILENT: ("question-mark", "soon"),
    EventKind.HEARD: ("activity", ""),
    EventKind.SHELVED: ("clock-pause", ""),
    EventKind.UNSHELVED: ("clock-play", ""),
    EventKind.OVERDUE: ("alarm", "over"),
    EventKind.INHIBITED: ("arrow-merge", ""),
    EventKind.RELEASED: ("arrows-split", ""),
    EventKind.SILENCED: ("moon", ""),
    EventKind.UNSILENCED: ("sun", ""),
    EventKind.ESCALATED: ("trending-up", "soon"),
    EventKind.CASE_OPENED: ("files", "action"),
    EventKind.CASE_ENDED: ("checkbox", "done"),
}


@login_required
@require_GET
def alarm_list(request: HttpRequest) -> HttpResponse:
    """Every alarm in the viewer's reach, whatever its source; stays fresh by itself."""
    viewer = reader_of(request)
    filters = AlarmFilterForm(request.GET, viewer=viewer)
    counts = selectors.count_open(viewer)
    query = request.GET.copy()
    query.pop("page", None)
    context = paged(request, selectors.list_alarms(viewer, filters.search())) | {
        "filters": filters,
        "columns": COLUMNS,
        "counts": [(level, level.label, counts[level]) for level in reversed(Level)],
        "unanswered": selectors.count_unanswered(viewer),
        "query": query.urlencode(),
        "export_url": f"{reverse('alarms:alarm-export')}?{query.urlencode()}",
        "may_handle": viewer.has_perm(permissions.HANDLE),
        "may_arrange": viewer.has_perm(permissions.ARRANGE),
        "assign": AssignForm(viewer=viewer),
        "tabs": tabs(viewer, "alarm-list"),
    }
    return render(request, "alarms/alarm_list.html", context)


@login_required
@require_POST
def alarm_bulk(request: HttpRequest) -> HttpResponse:
    """The same deed on the chosen rows; says per alarm what did not work."""
    viewer = reader_of(request)
    texts = request.POST.getlist("alarms")
    if not all(text.isascii() and text.isdecimal() and len(text) < 16 for text in texts):
        raise InvalidInput(_("所选告警无效"), field="alarms")
    form = AssignForm(request.POST, viewer=viewer)
    person = form.cleaned_data["assignee"] if form.is_valid() else None
    back = f"{reverse('alarms:alarm-list')}?{request.POST.get('back', '')}"
    try:
        outcomes = services.do_to_many(
            viewer,
            alarm_ids=[int(text) for text in texts],
            action=request.POST.get("action", ""),
            assignee=person,
        )
    except InvalidInput as error:
        messages.error(request, str(error))
        return redirect(back)
    _tell_outcomes(request, outcomes)
    return redirect(back)


def _tell_outcomes(request: HttpRequest, outcomes: list[services.BulkOutcome]) -> None:
    failed = [outcome for outcome in outcomes if outcome.error]
    done = len(outcomes) - len(failed)
    if done:
        messages.success(request, ngettext("已处理%(n)s条", "已处理%(n)s条", done) % {"n": done})
    for outcome in failed[:FAILURES_SHOWN]:
        messages.error(request, f"#{outcome.alarm_id}：{outcome.error}")
    if len(failed) > FAILURES_SHOWN:
        messages.error(request, _("另有%s条未能处理") % (len(failed) - FAILURES_SHOWN))


@login_required
@require_GET
def alarm_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet; audited."""
    viewer = reader_of(request)
    found = selectors.list_alarms(viewer, AlarmFilterForm(request.GET, viewer=viewer).search())
    found = found.select_related("handled_by")[:EXPORT_MOST]
    audit.record(
        viewer,
        "alarms.exported",
        object_type="alarms.alarm",
        data={"filters": {k: v for k, v in request.GET.items() if v}, "count": len(found)},
    )
    columns = [
        Column(_("编号"), lambda a: a.pk, 10),
        Column(_("级别"), lambda a: a.get_level_display(), 8),
        Column(_("告警"), lambda a: a.title, 20),
        Column(_("对象"), lambda a: a.about, 24),
        Column(_("对象编码"), lambda a: a.asset.code if a.asset else a.key, 20),
        Column(_("原因"), lambda a: a.sentence, 60),
        Column(_("状态"), lambda a: a.get_state_display(), 10),
        Column(_("来源"), lambda a: source_label(a.source), 14),
        Column(_("类别"), lambda a: kind_label(a.kind, a.title), 14),
        Column(_("所在区域"), lambda a: a.area.name if a.area else "", 16),
        Column(_("责任单位"), lambda a: a.unit.name if a.unit else "", 24),
        Column(_("次数"), lambda a: a.count, 8),
        Column(_("首次"), lambda a: a.first_at, 20),
        Column(_("最近"), lambda a: a.last_at, 20),
        Column(_("确认时间"), lambda a: a.acknowledged_at, 20),
        Column(_("处理人"), lambda a: a.assignee.display_name if a.assignee else "", 12),
        Column(_("处理结果"), lambda a: a.get_outcome_display(), 14),
        Column(_("处理说明"), lambda a: a.result, 40),
        Column(_("结束时间"), lambda a: a.ended_at, 20),
    ]
    note = _("%(name)s 于 %(at)s 导出") % {
        "name": viewer.display_name, "at": f"{clock.now():%Y-%m-%d %H:%M}",
    }  # fmt: skip
    return xlsx_response(f"{_('告警')}-{clock.today():%Y%m%d}", columns, found, note=note)


FORMS: dict[str, type[forms.Form]] = {
    "handle": HandleForm,
    "comment": CommentForm,
    "shelve": ShelveForm,
    "case": CaseForm,
}


@login_required
@require_GET
def alarm_detail(request: HttpRequest, alarm_id: int) -> HttpResponse:
    """One alarm: why, what happened since, what was like it, where it is."""
    return _page(request, selectors.get_alarm(reader_of(request), pk=alarm_id))


def _page(request: HttpRequest, alarm: Alarm, bound: forms.Form | None = None) -> HttpResponse:
    viewer = actor_of(request)
    shown = {name: made(auto_id=f"{name}_%s") for name, made in FORMS.items()}
    shown["assign"] = AssignForm(viewer=viewer, auto_id="assign_%s")
    for name, form in shown.items():
        if bound is not None and isinstance(bound, type(form)):
            shown[name] = bound
    running = open_clocks(services.SUBJECT, alarm.pk)
    rule = selectors.find_rule_behind(alarm)
    context = {
        "alarm": alarm,
        "forms": shown,
        "bound": bound,
        "events": [_told(event) for event in alarm.events.order_by("-pk")],
        "similar": selectors.list_similar(alarm),
        "related": selectors.list_related(viewer, alarm),
        "causes": selectors.probable_causes(viewer, alarm),
        "may_handle": permissions.can_handle(viewer, alarm),
        "may_arrange": permissions.can_arrange(viewer, alarm),
        "due_at": running[0].due_at if running else None,
        "facts": selectors.list_facts(alarm, rule),
        "rule": rule,
        "kind": kind_label(alarm.kind, alarm.title),
        "meaning": selectors.warning_level_of(alarm),
        "under": selectors.list_under(alarm) if alarm.is_outage else [],
        "panels": panels_of(viewer, alarm),
        "point": f"{alarm.point.x},{alarm.point.y}" if alarm.point else "",
        "beside": _beside(viewer, alarm),
        "warnings": selectors.list_of_alarm(alarm),
        "may_issue": permissions.can_issue(viewer),
        "found": selectors.show(found) if (found := selectors.find_discovery(alarm)) else None,
    }
    return render(request, "alarms/alarm_detail.html", context, status=422 if bound else 200)


def _beside(viewer: User, alarm: Alarm) -> list[tuple[str, str]]:
    """What other apps keep of the case it became, such as a work order; itself left out."""
    own = reverse("alarms:alarm-detail", args=[alarm.pk])
    found = links_beside(viewer, alarm.case) if alarm.case is not None else []
    return [(label, url) for label, url in found if url != own]


def _told(event: AlarmEvent) -> dict[str, Any]:
    icon, level = _ICONS.get(EventKind(event.kind), ("point", ""))
    return {
        "title": event.get_kind_display(), "at": event.at, "actor": event.by_name,
        "text": event.text, "icon": icon, "level": level,
    }  # fmt: skip


@login_required
@require_POST
def alarm_deed(request: HttpRequest, alarm_id: int, deed: str) -> HttpResponse:
    """One deed on one alarm, named by the address."""
    viewer = reader_of(request)
    here = redirect("alarms:alarm-detail", alarm_id)
    if deed == "acknowledge":
        tell(request, lambda: services.acknowledge(viewer, alarm_id=alarm_id), done=_("已确认"))
        return here
    if deed == "unshelve":
        done = _("已结束搁置")
        tell(request, lambda: services.unshelve(viewer, alarm_id=alarm_id), done=done)
        return here
    if deed == "take":
        deed_done = partial(services.assign, viewer, alarm_id=alarm_id, assignee=viewer)
        tell(request, deed_done, done=_("已由您处理"))
        return here
    return _filled_in(request, viewer, alarm_id, deed) or here


def _filled_in(request: HttpRequest, viewer: User, alarm_id: int, name: str) -> HttpResponse | None:
    """None where it was done."""
    auto_id = f"{name}_%s"
    if name == "assign":
        form: forms.Form = AssignForm(request.POST, viewer=viewer, auto_id=auto_id)
    elif name in FORMS:
        form = FORMS[name](request.POST, auto_id=auto_id)
    else:
        raise Http404
    if form.is_valid():
        said = form.cleaned_data
        deeds: dict[str, Callable[[], object]] = {
            "handle": lambda: services.handle(
                viewer, alarm_id=alarm_id, done=services.Handled(**said)
            ),
            "case": lambda: services.open_case_for(
                viewer, alarm_id=alarm_id, matter=said["matter"]
            ),
            "comment": lambda: services.comment(viewer, alarm_id=alarm_id, text=said["text"]),
            "assign": lambda: services.assign(viewer, alarm_id=alarm_id, assignee=said["assignee"]),
            "shelve": lambda: services.shelve(
                viewer,
                alarm_id=alarm_id,
                until=clock.now() + timedelta(hours=said["hours"]),
                reason=said["reason"],
            ),
        }
        if take(form, deeds[name]) is not None:
            messages.success(request, _("已保存"))
            return None
    return _page(request, selectors.get_alarm(viewer, pk=alarm_id), form)


@login_required
@require_GET
def alarm_latest(request: HttpRequest) -> JsonResponse:
    """The gravest level that waits for an answer, for the sound; 0: nothing waits.

    Asked again and again by every open page, so that somebody notices when beat has stopped.
    """
    viewer = reader_of(request)
    services.look_at_beat()
    waiting = selectors.list_waiting(viewer).filter(acknowledged_at__isnull=True)
    newest = waiting.order_by("-pk").values("pk", "level").first()
    answer = JsonResponse({"newest": newest, "count": selectors.count_unanswered(viewer)})
    answer["Cache-Control"] = "no-store"
    return answer
