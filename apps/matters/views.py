"""Queues, the case page, and doing things to a case. HTTP in, one service call, HTTP out."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.audit import services as audit
from apps.clocks import selectors as clock_reads
from apps.common import clock, files
from apps.common.errors import DomainError, InvalidInput
from apps.common.exports import xlsx_response
from apps.common.paging import page_of
from apps.matters import permissions, selectors, services
from apps.matters.actions import get_action
from apps.matters.clockwork import SUBJECT
from apps.matters.definition import definition_of
from apps.matters.enums import LinkKind
from apps.matters.errors import CaseMoved
from apps.matters.exporting import EXPORT_MOST, export_columns
from apps.matters.forms import CaseFilterForm, LinkForm
from apps.matters.models import Case, CaseAttachment
from apps.matters.registry import extension_of
from apps.matters.routing import read_proposal

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


def _viewer(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@login_required
@require_GET
def queue(request: HttpRequest, code: str) -> HttpResponse:
    """One queue: piles with capped counts, filters, the page of rows."""
    viewer = _viewer(request)
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
    return {
        "case": case,
        "state": definition.state(case.state),
        "reporter": extension_of(case.matter_type.code).reporter_name(case),
    }


def _bulk_actions(queue: selectors.Queue, tab: selectors.Tab) -> list[tuple[str, str]]:
    offered = {
        ("routing", "waiting"): [("dispatch", _("按规则建议派单"))],
        ("unit", "waiting"): [("sign", _("批量签收"))],
        ("oversight", "late"): [("urge", _("批量催办"))],
        ("oversight", "soon"): [("urge", _("批量催办"))],
    }
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
    viewer = _viewer(request)
    found = selectors.find_queue(viewer, code)
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
    target = request.POST.get("back", "")
    return redirect(f"{_queue_url(found.code)}?{target}" if target else _queue_url(found.code))


def _queue_url(code: str) -> str:
    return reverse("matters:queue", kwargs={"code": code})


@login_required
@permission_required("matters.export_cases", raise_exception=True)
@require_GET
def queue_export(request: HttpRequest, code: str) -> HttpResponseBase:
    """Exactly what the queue shows, as xlsx; masked as on the page; audited."""
    viewer = _viewer(request)
    found = selectors.find_queue(viewer, code)
    tab = found.tab(request.GET.get("tab", ""))
    filters = CaseFilterForm(request.GET, viewer=viewer)
    cases = filters.apply(selectors.list_queue(viewer, found, tab))[:EXPORT_MOST]
    audit.record(
        viewer,
        "cases.exported",
        object_type="queue",
        object_id=found.code,
        object_label=str(found.label),
        data={"tab": tab.code, "filters": _without(request.GET, "page", "tab")},
    )
    name = f"{found.label}-{tab.label}-{clock.today():%Y%m%d}.xlsx"
    return xlsx_response(name, export_columns(), cases.iterator(chunk_size=500))


@login_required
@require_GET
def case_detail(request: HttpRequest, case_id: int) -> HttpResponse:
    """The case page: what is known on the left, what to do on the right, history below."""
    viewer = _viewer(request)
    case = selectors.get_case(viewer, case_id=case_id)
    return render(request, "matters/case_detail.html", _page_context(request, viewer, case))


def _page_context(request: HttpRequest, viewer: User, case: Case) -> dict[str, Any]:
    definition = definition_of(case.version_id, case.version.body)
    offered = selectors.offered_actions(viewer, case)
    extension = extension_of(case.matter_type.code)
    clocks = clock_reads.clocks_of(SUBJECT, [case.pk])[case.pk]
    return {
        "case": case,
        "state": definition.state(case.state),
        "definition": definition,
        "main_actions": [a for a in offered if a.style == "primary"],
        "other_actions": [a for a in offered if a.style != "primary"],
        "panel": extension.panel(request, case),
        "panel_template": extension.panel_template,
        "timeline": list(selectors.list_timeline(case)),
        "attachments": list(selectors.list_attachments(case)),
        "tasks": list(case.tasks.select_related("unit", "person").order_by("-id")),
        "requests": list(case.requests.select_related("unit").order_by("-id")),
        "orders": list(case.orders.order_by("-id")),
        "evaluations": list(case.evaluations.order_by("id")),
        "links": _links(viewer, case),
        "link_form": LinkForm(),
        "clocks": [(c, clock_reads.remaining(c), clock_reads.explain(c)) for c in clocks],
        "proposal": read_proposal(case),
    }


def _links(viewer: User, case: Case) -> list[dict[str, Any]]:
    seen = selectors.visible_cases(viewer)
    rows: list[dict[str, Any]] = [
        {"label": link.get_kind_display(), "case": link.target}
        for link in case.links_out.select_related("target").order_by("id")
    ]
    for link in case.links_in.select_related("source").order_by("id"):
        label = _("被其%(kind)s") % {"kind": link.get_kind_display()}
        rows.append({"label": label, "case": link.source})
    allowed = set(seen.filter(pk__in=[r["case"].pk for r in rows]).values_list("pk", flat=True))
    return [r for r in rows if r["case"].pk in allowed]


@login_required
@require_http_methods(["GET", "POST"])
def case_action(request: HttpRequest, case_id: int, action: str) -> HttpResponse:
    """One action: GET shows its form, POST does it. A refusal keeps what was typed."""
    viewer = _viewer(request)
    case = selectors.get_case(viewer, case_id=case_id)
    offered = {a.code: a for a in selectors.offered_actions(viewer, case)}
    if action not in offered and request.method == "GET":
        messages.error(request, _("案件状态已变化，该操作已不可用"))
        return redirect("matters:case-detail", case_id=case.pk)
    verb = get_action(action) if action in offered else None
    problem: DomainError | None = None
    if request.method == "POST":
        try:
            outcome = services.perform(
                viewer,
                case_id=case.pk,
                action=action,
                data=request.POST,
                expected_version=_version(request.POST.get("version", "")),
                key=request.POST.get("key") or None,
                files=_store(request),
            )
        except DomainError as error:
            problem = error
            if verb is None:
                verb = get_action(action)
            case.refresh_from_db()
        else:
            messages.success(request, _("%(label)s：已完成") % {"label": outcome.event.label})
            return redirect("matters:case-detail", case_id=case.pk)
    assert verb is not None
    definition = definition_of(case.version_id, case.version.body)
    form = verb.form_class(
        request.POST if request.method == "POST" else None,
        case=case,
        actor=viewer,
        definition=definition,
    )
    context = _page_context(request, viewer, case) | {
        "action": offered.get(action),
        "action_code": action,
        "action_label": offered[action].label if action in offered else str(verb.label),
        "takes_files": verb.files_as is not None,
        "form": form,
        "problem": problem,
        "is_stale": isinstance(problem, CaseMoved),
        "key": request.POST.get("key") or uuid.uuid4().hex,
    }
    return render(
        request, "matters/case_action.html", context, status=problem.status if problem else 200
    )


def _version(raw: str) -> int | None:
    return int(raw) if raw.isdigit() else None


def _store(request: HttpRequest) -> list[services.NewFile]:
    return [
        services.NewFile(files.store(upload), upload.name or "")
        for upload in request.FILES.getlist("files")
    ]


@login_required
@require_POST
def case_link(request: HttpRequest, case_id: int) -> HttpResponse:
    """Relates the case to another one named by its receipt number."""
    viewer = _viewer(request)
    case = selectors.get_case(viewer, case_id=case_id)
    form = LinkForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写受理编号"))
        return redirect("matters:case-detail", case_id=case.pk)
    try:
        target = selectors.get_case(viewer, number=form.cleaned_data["number"].strip())
        services.link_cases(
            viewer,
            source_id=case.pk,
            target_id=target.pk,
            kind=LinkKind(form.cleaned_data["kind"]),
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("已关联%s") % target.number)
    return redirect("matters:case-detail", case_id=case.pk)


@login_required
@require_GET
def attachment(request: HttpRequest, case_id: int, attachment_id: int) -> FileResponse:
    """A file of a case, for whoever may see the case; ``?thumbnail=1`` the small picture."""
    case = selectors.get_case(_viewer(request), case_id=case_id)
    found = get_object_or_404(
        CaseAttachment.objects.select_related("file"), case=case, pk=attachment_id
    )
    return files.file_response(
        found.file, download_name=found.name, thumbnail="thumbnail" in request.GET
    )


@login_required
@require_GET
def case_print(request: HttpRequest, case_id: int) -> HttpResponse:
    """The dossier: the whole case on paper."""
    viewer = _viewer(request)
    case = selectors.get_case(viewer, case_id=case_id)
    audit.record(
        viewer, "case.printed", object_type="case", object_id=case.pk, object_label=str(case)
    )
    return render(request, "matters/case_print.html", _page_context(request, viewer, case))
