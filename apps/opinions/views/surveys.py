"""Surveys as staff keep them: drafted in rows, published by another, read as figures."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of, any_right
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.common.exports import Column, xlsx_response
from apps.common.pages import status_of, take, tell
from apps.common.phrases import series
from apps.opinions import permissions, selectors, services
from apps.opinions.enums import PaperState, Way
from apps.opinions.forms import (
    InviteForm,
    LinksForm,
    NoteForm,
    SurveyForm,
    question_rows,
    questions_of,
)
from apps.opinions.models import Survey, SurveyVersion
from apps.opinions.questions import question_form
from apps.opinions.selectors import Result
from apps.opinions.views._staff import paper_list, sent_back

_DEEDS: dict[str, tuple[Callable[..., SurveyVersion], Any]] = {
    "submit": (services.submit_version, gettext_lazy("已送审，等待另一人发布")),
    "publish": (services.publish_version, gettext_lazy("已发布")),
}


@any_right(*permissions.PAPER_READERS)
@require_GET
def survey_list(request: HttpRequest) -> HttpResponse:
    """The surveys of the units, each by its last version."""
    return paper_list(request, selectors.list_surveys, page="survey-list")


@any_right(permissions.DRAFT)
@require_http_methods(["GET", "POST"])
def survey_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """The draft of a version: its words, its window, its questions in rows."""
    actor = actor_of(request)
    version = _last(selectors.get_survey(actor, pk)) if pk is not None else None
    if version is not None and version.state != PaperState.DRAFT:
        return redirect("opinions:survey-detail", pk=pk)
    posted = request.POST if request.method == "POST" else None
    form = SurveyForm(posted, units=selectors.draft_units(actor), version=version)
    rows = question_rows(version.questions if version is not None else {}, posted)
    if posted is not None and form.is_valid() & rows.is_valid():
        saved = take(form, lambda: _save(actor, form, rows, version))
        if saved is not None:
            messages.success(request, _("草稿已保存"))
            return redirect("opinions:survey-detail", pk=saved.survey_id)
    is_refused = posted is not None
    context = {"form": form, "rows": rows, "version": version}
    return render(request, "opinions/survey_edit.html", context, status=422 if is_refused else 200)


def _save(actor: User, form: SurveyForm, rows: Any, version: SurveyVersion | None) -> SurveyVersion:
    questions, problems = questions_of(rows)
    if problems:
        raise InvalidInput(series(problems))
    draft = form.draft(questions)
    if version is None:
        return services.draft_survey(actor, unit=form.cleaned_data["unit"], draft=draft)
    return services.edit_version(actor, version_id=version.pk, draft=draft)


@any_right(*permissions.PAPER_READERS)
@require_GET
def survey_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One survey: the version asked for, what came of it, what may be done next."""
    return _page(request, actor_of(request), pk)


def _page(
    request: HttpRequest,
    viewer: User,
    pk: int,
    *,
    note_form: NoteForm | None = None,
    links_form: LinksForm | None = None,
    invite_form: InviteForm | None = None,
) -> HttpResponse:
    survey = selectors.get_survey(viewer, pk)
    versions = list(survey.versions.order_by("-number"))
    wanted = request.GET.get("version", "")
    version = next((v for v in versions if str(v.number) == wanted), versions[0])
    drafts = permissions.holds_over(viewer, permissions.DRAFT, survey.unit_path)
    is_asked = any(v.state == PaperState.PUBLISHED and Way.LINK in v.ways for v in versions)
    context = {
        "survey": survey,
        "version": version,
        "versions": versions,
        "ways": series(str(Way(way).label) for way in version.ways),
        "phase": version.phase(clock.today()),
        "preview": question_form(version.questions),
        "results": selectors.results_of(version),
        "done": version.answers.filter(is_done=True).count(),
        "begun": version.answers.filter(is_done=False).count(),
        "links_n": survey.links.count(),
        "may_edit": drafts and versions[0].state == PaperState.DRAFT,
        "may_renew": drafts and versions[0].state == PaperState.PUBLISHED,
        "may_publish": versions[0].state == PaperState.SUBMITTED
        and permissions.can_publish(viewer, versions[0], survey.unit_path),
        "may_link": drafts and is_asked,
        "note_form": note_form or NoteForm(),
        "links_form": links_form or LinksForm(),
        "invite_form": invite_form or InviteForm(),
        "invited": survey.invites.count(),
        "sent": survey.invites.exclude(sent_at=None).count(),
    }
    status = status_of(note_form, links_form, invite_form)
    return render(request, "opinions/survey_detail.html", context, status=status)


