"""An idea from its author through moderation and votes to a unit's answer and a case (PT-11)."""

import json

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, Tenant, User
from apps.accounts.selectors import users_with_permission
from apps.audit.services import SYSTEM, Actor, changes, record_row, snapshot
from apps.common import clock, ratelimit
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.texts import clean_text
from apps.matters.enums import Channel
from apps.matters.models import Case
from apps.matters.services import NewCase, ensure_shipped_matter, open_case, perform
from apps.nlp.search import search_vector
from apps.notices import services as notices
from apps.opinions import permissions
from apps.opinions.enums import PUBLIC_IDEAS, IdeaState
from apps.opinions.errors import AlreadyDone, PaperMoved, PhoneWanted
from apps.opinions.models import Idea, IdeaVote
from apps.opinions.participants import Participant

MATTER, SHIPPED = "opinions.idea", "fixtures/opinions/idea.json"
TITLE_MAX, TEXT_MIN, TEXT_MAX, NOTE_MAX, ANSWER_MAX = 60, 10, 2000, 300, 2000
DAY, HOUR = 86_400, 3600
DAYS_TO_REALISE = 30  # calendar days; the unit asks for more as in any case
IDEAS_PER_DAY, VOTES_PER_HOUR, VOTES_PER_ADDRESS = 5, 60, 600
_FIELDS = ("state", "unit", "threshold", "note", "answer", "case")
_BESIDE = ("unit_path", "moderated_by", "answered_by", "answered_at")


def submit_idea(
    *,
    tenant: Tenant,
    title: str,
    text: str,
    source_key: str,
    person: Participant | None,
    address: str,
) -> Idea:
    """Will take an idea for moderation, once per ``source_key``. Nobody sees it before.

    Raises: PhoneWanted; InvalidInput (title, text); TooMany (5 a day of a phone, and of the
    address as reports have it).
    """
    if person is None:
        raise PhoneWanted
    heading = clean_text(title, "title", _("标题"), most=TITLE_MAX)
    words = clean_text(text.replace("\r\n", "\n"), "text", _("创意内容"), most=TEXT_MAX)
    if len(words) < TEXT_MIN:
        raise InvalidInput(_("请再写详细一点，至少 %d 个字") % TEXT_MIN, field="text")
    earlier = Idea.objects.filter(tenant=tenant, source_key=source_key).first()
    if earlier is not None:
        return earlier
    ratelimit.hit("ideas.person", person.key, limit=IDEAS_PER_DAY, per_seconds=DAY)
    most = settings.CITIZEN_REPORTS_PER_ADDRESS
    ratelimit.hit("ideas.address", address, limit=most, per_seconds=HOUR)
    idea, _is_new = Idea.objects.get_or_create(
        tenant=tenant,
        source_key=source_key,
        defaults={
            "title": heading,
            "text": words,
            "person": person.key,
            "phone": person.phone,
            "search": search_vector(heading, words),
            "created_at": clock.now(),
        },
    )
    return idea


@transaction.atomic
def admit_idea(actor: User, *, idea_id: int, unit: Organization) -> Idea:
    """Will show an idea to everybody and name the unit that answers once enough support it.

    The number of votes it needs is that of today's settings and stays with it. Audited; the
    author is told. Raises: NotFound; NotAllowed; PaperMoved; InvalidInput (unit).
    """
    idea = _lock_to_moderate(actor, idea_id)
    if unit.tenant_id != idea.tenant_id or not unit.is_active:
        raise InvalidInput(_("请选择本级在用的单位"), field="unit")
    idea.threshold = settings.IDEA_VOTES_NEEDED
    idea.unit, idea.unit_path, idea.moderated_by = unit, unit.path, actor
    _move(actor, "idea.admitted", idea, IdeaState.SHOWN)
    _tell(idea, _("您提交的创意“%s”已公开征集支持。"))
    return idea


@transaction.atomic
def refuse_idea(actor: User, *, idea_id: int, note: str) -> Idea:
    """Will keep an idea from the board, for a reason its author is told. Audited.

    Raises: NotFound; NotAllowed; PaperMoved; InvalidInput (note).
    """
    idea = _lock_to_moderate(actor, idea_id)
    idea.note = clean_text(note, "note", _("未通过原因"), most=NOTE_MAX)
    idea.moderated_by = actor
    _move(actor, "idea.refused", idea, IdeaState.REFUSED)
    _tell(idea, _("您提交的创意“%s”未通过审核，原因可在创意页面查看。"))
    return idea


def vote(*, tenant: Tenant, idea_id: int, person: Participant | None, address: str) -> Idea:
    """Will count a person's support once; the last vote needed brings the idea before its unit.

    Two tabs at once count one: the idea's row is locked, and the pair is unique.
    Raises: NotFound; PhoneWanted; AlreadyDone; Refused (not taking votes, the own idea);
    TooMany.
    """
    if person is None:
        raise PhoneWanted
    ratelimit.hit("ideas.vote.person", person.key, limit=VOTES_PER_HOUR, per_seconds=HOUR)
    ratelimit.hit("ideas.vote.address", address, limit=VOTES_PER_ADDRESS, per_seconds=HOUR)
    with transaction.atomic():
        shown = Idea.objects.select_for_update(of=("self",)).select_related("unit")
        idea = shown.filter(pk=idea_id, tenant=tenant, state__in=PUBLIC_IDEAS).first()
        if idea is None:
            raise NotFound(_("没有这个创意"))
        if idea.supporters.filter(person=person.key).exists():
            raise AlreadyDone(_("您已经支持过这个创意"))
        if idea.state != IdeaState.SHOWN:
            raise Refused(_("该创意已不再征集支持"))
        if idea.person == person.key:
            raise Refused(_("不能支持自己提交的创意"))
        IdeaVote.objects.create(idea=idea, person=person.key, at=clock.now())
        idea.votes += 1
        idea.save(update_fields=["votes"])
        if idea.votes >= idea.threshold:
            _bring_before_unit(idea)
    return idea


