"""The only writers of held changes: file, approve, refuse, withdraw, act alone, review.

Called by the approval pages and by the services and pages of every app with a dangerous act.
Somebody files a change with a reason; it is kept, not made. Another person, who holds the
act's permission over the unit by a post of their own, sees the difference and lets it happen
or not. Nobody is above this: to be a superuser gives no right to check. Source: AC-09.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.approvals import selectors
from apps.accounts.approvals.registry import Act, Execution, Proposal, Result, get_act
from apps.accounts.approvals.signals import ChangeMoved, change_moved
from apps.accounts.errors import NobodyCouldCheck
from apps.accounts.models import HeldChange, User
from apps.accounts.selectors import permission_names
from apps.audit.services import SYSTEM, Actor, record
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotAllowed, NotFound, Refused, Stale
from apps.common.phrases import series

State = HeldChange.State
SHORTEST_REASON = 4  # characters
SHORTEST_EMERGENCY = 10


@dataclass(frozen=True)
class Decided:
    """A change that was carried out. result.secret is here and nowhere else."""

    change: HeldChange
    result: Result


@transaction.atomic
def file_change(maker: User, *, proposal: Proposal, reason: str) -> HeldChange:
    """Will keep a change until somebody else has checked it. Nothing is changed yet.

    reason: for whoever checks, 4-300 characters. What could not be done anyway is refused
    now. Locks the subject; announces "filed".

    Raises: NotAllowed (the maker may not make it); InvalidInput (no reason); Refused (the
        same change waits already); NobodyCouldCheck; what the act itself refuses.
    """
    act = get_act(proposal.act)
    why = _require_reason(reason, shortest=SHORTEST_REASON)
    _require_maker(act, maker, proposal)
    version = act.version(proposal.payload)
    if act.is_rehearsed:
        _rehearse(act, maker, proposal, reason=why)
    if not selectors.checkers(maker, proposal):
        raise NobodyCouldCheck(
            _("没有人可以复核：须有另一人在该单位或其上级任职，并持有“%(permission)s”权限。")
            % {"permission": series(permission_names([act.checker_permission]))}
        )
    now = clock.now()
    held = _draft(maker, proposal, reason=why, version=version, at=now)
    held.expires_at = now + timedelta(hours=settings.APPROVAL_HOURS)
    try:
        with transaction.atomic():
            held.save()
    except IntegrityError as error:
        raise Refused(_("同样的申请已在等待复核。"), code="filed_already") from error
    _note(maker, held, "filed")
    return held


def approve_change(checker: User, *, change_id: int, digest: str, note: str = "") -> Decided:
    """Will let a held change happen: carry it out, once, in the same transaction.

    digest: of the change as the checker saw it. Locks the change, then its subject. A change
    that cannot be made any more keeps saying so: it is marked stale, failed or expired
    although this refuses. Announces how it ended.

    Raises: NotFound; NotAllowed (``selectors.obstacle``); Stale (decided already, the
        subject has changed since, other content than seen); Refused (expired, the maker may
        no longer make it, the act refuses).
    """
    with transaction.atomic():
        held = _lock(change_id)
        _require_checker(checker, held)
        _require_state(held, State.PENDING)
        _require_seen(held, digest)
        held.checker, held.decided_at, held.note = checker, clock.now(), note.strip()[:300]
        outcome = _carry_out(held)
    if isinstance(outcome, DomainError):
        raise outcome
    return Decided(held, outcome)


@transaction.atomic
def refuse_change(checker: User, *, change_id: int, note: str) -> HeldChange:
    """Will turn a held change down; nothing is changed. Locks it; announces "refused".

    Raises: NotFound; NotAllowed; InvalidInput (no words why); Stale (decided already).
    """
    held = _lock(change_id)
    _require_checker(checker, held)
    _require_state(held, State.PENDING)
    if not note.strip():
        raise InvalidInput(_("请写明不批准的理由。"), field="note")
    held.checker, held.decided_at, held.note = checker, clock.now(), note.strip()[:300]
    _end(held, State.REFUSED, actor=checker)
    return held


@transaction.atomic
def withdraw_change(maker: User, *, change_id: int) -> HeldChange:
    """Will take back what one filed oneself. Locks it; announces "withdrawn".

    Raises: NotFound (somebody else's); Stale (decided already).
    """
    held = _lock(change_id)
    if held.maker_id != maker.pk:
        raise NotFound(_("没有找到该申请。"))
    _require_state(held, State.PENDING)
    _end(held, State.WITHDRAWN, actor=maker)
    return held


@transaction.atomic
def act_alone(maker: User, *, proposal: Proposal, reason: str) -> Decided:
    """Will make a change at once, alone, in an emergency; it must be reviewed afterwards.

    reason: what the emergency is, 10-300 characters. Everybody who could have checked and
    the audit administrators are told at once. Locks the subject; announces "alone".

    Raises: NotAllowed (the act never allows it, or not to this maker); InvalidInput; what
        the act itself refuses.
    """
    act = get_act(proposal.act)
    if not act.may_act_alone:
        raise NotAllowed(_("这类操作不允许单人办理，紧急时也须双人复核。"))
    why = _require_reason(reason, shortest=SHORTEST_EMERGENCY)
    _require_maker(act, maker, proposal)
    version = act.version(proposal.payload)
    result = act.execute(Execution(payload=proposal.payload, maker=maker, reason=why))
    now = clock.now()
    held = _draft(maker, proposal, reason=why, version=version, at=now)
    held.state, held.executed_at, held.outcome = State.UNREVIEWED, now, result.text[:300]
    held.expires_at = now + timedelta(hours=settings.APPROVAL_REVIEW_HOURS)
    held.save()
    _note(maker, held, "alone")
    return Decided(held, result)


@transaction.atomic
def review_change(
    checker: User, *, change_id: int, digest: str, is_confirmed: bool, note: str = ""
) -> HeldChange:
    """Will say afterwards whether acting alone was right. It undoes nothing by itself.

    Late is better than never: an overdue review is still taken. Locks the change; announces
    "confirmed" or "objected".

    Raises: NotFound; NotAllowed; Stale (reviewed already); InvalidInput (an objection without
        words).
    """
    held = _lock(change_id)
    _require_checker(checker, held)
    _require_state(held, State.UNREVIEWED)
    _require_seen(held, digest)
    if not is_confirmed and not note.strip():
        raise InvalidInput(_("请写明不认可的理由。"), field="note")
    held.checker, held.decided_at, held.note = checker, clock.now(), note.strip()[:300]
    _end(held, State.CONFIRMED if is_confirmed else State.OBJECTED, actor=checker)
    return held


@transaction.atomic
def expire_changes() -> int:
    """Will close what waited too long and call out what was not reviewed in time.

    Gives the number of both. Safe to run any number of times, by several workers at once.
    """
    now = clock.now()
    late = HeldChange.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        expires_at__lte=now
    )
    ended = list(late.filter(state=State.PENDING).order_by("pk"))
    for held in ended:
        _end(held, State.EXPIRED, actor=SYSTEM)
    overdue = list(late.filter(state=State.UNREVIEWED, overdue_at__isnull=True).order_by("pk"))
    for held in overdue:
        held.overdue_at = now
        held.save(update_fields=["overdue_at"])
        _note(SYSTEM, held, "overdue")
    return len(ended) + len(overdue)


def digest_of(act: str, subject_type: str, subject_id: str, payload: dict[str, Any]) -> str:
    """Will give the SHA-256 over the canonical JSON of act, subject and payload."""
    whole = {"act": act, "payload": payload, "subject": [subject_type, subject_id]}
    text = json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _draft(
    maker: User, proposal: Proposal, *, reason: str, version: str, at: datetime
) -> HeldChange:
    subject_id = str(proposal.subject_id)
    return HeldChange(
        act=proposal.act,
        organization=proposal.organization,
        subject_type=proposal.subject_type,
        subject_id=subject_id,
        subject_label=proposal.subject_label[:200],
        subject_version=version,
        payload=proposal.payload,
        digest=digest_of(proposal.act, proposal.subject_type, subject_id, proposal.payload),
        concerned=proposal.concerned,
        maker=maker,
        reason=reason,
        filed_at=at,
    )


def _rehearse(act: Act, maker: User, proposal: Proposal, *, reason: str) -> None:
    """Tries the change and takes it back, so that its refusals come now."""

    class TakenBack(Exception):
        pass

    try:
        with transaction.atomic():
            act.execute(Execution(payload=proposal.payload, maker=maker, reason=reason))
            raise TakenBack
    except TakenBack:
        pass


def _carry_out(held: HeldChange) -> Result | DomainError:
    """Does the change or marks why not; the mark must outlive the refusal, so none is raised."""
    act = get_act(held.act)
    checker = held.checker
    assert checker is not None
    if held.expires_at <= clock.now():
        held.checker, held.decided_at = None, None
        return _spoil(held, State.EXPIRED, Refused, _("申请已过期，请提交人重新提交。"))
    if held.digest != digest_of(held.act, held.subject_type, held.subject_id, held.payload):
        return _spoil(held, State.FAILED, Refused, _("申请内容与提交时的摘要不符，不能执行。"))
    if not held.maker.is_active or not act.may_make(held.maker, held.organization, held.payload):
        return _spoil(held, State.FAILED, Refused, _("提交人已离任或不再有此权限，申请不能执行。"))
    try:
        with transaction.atomic():
            if act.version(held.payload) != held.subject_version:
                text = _("提交之后情况已变，申请作废，请提交人核对后重新提交。")
                return _spoil(held, State.STALE, Stale, text)
            execution = Execution(
                payload=held.payload, maker=held.maker, checker=checker, reason=held.reason
            )
            result = act.execute(execution)
    except DomainError as error:
        text = _("未能执行：%(why)s") % {"why": error}
        return _spoil(held, State.FAILED, Refused, text)
    held.executed_at, held.outcome = clock.now(), result.text[:300]
    _end(held, State.APPROVED, actor=checker)
    return result


def _spoil(
    held: HeldChange, state: State, error: Callable[[str], DomainError], text: str
) -> DomainError:
    held.outcome = text[:300]
    _end(held, state, actor=held.checker or SYSTEM)
    return error(text)


def _end(held: HeldChange, state: State, *, actor: Actor) -> None:
    held.state = state
    held.save(update_fields=["state", "checker", "decided_at", "note", "executed_at", "outcome"])
    _note(actor, held, str(state))


def _note(actor: Actor, held: HeldChange, step: str) -> None:
    """Writes the step to the log with the names of both people, and announces it."""
    data = {
        "act": held.act,
        "subject": f"{held.subject_type} {held.subject_id}",
        "digest": held.digest,
        "maker_id": held.maker_id,
        "maker": held.maker.display_name,
        "reason": held.reason,
    }
    if held.checker is not None:
        data |= {"checker_id": held.checker_id, "checker": held.checker.display_name}
    if held.note or held.outcome:
        data |= {"note": held.note, "outcome": held.outcome}
    record(
        actor,
        f"change.{step}",
        object_type="accounts.heldchange",
        object_id=held.pk,
        object_label=held.subject_label,
        data=data,
    )
    change_moved.send(sender=HeldChange, event=ChangeMoved(change_id=held.pk, step=step))


def _lock(change_id: int) -> HeldChange:
    held = (
        HeldChange.objects.select_for_update(of=("self",))
        .select_related("maker", "checker", "concerned", "organization__tenant")
        .filter(pk=change_id)
        .first()
    )
    if held is None:
        raise NotFound(_("没有找到该申请。"))
    return held


def _require_reason(reason: str, *, shortest: int) -> str:
    text = reason.strip()[:300]
    if len(text) < shortest:
        raise InvalidInput(
            _("请写明理由，至少 %(count)s 个字。") % {"count": shortest}, field="reason"
        )
    return text


def _require_maker(act: Act, maker: User, proposal: Proposal) -> None:
    if not act.may_make(maker, proposal.organization, proposal.payload):
        raise NotAllowed(_("您没有提交这项申请的权限。"))


def _require_checker(checker: User, held: HeldChange) -> None:
    if why_not := selectors.obstacle(checker, held):
        raise NotAllowed(why_not)


def _require_state(held: HeldChange, state: State) -> None:
    if held.state != state:
        raise Stale(_("该申请已处理：%(state)s。") % {"state": held.get_state_display()})


def _require_seen(held: HeldChange, digest: str) -> None:
    if digest != held.digest:
        raise Stale(_("您看到的内容不是当前的申请，请刷新页面后再处理。"))
