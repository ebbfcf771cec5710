"""Collections as staff keep them: drafted, published, opinions decided, summary published."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of, any_right
from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.masking import mask_name, mask_phone
from apps.common.pages import paged, status_of, take, tell
from apps.common.personal import mask_personal
from apps.opinions import permissions, selectors, services
from apps.opinions.enums import PaperState, Phase
from apps.opinions.forms import (
    CollectionForm,
    DecideForm,
    NoteForm,
    OpinionFilterForm,
    PaperFilterForm,
    SummaryForm,
)
from apps.opinions.models import Collection, Opinion
from apps.opinions.views._staff import areas, paper_list, sent_back, sent_papers

_DEEDS: dict[str, tuple[Callable[..., Collection], Any]] = {
    "submit": (services.submit_collection, gettext_lazy("已送审，等待另一人发布")),
    "publish": (services.publish_collection, gettext_lazy("已发布")),
    "conclude": (services.publish_summary, gettext_lazy("采纳情况已公布")),
}


@any_right(*permissions.PAPER_READERS)
@require_GET
def collection_list(request: HttpRequest) -> HttpResponse:
    """What the units ask the public."""
    return paper_list(request, selectors.list_collections, page="collection-list")


@any_right(*permissions.PAPER_READERS)
@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet; audited."""
    viewer = actor_of(request)
    rows = selectors.list_collections(viewer, **PaperFilterForm(request.GET).wanted())
    audit.record(viewer, "collections.exported", data={"count": rows.count()})
    columns = [
        Column(_("标题"), lambda c: c.title, 40),
        Column(_("征集单位"), lambda c: c.unit.name, 24),
        Column(_("状态"), lambda c: c.get_state_display(), 16),
        Column(_("开始日期"), lambda c: c.opens_on, 12),
        Column(_("截止日期"), lambda c: c.closes_on, 12),
        Column(_("意见数"), lambda c: c.opinions_n, 10),
        Column(_("待处理"), lambda c: c.pending_n, 10),
    ]
    return xlsx_response(f"{_('意见征集')}-{clock.today():%Y%m%d}", columns, rows.iterator(2000))


@any_right(permissions.DRAFT)
@require_http_methods(["GET", "POST"])
def collection_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """The draft of a notice, new or begun."""
    actor = actor_of(request)
    row = selectors.get_collection(actor, pk) if pk is not None else None
    if row is not None and row.state != PaperState.DRAFT:
        return redirect("opinions:collection-detail", pk=row.pk)
    form = CollectionForm(
        request.POST if request.method == "POST" else None,
        units=selectors.draft_units(actor),
        areas=areas(),
        row=row,
    )
    if form.is_bound and form.is_valid():
        saved = take(form, lambda: _save(request, actor, form, row))
        if saved is not None:
            messages.success(request, _("草稿已保存"))
            return redirect("opinions:collection-detail", pk=saved.pk)
    context = {
        "form": form,
        "collection": row,
        "files": list(row.files.all()) if row is not None else [],
    }
    return render(request, "opinions/collection_edit.html", context, status=status_of(form))


def _save(
    request: HttpRequest, actor: User, form: CollectionForm, row: Collection | None
) -> Collection:
    papers = sent_papers(request, "files")
    if row is None:
        unit = form.cleaned_data["unit"]
        return services.draft_collection(actor, unit=unit, notice=form.notice(), files=papers)
    dropped = [int(key) for key in request.POST.getlist("drop") if key.isascii() and key.isdigit()]
    return services.edit_collection(
        actor, collection_id=row.pk, notice=form.notice(), files=papers, dropped=dropped
    )


