"""The auditor's pages: search the log, save what was found, see whether it is whole."""

from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.audit import selectors, services
from apps.audit.forms import SearchForm
from apps.audit.models import AuditSeal
from apps.common.exports import Column, xlsx_response

PAGE_SIZE = 50

EXPORT_COLUMNS = [
    Column(_("时间"), lambda e: e.at, 18),
    Column(_("操作人"), lambda e: e.actor_name, 14),
    Column(_("动作"), lambda e: e.action, 26),
    Column(_("对象类型"), lambda e: e.object_type, 22),
    Column(_("对象编号"), lambda e: e.object_id, 12),
    Column(_("对象名称"), lambda e: e.object_label, 36),
    Column(_("内容"), lambda e: str(e.data) if e.data else "", 50),
    Column(_("来源地址"), lambda e: e.ip, 18),
    Column(_("请求编号"), lambda e: e.request_id, 34),
]


@require_GET
@login_required
@permission_required("audit.read_audit", raise_exception=True)
def entry_list(request: HttpRequest) -> HttpResponse:
    """Newest first, paged by the id of the last entry shown: no count of a big table."""
    form = SearchForm(request.GET)
    found = selectors.list_entries(_search(form))
    before = request.GET.get("before", "")
    if before.isdecimal():
        found = found.filter(pk__lt=int(before))
    entries = list(found[: PAGE_SIZE + 1])
    context = {
        "form": form,
        "entries": entries[:PAGE_SIZE],
        "next_before": entries[PAGE_SIZE - 1].pk if len(entries) > PAGE_SIZE else None,
        "query": _query(request, "before"),
        "last_seal": AuditSeal.objects.order_by("-number").first(),
    }
    return render(request, "audit/entry_list.html", context)


@require_GET
@login_required
@permission_required("audit.read_audit", raise_exception=True)
def entry_export(request: HttpRequest) -> HttpResponseBase:
    """The same search as an Excel file; the export is an entry itself."""
    form = SearchForm(request.GET)
    search = _search(form)
    response = xlsx_response(
        str(_("审计记录")), EXPORT_COLUMNS, selectors.list_entries(search).iterator()
    )
    asked = {name: str(value) for name, value in vars(search).items() if value}
    services.record(request.user, "audit.exported", object_type="audit.entry", data=asked)  # type: ignore[arg-type]  # login_required
    return response


def _search(form: SearchForm) -> selectors.Search:
    if not form.is_valid():
        return selectors.Search()
    return selectors.Search(**form.cleaned_data)


def _query(request: HttpRequest, *without: str) -> str:
    values: Any = request.GET.copy()
    for name in without:
        values.pop(name, None)
    return str(values.urlencode())