@transaction.atomic
def adopt_idea(actor: User, *, idea_id: int, answer: str) -> Idea:
    """Will adopt an idea: a case of the unit is opened and each knows the other. Audited.

    The case carries the words of the idea without its author. Told to the author.
    Raises: NotFound; NotAllowed; PaperMoved; InvalidInput (answer), and what the engine refuses.
    """
    idea = _lock_to_answer(actor, idea_id, answer)
    assert idea.unit is not None, "a ripe idea is before a unit"
    shipped = json.loads((settings.BASE_DIR / SHIPPED).read_text(encoding="utf-8"))
    ensure_shipped_matter(SYSTEM, shipped=shipped)
    idea.case = _opened(actor, idea, idea.unit)
    _move(actor, "idea.adopted", idea, IdeaState.ADOPTED)
    _tell(idea, _("您的创意“%s”已被采纳，落实进展可在创意页面查看。"))
    return idea


@transaction.atomic
def decline_idea(actor: User, *, idea_id: int, answer: str) -> Idea:
    """Will answer why an idea is not taken up; everybody reads it. Audited.

    Raises: NotFound; NotAllowed; PaperMoved; InvalidInput (answer).
    """
    idea = _lock_to_answer(actor, idea_id, answer)
    _move(actor, "idea.declined", idea, IdeaState.DECLINED)
    _tell(idea, _("您的创意“%s”已有单位答复，可在创意页面查看。"))
    return idea


def _opened(actor: User, idea: Idea, unit: Organization) -> Case:
    case = open_case(
        actor,
        tenant=idea.tenant,
        report=NewCase(
            matter_type=MATTER,
            title=idea.title,
            text=idea.text,
            channel=Channel.INTERNAL,
            address=idea.area.name if idea.area else "",
            source_key=f"idea:{idea.pk}",
        ),
    ).case
    perform(
        SYSTEM,
        case_id=case.pk,
        action="dispatch",
        data={
            "unit": unit.pk,
            "limit_amount": DAYS_TO_REALISE,
            "limit_unit": "calendar_days",
            "override_reason": _("由采纳创意的单位落实"),
        },
        key=f"idea:{idea.pk}:dispatch",
    )
    return case


def _bring_before_unit(idea: Idea) -> None:
    _move(SYSTEM, "idea.ripened", idea, IdeaState.RIPE)
    assert idea.unit is not None, "a shown idea has a unit"
    notices.notify(
        recipients=users_with_permission(permissions.ANSWER, organization=idea.unit),
        kind="idea",
        title=_("创意待答复：%s") % idea.title,
        body=_("已获 %d 人支持，请答复是否采纳。") % idea.votes,
        url=f"/opinions/ideas/{idea.pk}/",
        key=f"idea:{idea.pk}:ripe",
    )


def _tell(idea: Idea, words: str) -> None:
    if idea.phone:
        notices.send_sms(to=idea.phone, text=words % idea.title, key=f"idea:{idea.pk}:{idea.state}")


def _lock(actor: User, idea_id: int) -> Idea:
    idea = (
        Idea.objects.select_for_update(of=("self",))
        .select_related("tenant", "unit", "area")
        .filter(permissions.ideas_q(actor), pk=idea_id)
        .first()
    )
    if idea is None:
        raise NotFound(_("没有这个创意，或您无权查看"))
    return idea


def _lock_to_moderate(actor: User, idea_id: int) -> Idea:
    idea = _lock(actor, idea_id)
    permissions.require_moderate(actor, idea)
    _require_state(idea, IdeaState.SUBMITTED)
    return idea


def _lock_to_answer(actor: User, idea_id: int, answer: str) -> Idea:
    idea = _lock(actor, idea_id)
    permissions.require_over(actor, permissions.ANSWER, idea.unit_path)
    _require_state(idea, IdeaState.RIPE)
    idea.answer = clean_text(answer, "answer", _("单位答复"), most=ANSWER_MAX)
    idea.answered_by, idea.answered_at = actor, clock.now()
    return idea


def _require_state(idea: Idea, state: IdeaState) -> None:
    if idea.state != state:
        raise PaperMoved(_("当前为“%s”，不能执行该操作") % idea.get_state_display())


def _move(actor: Actor, action: str, idea: Idea, to: IdeaState) -> None:
    before = snapshot(Idea.objects.defer("search").get(pk=idea.pk), *_FIELDS)
    idea.state = to
    idea.save(update_fields=[*_FIELDS, *_BESIDE])
    record_row(actor, action, idea, **changes(before, snapshot(idea, *_FIELDS)))
