"""Piles of cases: to look through, to act on several at once, to take along."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.approvals import services as approvals
from apps.accounts.approvals.forms import ReasonForm
from apps.accounts.approvals.selectors import approved_for
from apps.accounts.assurance.demands import require
from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotAllowed
from apps.common.exports import xlsx_response
from apps.common.paging import page_of
from apps.matters import exporting, permissions, selectors, services
from apps.matters.definition import definition_of
from apps.matters.forms import CaseFilterForm
from apps.matters.models import Case
from apps.matters.registry import extension_of
from apps.matters.views.requests import viewer_of

#: What a queue can show; the viewer chooses among them.
COLUMNS = [
    {"key": "remaining", "label": gettext_lazy("剩余时间")},
    {"key": "state", "label": gettext_lazy("状态")},
    {"key": "case", "label": gettext_lazy("案件"), "is_fixed": True},
    {"key": "class", "label": gettext_lazy("分类")},
    {"key": "area", "label": gettext_lazy("区域")},
    {"key": "unit", "label": gettext_lazy("承办单位")},
    {"key": "reporter", "label": gettext_lazy("反映人")},
    {"key": "channel", "label": gettext_lazy("来源"), "is_optional": True},
    {"key": "opened", "label": gettext_lazy("登记时间")},
]


@login_required
@require_GET
def queue(request: HttpRequest, code: str) -> HttpResponse:
    """One queue: piles with capped counts, filters, the page of rows."""
    viewer = viewer_of(request)
    found = selectors.find_queue(viewer, code)
    tab = found.tab(request.GET.get("tab", ""))
    filters = CaseFilterForm(request.GET, viewer=viewer)
    page = page_of(filters.apply(selectors.list_queue(viewer, found, tab)), request.GET)
    counts = selectors.count_tabs(viewer, found)
    query = _without(request.GET, "page")
    context = {
        "queue": found,
        "tab": tab,
        "tab_items": [
            {
                "label": t.label,
                "url": f"?tab={t.code}",
                "current": t.code == tab.code,
                "count": counts.get(t.code),
            }
            for t in found.tabs
        ],
        "preference_name": f"queue-{found.code}",
        "columns": COLUMNS,
        "filters": filters,
        "rows": [_row(case) for case in page.items],
        "bulk_actions": _bulk_actions(found, tab),
        "export_url": _export_url(found, query) if permissions.can_export(viewer) else "",
        "query": query,
        "previous_url": f"?{query}&page={page.number - 1}" if page.has_previous else "",
        "next_url": f"?{query}&page={page.number + 1}" if page.has_next else "",
        "page_summary": _("第%(first)s至%(last)s件")
        % {"first": page.first_row, "last": page.first_row + len(page.items) - 1},
    }
    return render(request, "matters/queue.html", context)


def _export_url(queue: selectors.Queue, query: str) -> str:
    return f"{reverse('matters:queue-export', kwargs={'code': queue.code})}?{query}"


def _row(case: Case) -> dict[str, Any]:
    definition = definition_of(case.version_id, case.version.body)
    extension = extension_of(case.matter_type.code)
    return {
        "case": case,
        "state": definition.state(case.state),
        "reporter": extension.reporter_name(case),
        "marks": extension.marks(case),
    }


def _bulk_actions(queue: selectors.Queue, tab: selectors.Tab) -> list[tuple[str, str]]:
    offered = {
        ("routing", "waiting"): [("dispatch", _("按规则建议派单"))],
        ("unit", "waiting"): [("sign", _("批量签收"))],
    }
    if queue.code == "oversight" and not tab.ended:
        return [("urge", _("批量催办")), ("supervise", _("批量督办"))]
    return offered.get((queue.code, tab.code), [])


def _without(query: QueryDict, *names: str) -> str:
    kept = query.copy()
    for name in names:
        kept.pop(name, None)
    return kept.urlencode()


@login_required
@require_POST
def queue_bulk(request: HttpRequest, code: str) -> HttpResponse:
    """The same deed on the chosen rows; says per case what did not work."""
    viewer = viewer_of(request)
    found = selectors.find_queue(viewer, code)
    do_to_many(request, viewer)
    target = request.POST.get("back", "")
    return redirect(f"{_queue_url(found.code)}?{target}" if target else _queue_url(found.code))


def do_to_many(request: HttpRequest, viewer: User) -> None:
    """Will do the posted action to the chosen cases and leave a message for what happened."""
    try:
        ids = [int(raw) for raw in request.POST.getlist("cases")]
    except ValueError as error:
        raise InvalidInput(_("所选案件无效"), field="cases") from error
    outcomes = services.perform_many(
        viewer, case_ids=ids, action=request.POST.get("action", ""), data=request.POST
    )
    failed = [o for o in outcomes if o.error]
    done = len(outcomes) - len(failed)
    if done:
        messages.success(request, ngettext("已处理%(n)s件", "已处理%(n)s件", done) % {"n": done})
    for outcome in failed[:10]:
        messages.error(request, f"{outcome.case.number}：{outcome.error}")
    if len(failed) > 10:
        messages.error(request, _("另有%s件未能处理") % (len(failed) - 10))


def _queue_url(code: str) -> str:
    return reverse("matters:queue", kwargs={"code": code})


@login_required
@permission_required("matters.export_cases", raise_exception=True)
@require_GET
def queue_export(request: HttpRequest, code: str) -> HttpResponseBase:
    """Exactly what the queue shows, as xlsx; masked as on the page; audited.

    More cases than one person exports alone lead to the page that asks for another's leave;
    ``approved`` in the address names the leave once it is given.
    """
    require(request, "personal.export")
    viewer = viewer_of(request)
    found = selectors.find_queue(viewer, code)
    wanted = exporting.wanted_of(viewer, found, request.GET)
    approved = request.GET.get("approved", "")
    if approved.isdecimal():
        change = approved_for(viewer, act=exporting.EXPORT_CASES, change_id=int(approved))
        _require_same(change.payload, wanted)
        checker = change.checker.display_name if change.checker else ""
        cases = exporting.approved_cases(wanted, change.payload)
        return _sheet(viewer, wanted, cases, checker=checker)
    if wanted.is_many:
        address = reverse("matters:queue-export-request", kwargs={"code": code})
        return redirect(f"{address}?{_without(request.GET, 'page')}")
    return _sheet(viewer, wanted, wanted.cases[: exporting.EXPORT_MOST])


@login_required
@permission_required("matters.export_cases", raise_exception=True)
def queue_export_request(request: HttpRequest, code: str) -> HttpResponse:
    """Asks what so many cases are for, and files the export for another's leave."""
    viewer = viewer_of(request)
    wanted = exporting.wanted_of(viewer, selectors.find_queue(viewer, code), request.GET)
    form = ReasonForm(request.POST or None)
    form.fields["reason"].label = _("导出用途")
    if request.method == "POST" and form.is_valid():
        require(request, "personal.export")
        try:
            proposal = exporting.proposal_of(viewer, wanted)
            change = approvals.file_change(viewer, proposal=proposal, **form.cleaned_data)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("已提交，由另一人复核后可下载。"))
            return redirect("accounts:approval-detail", change.pk)
    context = {
        "queue": wanted.queue,
        "tab": wanted.tab,
        "limit": settings.EXPORT_ALONE_LIMIT,
        "form": form,
        "back": f"{_queue_url(code)}?{_without(request.GET, 'page')}",
    }
    return render(request, "matters/queue_export_request.html", context)


def _require_same(payload: dict[str, Any], wanted: exporting.Wanted) -> None:
    """The leave is for this pile under these filters, not for another."""
    if (payload["queue"], payload["tab"], payload["query"]) != (
        wanted.queue.code,
        wanted.tab.code,
        wanted.query,
    ):
        raise NotAllowed(_("下载的范围与批准的不一致。"))


def _sheet(
    viewer: User, wanted: exporting.Wanted, cases: QuerySet[Case], *, checker: str = ""
) -> HttpResponseBase:
    data = {"tab": wanted.tab.code, "filters": wanted.query}
    audit.record(
        viewer,
        "cases.exported",
        object_type="queue",
        object_id=wanted.queue.code,
        object_label=str(wanted.queue.label),
        data=data | {"checker": checker} if checker else data,
    )
    name = f"{wanted.queue.label}-{wanted.tab.label}-{clock.today():%Y%m%d}.xlsx"
    note = exporting.watermark(viewer, checker)
    return xlsx_response(
        name, exporting.export_columns(), cases.iterator(chunk_size=500), note=note
    )
