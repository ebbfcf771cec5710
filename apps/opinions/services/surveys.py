"""Surveys and their versions (问卷调查, PT-08). A published version never changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.audit.services import changes, document_changes, record_row, snapshot
from apps.common import clock, tokens
from apps.common.errors import InvalidInput, NotFound
from apps.common.phrases import series
from apps.common.texts import clean_text
from apps.opinions import permissions
from apps.opinions.enums import PaperState, Way
from apps.opinions.models import Survey, SurveyLink, SurveyVersion
from apps.opinions.questions import check_questions
from apps.opinions.services import papers

TITLE_MAX, INTRO_MAX, LINKS_AT_ONCE = 80, 5000, 500
_SAID = ("title", "intro", "ways", "opens_on", "closes_on")


@dataclass(frozen=True)
class Draft:
    """What a version asks. questions: see ``opinions.questions``. ways: of ``Way``."""

    title: str
    intro: str
    ways: Sequence[str]
    opens_on: date
    closes_on: date
    questions: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def draft_survey(actor: User, *, unit: Organization, draft: Draft) -> SurveyVersion:
    """Will begin a survey of a unit with its first version. Audited.

    Raises: NotAllowed; InvalidInput (title, intro, ways, closes_on, questions, unit).
    """
    papers.require_draft(actor, unit)
    survey = Survey.objects.create(
        tenant_id=unit.tenant_id, unit=unit, unit_path=unit.path, created_at=clock.now()
    )
    return _add_version(actor, survey, 1, draft)


@transaction.atomic
def next_version(actor: User, *, survey_id: int) -> SurveyVersion:
    """Will begin the next version with the words of the last; the draft there is, if there is.

    Answers stay with the version they were given to. Audited. Raises: NotFound; NotAllowed.
    """
    survey = lock_survey(actor, survey_id)
    papers.require_draft(actor, survey.unit)
    last = survey.versions.order_by("-number")[0]
    if last.state in (PaperState.DRAFT, PaperState.SUBMITTED):
        return last
    closes_on = max(last.closes_on, clock.today())
    draft = Draft(
        last.title, last.intro, last.ways, min(last.opens_on, closes_on), closes_on, last.questions
    )
    return _add_version(actor, survey, last.number + 1, draft)


@transaction.atomic
def edit_version(actor: User, *, version_id: int, draft: Draft) -> SurveyVersion:
    """Will change a draft; whoever does is its author. The same again changes nothing. Audited.

    Raises: NotFound; NotAllowed; PaperMoved (it is published); InvalidInput.
    """
    version = _lock(actor, version_id)
    papers.require_draft(actor, version.survey.unit)
    papers.require_state(version, PaperState.DRAFT)
    before, asked = snapshot(version, *_SAID), version.questions
    _fill(version, draft)
    version.author = actor
    version.save()
    told = changes(before, snapshot(version, *_SAID))
    if told["before"] != told["after"] or asked != version.questions:
        about = document_changes(asked, version.questions)
        record_row(actor, "surveyversion.edited", version, **told, questions=about)
    return version


@transaction.atomic
def submit_version(actor: User, *, version_id: int) -> SurveyVersion:
    """Will hand a draft to a second person. Audited. Raises: NotFound; NotAllowed; PaperMoved."""
    version = _lock(actor, version_id)
    url = f"/opinions/surveys/{version.survey_id}/"
    papers.submit(actor, version, version.survey.unit, url=url, title=version.title)
    return version


@transaction.atomic
def send_back_version(actor: User, *, version_id: int, note: str) -> SurveyVersion:
    """Will give it back to its author. Audited. Raises: as ``papers.send_back``; NotFound."""
    version = _lock(actor, version_id)
    papers.send_back(actor, version, version.survey.unit, note=note)
    return version


@transaction.atomic
def publish_version(actor: User, *, version_id: int) -> SurveyVersion:
    """Will ask this version from now on; the one before is retired with its answers. Audited.

    Raises: NotFound; NotAllowed (no second person); PaperMoved; InvalidInput (window over).
    """
    version = _lock(actor, version_id)
    papers.require_second(actor, version, version.survey.unit)
    papers.require_state(version, PaperState.SUBMITTED)
    for earlier in version.survey.versions.filter(state=PaperState.PUBLISHED):
        papers.move(actor, "retired", earlier, state=PaperState.RETIRED)
    papers.publish(actor, version, version.survey.unit)
    return version


@transaction.atomic
def make_links(actor: User, *, survey_id: int, count: int) -> list[str]:
    """Will make addresses good for one answer each and give their tokens, shown this once.

    count: 1-500. Audited by number. Raises: NotFound; NotAllowed; InvalidInput (count; the
    version in force does not take links).
    """
    survey = lock_survey(actor, survey_id)
    permissions.require_over(actor, permissions.DRAFT, survey.unit_path)
    if count not in range(1, LINKS_AT_ONCE + 1):
        raise InvalidInput(_("一次可生成 1 至 %d 个链接") % LINKS_AT_ONCE, field="count")
    version = survey.versions.filter(state=PaperState.PUBLISHED).first()
    if version is None or Way.LINK not in version.ways:
        raise InvalidInput(_("已发布的版本没有开放专属链接"), field="count")
    made = [tokens.new_token() for _number in range(count)]
    moment = clock.now()
    SurveyLink.objects.bulk_create(
        [SurveyLink(survey=survey, token_hash=tokens.digest(t), made_at=moment) for t in made]
    )
    record_row(actor, "survey.links_made", survey, count=count)
    return made


def _add_version(actor: User, survey: Survey, number: int, draft: Draft) -> SurveyVersion:
    version = SurveyVersion(survey=survey, number=number, author=actor)
    _fill(version, draft)
    version.save()
    told = changes({}, snapshot(version, *_SAID))
    record_row(actor, "surveyversion.drafted", version, **told)
    return version


def _fill(version: SurveyVersion, draft: Draft) -> None:
    version.title = clean_text(draft.title, "title", _("标题"), most=TITLE_MAX)
    version.intro = draft.intro.replace("\x00", "").strip()
    if len(version.intro) > INTRO_MAX:
        raise InvalidInput(_("说明不能超过%d个字") % INTRO_MAX, field="intro")
    papers.check_window(draft.opens_on, draft.closes_on)
    version.opens_on, version.closes_on = draft.opens_on, draft.closes_on
    ways = [way for way in Way.values if way in draft.ways]
    if not ways or set(draft.ways) - set(Way.values):
        raise InvalidInput(_("请至少选择一种参与方式"), field="ways")
    problems = check_questions(draft.questions)
    if problems:
        raise InvalidInput(series(problems[:3]), field="questions")
    version.ways, version.questions = ways, dict(draft.questions)


def _lock(actor: User, version_id: int) -> SurveyVersion:
    """The survey's row is the lock of all its versions."""
    found = SurveyVersion.objects.filter(pk=version_id).values_list("survey_id", flat=True).first()
    survey = lock_survey(actor, found or 0)
    version = survey.versions.get(pk=version_id)
    version.survey = survey
    return version


def lock_survey(actor: User, survey_id: int) -> Survey:
    """Will lock a survey the actor may read, until commit. Raises: NotFound."""
    survey = (
        Survey.objects.select_for_update(of=("self",))
        .select_related("unit")
        .filter(permissions.papers_q(actor), pk=survey_id)
        .first()
    )
    if survey is None:
        raise NotFound(_("没有这个问卷，或您无权查看"))
    return survey
