"""Articles of the operations manual: written, agreed to by another, worked through. OP-25."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.alarms.models import Alarm
from apps.alarms.permissions import require_handle
from apps.alarms.registry import all_kinds
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.upkeep import permissions
from apps.upkeep.enums import ArticleState
from apps.upkeep.models import Runbook, RunbookCheck, RunbookVersion
from apps.upkeep.registry import all_fault_kinds

MOST_STEPS = 60
LONGEST_STEP = 500
_TOLD = ("title", "summary", "steps", "alarm_kinds", "fault_kinds", "state")


@dataclass(frozen=True)
class Article:
    """A wording as it shall be; see ``RunbookVersion``."""

    title: str
    steps: Sequence[str]
    summary: str = ""
    alarm_kinds: Sequence[str] = ()
    fault_kinds: Sequence[str] = ()


@transaction.atomic
def write_runbook(actor: audit.Actor, *, code: str, article: Article) -> RunbookVersion:
    """Will write the draft of an article, new or over the draft there is; audited.

    What is published stays until somebody else agrees to the draft. Locks the article.
    Raises: NotAllowed; InvalidInput (fields "steps", "alarm_kinds", "fault_kinds").
    """
    permissions.require_write(actor)
    _check(article)
    book, _made = Runbook.objects.select_for_update(of=("self",)).get_or_create(code=code)
    draft = book.versions.filter(state=ArticleState.DRAFT).first()
    before = audit.snapshot(draft, *_TOLD) if draft else {}
    last = book.versions.aggregate(n=Max("number"))["n"] or 0
    draft = draft or RunbookVersion(runbook=book, number=last + 1)
    draft.title, draft.summary = article.title, article.summary
    draft.steps = list(article.steps)
    draft.alarm_kinds, draft.fault_kinds = list(article.alarm_kinds), list(article.fault_kinds)
    draft.written_by_id, draft.written_at = actor.pk, clock.now()
    draft.save()
    _record(actor, "runbook.written", draft, before)
    return draft


@transaction.atomic
def publish_runbook(actor: audit.Actor, *, version_id: int) -> RunbookVersion:
    """Will put a draft in force; the wording before it is kept as replaced. Audited.

    Raises: NotAllowed; NotFound; Refused (no draft any more, or the actor wrote it).
    """
    permissions.require_approve(actor)
    draft = RunbookVersion.objects.select_for_update(of=("self",)).filter(pk=version_id).first()
    if draft is None:
        raise NotFound(_("没有这个手册版本"))
    if draft.state != ArticleState.DRAFT:
        raise Refused(_("这个版本已经发布"))
    if actor.pk is not None and draft.written_by_id == actor.pk:
        raise Refused(_("编写人不能审核自己的手册"), code="same_person")
    book = Runbook.objects.select_for_update(of=("self",)).get(pk=draft.runbook_id)
    before = audit.snapshot(draft, *_TOLD)
    book.versions.filter(state=ArticleState.PUBLISHED).update(state=ArticleState.REPLACED)
    draft.state, draft.approved_by_id = ArticleState.PUBLISHED, actor.pk
    draft.approved_at = clock.now()
    draft.save(update_fields=["state", "approved_by", "approved_at"])
    book.current = draft
    book.save(update_fields=["current"])
    _record(actor, "runbook.published", draft, before)
    return draft


@transaction.atomic
def check_step(actor: User, *, alarm: Alarm, version_id: int, step: int) -> RunbookCheck:
    """Will note that a step was done for an alarm; a second time changes nothing. Audited.

    step: from 0. Raises: NotAllowed (the actor does not handle this alarm); NotFound (no such
    article for this kind of alarm, or no such step).
    """
    require_handle(actor, alarm)
    version = RunbookVersion.objects.filter(
        pk=version_id, alarm_kinds__contains=[alarm.kind]
    ).first()
    if version is None or not 0 <= step < len(version.steps):
        raise NotFound(_("手册中没有这个步骤"))
    done, is_new = RunbookCheck.objects.get_or_create(
        alarm=alarm, version=version, step=step,
        defaults={"by": actor, "by_name": actor.display_name[:100], "at": clock.now()},
    )  # fmt: skip
    if is_new:
        audit.record(
            actor, "runbook.step_checked", object_type="alarms.alarm", object_id=alarm.pk,
            object_label=str(alarm), data={"runbook": version.title, "step": step + 1},
        )  # fmt: skip
    return done


def _check(article: Article) -> None:
    if not 0 < len(article.steps) <= MOST_STEPS:
        raise InvalidInput(_("步骤须有 1 到 %d 个") % MOST_STEPS, field="steps")
    if any(not 0 < len(step) <= LONGEST_STEP for step in article.steps):
        raise InvalidInput(_("每个步骤不超过 %d 个字符") % LONGEST_STEP, field="steps")
    if not set(article.alarm_kinds) <= {kind.code for kind in all_kinds()}:
        raise InvalidInput(_("没有这种告警类别"), field="alarm_kinds")
    if not set(article.fault_kinds) <= set(all_fault_kinds()):
        raise InvalidInput(_("没有这种故障类别"), field="fault_kinds")


def _record(
    actor: audit.Actor, action: str, version: RunbookVersion, before: dict[str, object]
) -> None:
    audit.record(
        actor, action, object_type="upkeep.runbook", object_id=version.runbook_id,
        object_label=version.title,
        data=audit.document_changes(before, audit.snapshot(version, *_TOLD)),
    )  # fmt: skip