@any_right(*permissions.PAPER_READERS)
@require_GET
def collection_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One collection: the notice, the opinions, what may be done next."""
    return _page(request, actor_of(request), pk)


def _page(
    request: HttpRequest,
    viewer: User,
    pk: int,
    *,
    decide_form: DecideForm | None = None,
    note_form: NoteForm | None = None,
    summary_form: SummaryForm | None = None,
) -> HttpResponse:
    row = selectors.get_collection(viewer, pk)
    filters = OpinionFilterForm(request.GET, auto_id="f_%s")  # beside other forms
    found = selectors.list_opinions(row, **filters.wanted())
    context = paged(request, found)
    context["rows"] = [shown(opinion) for opinion in context["rows"]]
    context |= _may(viewer, row) | {
        "collection": row,
        "files": list(row.files.all()),
        "filters": filters,
        "tally": selectors.tally_of(row),
        "themes": selectors.themes_of(row),
        "phase": row.phase(clock.today()),
        "decide_form": decide_form or DecideForm(),
        "note_form": note_form or NoteForm(),
        "summary_form": summary_form or SummaryForm(initial={"summary": row.summary}),
    }
    status = status_of(decide_form, note_form, summary_form)
    return render(request, "opinions/collection_detail.html", context, status=status)


def _may(viewer: User, row: Collection) -> dict[str, bool]:
    drafts = permissions.holds_over(viewer, permissions.DRAFT, row.unit_path)
    publishes = permissions.can_publish(viewer, row, row.unit_path)
    is_out, is_over = row.state == PaperState.PUBLISHED, row.phase(clock.today()) == Phase.OVER
    holds = permissions.holds_over(viewer, permissions.PUBLISH, row.unit_path)
    return {
        "may_edit": drafts and row.state == PaperState.DRAFT,
        "may_publish": publishes and row.state == PaperState.SUBMITTED,
        "may_decide": drafts and is_out,
        "may_summarise": drafts and is_out and is_over,
        "may_conclude": holds
        and is_out
        and is_over
        and bool(row.summary)
        and row.summary_by_id != viewer.pk,
    }


def shown(opinion: Opinion) -> Opinion:
    """Will cover who wrote an opinion, and personal numbers in what they wrote."""
    opinion.text = mask_personal(opinion.text)
    opinion.name = mask_name(opinion.name)
    opinion.phone = mask_phone(opinion.phone)
    return opinion


@any_right(*permissions.PAPER_READERS)
@require_POST
def deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Submit, send back, publish, write the summary, publish the summary."""
    actor = actor_of(request)
    selectors.get_collection(actor, pk)
    if deed == "send-back":
        note = sent_back(request, partial(services.send_back_collection, actor, collection_id=pk))
        if note is not None:
            return _page(request, actor, pk, note_form=note)
        return redirect("opinions:collection-detail", pk=pk)
    if deed == "summary":
        words = SummaryForm(request.POST)
        if (
            words.is_valid()
            and take(
                words, lambda: services.write_summary(actor, collection_id=pk, **words.cleaned_data)
            )
            is not None
        ):
            messages.success(request, _("已保存，等待另一人公布"))
            return redirect("opinions:collection-detail", pk=pk)
        return _page(request, actor, pk, summary_form=words)
    if deed not in _DEEDS:
        raise Http404
    do, done = _DEEDS[deed]
    tell(request, lambda: do(actor, collection_id=pk), done=str(done))
    return redirect("opinions:collection-detail", pk=pk)


@any_right(permissions.DRAFT)
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Sorts the chosen opinions and says what becomes of them."""
    actor = actor_of(request)
    form = DecideForm(request.POST, chosen=request.POST.getlist("opinions"))
    if form.is_valid():
        d = form.cleaned_data
        changed = take(
            form,
            lambda: services.decide_opinions(
                actor,
                collection_id=pk,
                opinion_ids=d["opinions"],
                theme=d["theme"],
                adoption=d["adoption"],
                reason=d["reason"],
            ),
        )
        if changed is not None:
            messages.success(request, _("已处理%d条意见") % changed)
            return redirect("opinions:collection-detail", pk=pk)
    return _page(request, actor, pk, decide_form=form)


@any_right(*permissions.PAPER_READERS)
@require_GET
def opinions_export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The opinions as a sheet, their writers covered; audited."""
    viewer = actor_of(request)
    row = selectors.get_collection(viewer, pk)
    found = selectors.list_opinions(row, **OpinionFilterForm(request.GET).wanted())
    audit.record_row(viewer, "opinions.exported", row, count=found.count())
    columns = [
        Column(_("提交时间"), lambda o: o.at, 20),
        Column(_("意见"), lambda o: o.text, 80),
        Column(_("称呼"), lambda o: o.name, 10),
        Column(_("归类"), lambda o: o.theme, 20),
        Column(_("采纳情况"), lambda o: o.get_adoption_display(), 12),
        Column(_("理由"), lambda o: o.reason, 40),
        Column(_("处理人"), lambda o: o.decided_by_name, 12),
    ]
    rows = (shown(opinion) for opinion in found.iterator(2000))
    return xlsx_response(f"{_('市民意见')}-{row.pk}-{clock.today():%Y%m%d}", columns, rows)
