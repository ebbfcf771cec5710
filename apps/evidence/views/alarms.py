"""Alarms: the list with its chart, one alarm with the entries it rests on, the rules."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.audit import services as audit
from apps.common.errors import InvalidInput, NotFound
from apps.common.exports import Column, xlsx_response
from apps.common.paging import page_of
from apps.evidence import permissions, selectors, services
from apps.evidence.forms import AlarmSearchForm, CloseForm, RuleForm
from apps.evidence.models import Alarm
from apps.evidence.selectors import AlarmSearch
from apps.evidence.views.access import holders_of
from apps.evidence.watching import KINDS

DAYS_CHARTED = 30
ENTRIES_SHOWN = 200
SET_RULES = "evidence.set_alarm_rules"

COLUMNS = [
    Column(gettext_lazy("编号"), lambda a: a.pk, 8),
    Column(gettext_lazy("告警时间"), lambda a: a.raised_at, 18),
    Column(gettext_lazy("规则"), lambda a: selectors.rule_label(a.rule.code), 22),
    Column(gettext_lazy("级别"), lambda a: a.get_severity_display(), 8),
    Column(gettext_lazy("对象"), lambda a: a.subject, 16),
    Column(gettext_lazy("原因"), selectors.explain, 60),
    Column(gettext_lazy("状态"), lambda a: a.get_state_display(), 10),
    Column(gettext_lazy("由谁处理"), lambda a: a.get_watch_display(), 14),
    Column(gettext_lazy("关闭人"), lambda a: str(a.closed_by or ""), 14),
    Column(gettext_lazy("结论"), lambda a: a.get_outcome_display(), 16),
    Column(gettext_lazy("说明"), lambda a: a.reason, 40),
]


@holders_of(permissions.HANDLE)
@require_GET
def alarm_list(request: HttpRequest) -> HttpResponse:
    """Alarms the viewer may read, filtered, with the last thirty days as a chart."""
    form = AlarmSearchForm(request.GET)
    found = selectors.list_alarms(actor_of(request), _search(form))
    page = page_of(found, request.GET)
    context = {
        "form": form,
        "page": page,
        "rows": [(alarm, selectors.explain(alarm)) for alarm in page.items],
        "labels": {code: kind.label for code, kind in KINDS.items()},
        "query": _query(request),
        "chart": _chart(selectors.list_alarms(actor_of(request))),
        "may_set": actor_of(request).has_perm(SET_RULES),
    }
    return render(request, "evidence/alarm_list.html", context)


@holders_of(permissions.HANDLE)
@require_GET
def alarm_export(request: HttpRequest) -> HttpResponseBase:
    """The same alarms as an Excel file; the export is an entry of the log itself."""
    found = selectors.list_alarms(actor_of(request), _search(AlarmSearchForm(request.GET)))
    rows = list(found)
    audit.record(
        actor_of(request), "alarms.exported", object_type="evidence.alarm", data={"rows": len(rows)}
    )
    return xlsx_response(str(_("安全告警")), COLUMNS, rows)


@holders_of(permissions.HANDLE)
@require_GET
def alarm_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, selectors.get_alarm(actor_of(request), pk), CloseForm())


@holders_of(permissions.HANDLE)
@require_POST
def alarm_see(request: HttpRequest, pk: int) -> HttpResponse:
    services.see_alarm(actor_of(request), alarm_id=pk)
    messages.success(request, _("已开始核查"))
    return redirect("evidence:alarm-detail", pk=pk)


@holders_of(permissions.HANDLE)
@require_POST
def alarm_close(request: HttpRequest, pk: int) -> HttpResponse:
    alarm = selectors.get_alarm(actor_of(request), pk)
    form = CloseForm(request.POST)
    if not form.is_valid():
        return _show(request, alarm, form, status=422)
    try:
        services.close_alarm(actor_of(request), alarm_id=pk, **form.cleaned_data)
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return _show(request, alarm, form, status=422)
    messages.success(request, _("告警已关闭"))
    return redirect("evidence:alarm-detail", pk=pk)


@holders_of(permissions.HANDLE)
@require_GET
def rule_list(request: HttpRequest) -> HttpResponse:
    services.seed_rules()
    context = {
        "rules": selectors.list_rules(),
        "may_set": actor_of(request).has_perm(SET_RULES),
    }
    return render(request, "evidence/rule_list.html", context)


@holders_of(SET_RULES)
@require_http_methods(["GET", "POST"])
def rule_edit(request: HttpRequest, code: str) -> HttpResponse:
    services.seed_rules()
    shown = next((s for s in selectors.list_rules() if s.kind.code == code), None)
    if shown is None:
        raise NotFound(_("没有这条告警规则"))
    initial = {name: getattr(shown.rule, name) for name in RuleForm.base_fields}
    form = RuleForm(request.POST or None, kind=shown.kind, initial=initial)
    if form.is_valid():
        try:
            services.set_rule(actor_of(request), code=code, wanted=form.wanted)
        except InvalidInput as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("已保存；审计管理员会收到这次修改的告警"))
            return redirect("evidence:rule-list")
    context = {"form": form, "shown": shown}
    return render(request, "evidence/rule_form.html", context, status=422 if form.errors else 200)


def _show(
    request: HttpRequest, alarm: Alarm, form: CloseForm, *, status: int = 200
) -> HttpResponse:
    entries = list(selectors.entries_of(alarm)[: ENTRIES_SHOWN + 1])
    context = {
        "alarm": alarm,
        "label": selectors.rule_label(alarm.rule.code),
        "reason": selectors.explain(alarm),
        "entries": entries[:ENTRIES_SHOWN],
        "has_more": len(entries) > ENTRIES_SHOWN,
        "may_handle": permissions.can_handle(actor_of(request), alarm) and alarm.closed_at is None,
        "form": form,
    }
    return render(request, "evidence/alarm_detail.html", context, status=status)


def _search(form: AlarmSearchForm) -> AlarmSearch:
    return AlarmSearch(**form.cleaned_data) if form.is_valid() else AlarmSearch()


def _query(request: HttpRequest) -> str:
    values = request.GET.copy()
    values.pop("page", None)
    return values.urlencode()


def _chart(found: object) -> dict[str, object]:
    days, series = selectors.alarms_by_day(found, days=DAYS_CHARTED)  # type: ignore[arg-type]
    labels = [f"{day:%m-%d}" for day in days]
    names = {code: str(selectors.rule_label(code)) for code in series}
    option = {
        "tooltip": {"trigger": "axis"},
        "legend": {"type": "scroll"},
        "xAxis": {"type": "category", "data": labels},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {"type": "bar", "stack": "all", "name": names[code], "data": counts}
            for code, counts in series.items()
        ],
    }
    columns = [
        {"key": "rule", "label": _("规则")},
        {"key": "n", "label": _("告警数"), "is_number": True},
    ]
    rows = [{"rule": names[code], "n": sum(counts)} for code, counts in series.items()]
    return {"option": option, "columns": columns, "rows": rows}