def _last(survey: Survey) -> SurveyVersion:
    return survey.versions.order_by("-number")[0]


@any_right(*permissions.PAPER_READERS)
@require_POST
def deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Submit, send back, publish: of the last version."""
    actor = actor_of(request)
    version_id = _last(selectors.get_survey(actor, pk)).pk
    if deed == "send-back":
        note = sent_back(request, partial(services.send_back_version, actor, version_id=version_id))
        if note is not None:
            return _page(request, actor, pk, note_form=note)
        return redirect("opinions:survey-detail", pk=pk)
    if deed not in _DEEDS:
        raise Http404
    do, done = _DEEDS[deed]
    tell(request, lambda: do(actor, version_id=version_id), done=str(done))
    return redirect("opinions:survey-detail", pk=pk)


@any_right(permissions.DRAFT)
@require_POST
def next_version(request: HttpRequest, pk: int) -> HttpResponse:
    """Begins the next version and opens it."""
    tell(
        request,
        lambda: services.next_version(actor_of(request), survey_id=pk),
        done=_("已建立新版本草稿，原版本继续收集"),
    )
    return redirect("opinions:survey-edit", pk=pk)


@any_right(permissions.DRAFT)
@require_POST
def links(request: HttpRequest, pk: int) -> HttpResponseBase:
    """New links as a sheet, the only time they are shown."""
    actor, form = actor_of(request), LinksForm(request.POST)
    made = None
    if form.is_valid():
        made = take(form, lambda: services.make_links(actor, survey_id=pk, **form.cleaned_data))
    if made is None:
        return _page(request, actor, pk, links_form=form)
    rows = [
        request.build_absolute_uri(reverse("opinions-public:survey-link", args=[pk, token]))
        for token in made
    ]
    columns = [Column(_("专属链接（每个只能答一次）"), lambda url: url, 90)]
    return xlsx_response(f"{_('问卷链接')}-{pk}-{clock.today():%Y%m%d}", columns, rows)


@any_right(permissions.DRAFT)
@require_POST
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Citizens drawn by lot, each sent a link of their own by SMS."""
    actor, form = actor_of(request), InviteForm(request.POST)
    drawn = None
    if form.is_valid():
        drawn = take(form, lambda: services.invite(actor, survey_id=pk, sample=form.sample()))
    if drawn is None:
        return _page(request, actor, pk, invite_form=form)
    messages.success(request, _("已抽取 %d 人，将在 9 时至 20 时之间发送短信") % drawn)
    return redirect("opinions:survey-detail", pk=pk)


@any_right(*permissions.PAPER_READERS)
@require_GET
def results_export(request: HttpRequest, pk: int, number: int) -> HttpResponseBase:
    """What came of a version as a sheet, small groups hidden as on the page; audited."""
    viewer = actor_of(request)
    survey = selectors.get_survey(viewer, pk)
    version = survey.versions.filter(number=number).first()
    if version is None:
        raise NotFound(_("没有这个问卷版本"))
    audit.record_row(viewer, "survey.results_exported", survey, version=number)
    columns = [
        Column(_("题目"), lambda line: line[0], 40),
        Column(_("选项或文字"), lambda line: line[1], 50),
        Column(_("人数"), lambda line: line[2], 10),
        Column(_("占比（%）"), lambda line: line[3], 10),
    ]
    rows = (line for result in selectors.results_of(version) for line in _lines(result))
    return xlsx_response(f"{_('问卷结果')}-{pk}-v{number}-{clock.today():%Y%m%d}", columns, rows)


def _lines(result: Result) -> Iterator[tuple[str, str, Any, Any]]:
    hidden = _("少于5人，不显示")
    if result.answers is None:
        yield result.label, "", hidden, ""
        return
    yield result.label, _("作答人数"), result.answers, ""
    for cell in result.cells:
        share = "" if cell.share is None else round(cell.share, 1)
        yield result.label, cell.label, hidden if cell.count is None else cell.count, share
    for text in result.texts:
        yield result.label, text, "", ""
