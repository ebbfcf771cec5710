"""The board of clauses, what people add to it, findings and the monthly self-check."""

from collections.abc import Iterator
from typing import NamedTuple

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.audit import services as audit
from apps.common import clock, files
from apps.common.errors import InvalidInput, NotFound
from apps.common.exports import Column, xlsx_response
from apps.evidence import selectors, services
from apps.evidence.clauses import BY_CODE, Clause
from apps.evidence.enums import ClauseState
from apps.evidence.forms import FindingForm, FixForm, MonthForm, NoteForm
from apps.evidence.models import ClauseNote, Finding, SelfCheck
from apps.evidence.selectors import LEVELS, ShownClause
from apps.evidence.views.access import SEE_BOARD, holders_of

KEEP = "evidence.keep_board"
HISTORY_SHOWN = 40


class _Row(NamedTuple):
    shown: ShownClause
    label: str
    state: str
    text: str


COLUMNS = [
    Column(gettext_lazy("控制点"), lambda r: str(r.shown.clause.group), 16),
    Column(gettext_lazy("条款"), lambda r: r.shown.clause.number, 12),
    Column(gettext_lazy("要求"), lambda r: str(r.shown.clause.text), 36),
    Column(gettext_lazy("状态"), lambda r: r.shown.state.label, 12),
    Column(gettext_lazy("检查"), lambda r: r.label, 22),
    Column(gettext_lazy("检查结果"), lambda r: r.state, 12),
    Column(gettext_lazy("依据"), lambda r: r.text, 60),
    Column(gettext_lazy("人工说明"), lambda r: r.shown.note.note if r.shown.note else "", 40),
    Column(gettext_lazy("下次确认"), lambda r: r.shown.note.next_on if r.shown.note else None, 14),
]


@holders_of(SEE_BOARD)
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Every clause with what its checks say now; prints on paper as it is."""
    shown = selectors.show_board()
    counts = selectors.count_states(shown)
    context = {
        "clauses": shown,
        "tiles": [(s.label, counts[str(s)], LEVELS[s]) for s in ClauseState],
        "asked_at": clock.now(),
        "month": SelfCheck.objects.filter(month_on=clock.today().replace(day=1)).first(),
        "self_checks": SelfCheck.objects.select_related("done_by")[:12],
        "form": MonthForm() if actor_of(request).has_perm(KEEP) else None,
        "open_findings": Finding.objects.filter(fixed_at=None).count(),
    }
    return render(request, "evidence/board.html", context)


@holders_of(SEE_BOARD)
@require_GET
def board_export(request: HttpRequest) -> HttpResponseBase:
    """The board as an Excel file for the assessor; a row per check."""
    rows = list(_rows(selectors.show_board()))
    audit.record(
        actor_of(request), "board.exported", object_type="evidence.board", data={"rows": len(rows)}
    )
    return xlsx_response(str(_("等保合规看板")), COLUMNS, rows)


@holders_of(SEE_BOARD)
@require_http_methods(["GET", "POST"])
def clause_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One clause: its checks, how they changed, what people said; a form for the next word."""
    clause = _clause(code)
    form = NoteForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_note(actor_of(request), new=form.new(code))
        except InvalidInput as refusal:
            field = {"file": "upload"}.get(refusal.field or "", refusal.field)
            form.add_error(field if field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("已保存"))
            return redirect("evidence:clause-detail", code=code)
    shown = next(s for s in selectors.show_board() if s.clause.code == code)
    context = {
        "shown": shown,
        "clause": clause,
        "results": [
            (r, LEVELS[ClauseState(r.state)])
            for r in selectors.list_results(clause)[:HISTORY_SHOWN]
        ],
        "notes": ClauseNote.objects.filter(clause=code).select_related("noted_by", "file"),
        "form": form if actor_of(request).has_perm(KEEP) else None,
    }
    return render(
        request, "evidence/clause_detail.html", context, status=422 if form.errors else 200
    )


@holders_of(SEE_BOARD)
@require_GET
def note_file(request: HttpRequest, pk: int) -> FileResponse:
    note = get_object_or_404(ClauseNote.objects.exclude(file=None).select_related("file"), pk=pk)
    assert note.file is not None
    return files.file_response(note.file, download_name=note.file_name)


@holders_of(KEEP)
@require_POST
def month_close(request: HttpRequest) -> HttpResponse:
    """Signs off the self-check of this month."""
    form = MonthForm(request.POST)
    if form.is_valid():
        services.close_month(actor_of(request), note=form.cleaned_data["note"])
        messages.success(request, _("本月自查已完成"))
    else:
        messages.error(request, _("请填写自查结论（2至500字）"))
    return redirect("evidence:board")


@holders_of(SEE_BOARD)
@require_http_methods(["GET", "POST"])
def finding_list(request: HttpRequest) -> HttpResponse:
    """What must be mended, the most urgent first, and a form for one more."""
    may_keep = actor_of(request).has_perm(KEEP)
    people = selectors.list_keepable_people(actor_of(request))
    form = FindingForm(request.POST or None, people=people)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_finding(actor_of(request), new=form.new)
        except InvalidInput as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("已登记整改项"))
            return redirect("evidence:finding-list")
    context = {
        "open": Finding.objects.filter(fixed_at=None),
        "done": Finding.objects.exclude(fixed_at=None).order_by("-fixed_at")[:HISTORY_SHOWN],
        "form": form if may_keep else None,
        "fix_form": FixForm(auto_id="fix_%s"),
    }
    return render(
        request, "evidence/finding_list.html", context, status=422 if form.errors else 200
    )


@holders_of(KEEP)
@require_POST
def finding_close(request: HttpRequest, pk: int) -> HttpResponse:
    form = FixForm(request.POST)
    if form.is_valid():
        services.close_finding(actor_of(request), finding_id=pk, fix=form.cleaned_data["fix"])
        messages.success(request, _("整改已完成"))
    else:
        messages.error(request, _("请填写整改情况（2至500字）"))
    return redirect("evidence:finding-list")


def _clause(code: str) -> Clause:
    if code not in BY_CODE:
        raise NotFound(_("没有这个条款"))
    return BY_CODE[code]


def _rows(shown: list[ShownClause]) -> Iterator[_Row]:
    for one in shown:
        if not one.lines:
            yield _Row(one, "", "", "")
        for line in one.lines:
            yield _Row(one, line.label, str(ClauseState(line.state).label), line.text)
