"""From a draft to a version in force, by two people, and back out of force."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.common.phrases import points, series
from apps.rules import permissions, selectors
from apps.rules.engine.check import Report
from apps.rules.enums import VersionState
from apps.rules.errors import NotReady, SamePerson, WrongState
from apps.rules.models import RuleTableVersion
from apps.rules.services.decisions import TestResult, run_tests
from apps.rules.services.drafts import (
    check_draft,
    lock_draft,
    lock_version,
    new_version,
    record_version,
)


@transaction.atomic
def submit(actor: User, *, version: RuleTableVersion) -> RuleTableVersion:
    """Will hand the author's draft to a second person; its wording is fixed from now on.

    Raises: NotAllowed, WrongState; NotReady (the check has errors, or there is no test case,
        or one fails).
    """
    current = lock_draft(actor, version, None)
    _require_ready(current)
    current.state, current.submitted_at = VersionState.TESTING, clock.now()
    current.save(update_fields=["state", "submitted_at", "updated_at"])
    current.steps.all().delete()
    record_version(actor, "rule_version.submitted", current)
    return current


@transaction.atomic
def send_back(actor: User, *, version: RuleTableVersion, note: str) -> RuleTableVersion:
    """Will return a submitted version to its author as a draft.

    By a reviewer (note: why, required) or by the author, who takes it back.
    Raises: NotAllowed, WrongState, InvalidInput.
    """
    current = lock_version(version)
    _require_state(current, VersionState.TESTING)
    if actor.pk == current.author_id:
        permissions.require_edit(actor, current.table)
    else:
        permissions.require_publish(actor, current.table)
        if not note.strip():
            raise InvalidInput(_("请写明退回的理由"), field="note")
    current.state, current.submitted_at = VersionState.DRAFT, None
    current.review_note = note.strip()[:500]
    current.save(update_fields=["state", "submitted_at", "review_note", "updated_at"])
    record_version(actor, "rule_version.sent_back", current, note=current.review_note)
    return current


@transaction.atomic
def publish(
    actor: User,
    *,
    version: RuleTableVersion,
    effective_from: datetime | None = None,
    note: str = "",
) -> RuleTableVersion:
    """Will approve a submitted version as the second person (双人复核).

    effective_from: aware, not past (default: now). The version in force until then ends then.
    Locks the table and the version; of two reviewers at once the second gets WrongState.
    Raises: NotAllowed; SamePerson (the author); WrongState; NotReady; InvalidInput (a past
        moment); WrongState too when another version is already scheduled after that moment.
    Source: RU-08, AC-09.
    """
    current = lock_version(version)
    permissions.require_publish(actor, current.table)
    if actor.pk == current.author_id:
        raise SamePerson(_("双人复核：编写人不能发布自己的版本，请由另一人复核"))
    _require_state(current, VersionState.TESTING)
    now = clock.now()
    start = effective_from or now
    if start < now:
        raise InvalidInput(_("生效时间不能早于现在"), field="effective_from")
    _require_ready(current)
    _end_predecessor(current, start)

    current.state, current.reviewer, current.review_note = "published", actor, note.strip()[:500]
    current.published_at, current.effective_from = now, start
    current.save(
        update_fields=[
            "state",
            "reviewer",
            "review_note",
            "published_at",
            "effective_from",
            "updated_at",
        ]
    )
    record_version(
        actor, "rule_version.published", current, effective_from=start.isoformat(), note=note
    )
    return current


@transaction.atomic
def retire(actor: User, *, version: RuleTableVersion, reason: str) -> RuleTableVersion:
    """Will end a published version now; while none follows, its table decides nothing.

    A version not yet in force is called off, and the one before it goes on.
    Raises: NotAllowed, WrongState, InvalidInput (no reason).
    """
    current = lock_version(version)
    permissions.require_publish(actor, current.table)
    now = clock.now()
    standing = current.standing(now)
    if standing not in ("in_force", "scheduled") or current.effective_from is None:
        raise WrongState(_("只有生效中或待生效的版本可以停用"))
    if not reason.strip():
        raise InvalidInput(_("请写明停用的理由"), field="reason")
    end = max(now, current.effective_from)
    current.state, current.effective_until = VersionState.RETIRED, end
    current.save(update_fields=["state", "effective_until", "updated_at"])
    if standing == "scheduled":
        current.table.versions.filter(
            state=VersionState.PUBLISHED, effective_until=current.effective_from
        ).exclude(pk=current.pk).update(effective_until=None)
    record_version(actor, "rule_version.retired", current, reason=reason)
    return current


@transaction.atomic
def rollback(actor: User, *, to: RuleTableVersion, reason: str) -> RuleTableVersion:
    """Will submit the wording of an earlier published version as the next version.

    A second person publishes it, as always; nothing of the history is rewritten.
    Raises: NotAllowed; WrongState (that version was never published); NotReady; InvalidInput.
    """
    source = lock_version(to)
    permissions.require_edit(actor, source.table)
    if source.published_at is None:
        raise WrongState(_("只能退回到发布过的版本"))
    if not reason.strip():
        raise InvalidInput(_("请写明退回旧版的理由"), field="reason")
    note = _("退回第%(number)s版：%(reason)s") % {"number": source.number, "reason": reason.strip()}
    version = new_version(source.table, actor, source.body, note[:500])
    record_version(actor, "rule_version.rolled_back", version, to=source.number)
    return submit(actor, version=version)


@transaction.atomic
def restore(actor: User, *, to: RuleTableVersion, reason: str) -> RuleTableVersion:
    """Will put the wording of an earlier published version in force again, at once.

    For the night a wrong table is out: that wording has been reviewed before, and the actor,
    who did not write it, answers for it now; so two persons stand behind it as always. Test
    cases are not asked (those of the newer wording would fail), the check is. A version
    scheduled for later still takes over then. Locks the table and the version.
    Raises: NotAllowed; SamePerson (the actor wrote it: ``rollback`` asks a second person);
        WrongState (never published, or the same is in force now); NotReady (for example a
        unit that is gone); InvalidInput (no reason).
    Source: RU-08, docs/decisions/0021.
    """
    source = lock_version(to)
    permissions.require_publish(actor, source.table)
    now = clock.now()
    if source.published_at is None:
        raise WrongState(_("只能退回到发布过的版本"))
    if source.standing(now) != "ended":
        raise WrongState(_("这一版没有失效，不用恢复"))
    if actor.pk == source.author_id:
        raise SamePerson(_("双人复核：编写人不能自己恢复，请提交给另一人复核"))
    if not reason.strip():
        raise InvalidInput(_("请写明退回旧版的理由"), field="reason")
    in_force = selectors.get_published(source.table.code, now)
    if in_force is not None and in_force.body == source.body:
        raise WrongState(_("现行版本的内容与这一版相同，不用恢复"))
    report = check_draft(source)
    if not report.may_be_submitted:
        _refuse_report(report)

    end = _make_room(source, now)
    note = _("退回第%(number)s版：%(reason)s") % {"number": source.number, "reason": reason.strip()}
    version = new_version(source.table, source.author, source.body, note[:500])
    version.state, version.reviewer, version.submitted_at = VersionState.PUBLISHED, actor, now
    version.published_at, version.effective_from, version.effective_until = now, now, end
    version.save()
    record_version(actor, "rule_version.restored", version, to=source.number, reason=reason.strip())
    return version


def _make_room(version: RuleTableVersion, now: datetime) -> datetime | None:
    """Will end what is in force, and give the moment a scheduled version takes over, if any."""
    valid = version.table.versions.filter(state=VersionState.PUBLISHED)
    later = valid.filter(effective_from__gt=now).order_by("effective_from").first()
    valid.filter(effective_from__lte=now).exclude(effective_until__lte=now).update(
        effective_until=now
    )
    return later.effective_from if later else None


def _require_state(version: RuleTableVersion, state: VersionState) -> None:
    if version.state != state:
        raise WrongState(
            _("这个版本现在是“%(state)s”，不能这样操作") % {"state": version.get_state_display()}
        )


def _require_ready(version: RuleTableVersion) -> None:
    report = check_draft(version)
    if not report.may_be_submitted:
        _refuse_report(report)
    results = run_tests(version)
    if not results:
        raise NotReady(_("请先添加至少一个测试用例"), code="no_test_case")
    failed = [result for result in results if not result.passed]
    if failed:
        _refuse_tests(failed)


def _refuse_report(report: Report) -> None:
    texts = [str(problem) for problem in report.errors]
    message = _("检查没有通过：%(problems)s") % {"problems": points(texts[:3])}
    raise NotReady(message, code="check_failed", data={"problems": texts})


def _refuse_tests(failed: list[TestResult]) -> None:
    names = [result.case.name for result in failed]
    message = _("测试用例没有通过：%(names)s") % {"names": series(names[:5])}
    raise NotReady(message, code="tests_failed", data={"cases": names})


def _end_predecessor(version: RuleTableVersion, start: datetime) -> None:
    others = selectors.list_versions(version.table).exclude(pk=version.pk)
    valid = others.filter(state=VersionState.PUBLISHED)
    later = valid.filter(effective_from__gte=start).first()
    if later is not None:
        raise WrongState(
            _("第%(number)s版已定于同时或更晚生效，请先停用它") % {"number": later.number}
        )
    valid.filter(effective_from__lt=start, effective_until__isnull=True).update(
        effective_until=start
    )
