"""The quarterly review of rights nobody used (AC-10)."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Appointment, Organization, Tenant
from apps.accounts.reach import labels_of
from apps.accounts.registry import use_of
from apps.accounts.selectors import in_force_q, permission_names
from apps.accounts.services import end_appointment
from apps.accounts.services.separation import admin_kinds
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM, Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.phrases import series
from apps.personnel import permissions
from apps.personnel.enums import Verdict
from apps.personnel.models import ReviewRound, ReviewRow, UnitReview
from apps.personnel.services.telling import clerks, heads, note, security_administrators, tell

REMIND_EVERY = timedelta(days=3)


def quarter_of(day: date) -> str:
    """Will give the quarter of a day: "2026Q4"."""
    return f"{day.year}Q{(day.month - 1) // 3 + 1}"


def follow_reviews() -> int:
    """Will open the quarter's review of every body and remind who has not answered.

    For the worker, hourly; safe at any time. Gives how many units were asked or reminded.
    """
    count = 0
    for tenant in Tenant.objects.filter(organizations__is_active=True).distinct().order_by("pk"):
        count += open_round(tenant)
    return count + _remind()


@transaction.atomic
def open_round(tenant: Tenant) -> int:
    """Will open this quarter's review of a body, once; gives how many units have to answer.

    A right counts as unused when its app has no entry of the person in the log for
    ``REVIEW_UNUSED_DAYS``; who holds the post for a shorter time is left out.
    """
    today = clock.today()
    round_, is_new = ReviewRound.objects.get_or_create(
        tenant=tenant,
        quarter=quarter_of(today),
        defaults={
            "opened_at": clock.now(),
            "due_on": today + timedelta(days=settings.REVIEW_ANSWER_DAYS),
        },
    )
    if not is_new:
        return 0
    by_unit: dict[Organization, list[ReviewRow]] = {}
    for row in _unused(tenant, today):
        assert row.appointment is not None
        by_unit.setdefault(row.appointment.post.organization, []).append(row)
    for unit, rows in by_unit.items():
        review = UnitReview.objects.create(round=round_, unit=unit)
        for row in rows:
            row.review = review
        ReviewRow.objects.bulk_create(rows)
        _ask(review, len(rows))
    return len(by_unit)


@transaction.atomic
def answer(
    actor: Actor, *, review_id: int, row_ids: Collection[int], verdict: str, reason: str
) -> int:
    """Will say of rows whether the rights stay; what is taken back ends at once.

    A whole appointment is ended; where only some rights lay unused, or it is an
    administrator's post, the security administrator is asked to change the post's roles.
    Locks the review. Gives how many rows were answered.

    Raises: NotFound; NotAllowed; InvalidInput (verdict, reason, rows); Refused (one's own).
    """
    review = _lock(review_id)
    permissions.require(permissions.can_ask(actor, review.unit))
    if verdict not in Verdict.values:
        raise InvalidInput(_("请选择保留或收回。"), field="verdict")
    if not reason.strip():
        raise InvalidInput(_("请填写理由。"), field="reason")
    rows = list(
        review.rows.filter(pk__in=row_ids, verdict="").select_related(
            "person", "appointment__post__organization__tenant"
        )
    )
    if not rows:
        raise InvalidInput(_("请先勾选未复核的行。"), field="rows")
    if any(row.person_id == actor.pk for row in rows):
        raise Refused(_("不能复核本人的权限。"), code="own_account")
    for row in rows:
        row.verdict, row.reason = verdict, reason.strip()[:200]
        row.decided_at, row.decided_by_name = clock.now(), actor.display_name[:100]
        row.save(update_fields=["verdict", "reason", "decided_at", "decided_by_name"])
        note(actor, f"review.{verdict}", row.person, post=row.post_name, reason=row.reason)
        if verdict == Verdict.REMOVE:
            _take_back(review, row)
    if not review.rows.filter(verdict="").exists():
        review.answered_at = clock.now()
        review.save(update_fields=["answered_at"])
    return len(rows)


def _take_back(review: UnitReview, row: ReviewRow) -> None:
    held = row.appointment
    if held is not None and row.is_whole and not admin_kinds([held.post]):
        end_appointment(SYSTEM, appointment=held)
        return
    tell(
        security_administrators(review.unit),
        title=_("请调整岗位权限：%(post)s") % {"post": row.post_name},
        body=_("权限复核要求收回：%(rights)s") % {"rights": series(row.unused)},
        url=f"/people/{row.person_id}/",
        key=f"review:{row.pk}",
    )


def _unused(tenant: Tenant, today: date) -> list[ReviewRow]:
    since = today - timedelta(days=settings.REVIEW_UNUSED_DAYS)
    held = list(
        Appointment.objects.filter(
            in_force_q(),
            post__organization__tenant=tenant,
            post__organization__is_active=True,
            user__is_active=True,
            from_on__lte=since,
        )
        .select_related("user", "post__organization__tenant")
        .prefetch_related("post__roles")
        .order_by("pk")
    )
    rights = {a.post_id: labels_of(a.post.roles.all()) for a in held}
    labels = {label.partition(".")[0] for found in rights.values() for label in found}
    users = {a.user_id for a in held}
    uses = {label: last_use(label, users) for label in labels}
    rows = []
    for appointment in held:
        row = _row(appointment, rights[appointment.post_id], uses, since)
        if row is not None:
            rows.append(row)
    return rows


def _row(
    appointment: Appointment,
    rights: set[str],
    uses: Mapping[str, Mapping[int, datetime]],
    since: date,
) -> ReviewRow | None:
    """A row where some right lay idle; None where all were used or the post has none."""
    person = appointment.user_id
    last = {right: uses[right.partition(".")[0]].get(person) for right in rights}
    idle = [right for right, at in last.items() if at is None or timezone.localdate(at) < since]
    if not idle:
        return None
    return ReviewRow(
        appointment=appointment,
        person=appointment.user,
        post_name=str(appointment.post)[:120],
        unused=permission_names(idle),
        is_whole=len(idle) == len(rights),
        last_used_at=max((at for at in last.values() if at is not None), default=None),
    )


def last_use(app_label: str, user_ids: Collection[int]) -> Mapping[int, datetime]:
    """Will give when each of these people last did something with this app, by the log."""
    own = use_of(app_label)
    if own is not None:
        return own(user_ids)
    rows = (
        AuditEntry.objects.filter(object_type__startswith=f"{app_label}.", actor_id__in=user_ids)
        .exclude(action__startswith="sign_in.")
        .order_by()
        .values_list("actor_id")
        .annotate(last=Max("at"))
    )
    return {actor: last for actor, last in rows if actor is not None}


def _ask(review: UnitReview, count: int) -> None:
    tell(
        _answerers(review),
        title=_("%(quarter)s权限复核：%(unit)s")
        % {"quarter": review.round.quarter, "unit": review.unit.name},
        body=_("有 %(count)s 项权限连续 %(days)s 天未使用，请在 %(due)s 前逐项确认。")
        % {
            "count": count,
            "days": settings.REVIEW_UNUSED_DAYS,
            "due": review.round.due_on,
        },
        url=f"/personnel/reviews/{review.pk}/",
        key=f"review:{review.pk}:asked",
    )


def _remind() -> int:
    today, now = clock.today(), clock.now()
    late = UnitReview.objects.filter(
        answered_at__isnull=True, round__due_on__lte=today + REMIND_EVERY
    ).select_related("round", "unit__tenant")
    count = 0
    for review in late.order_by("pk"):
        if review.reminded_at is not None and now - review.reminded_at < REMIND_EVERY:
            continue
        UnitReview.objects.filter(pk=review.pk).update(reminded_at=now)
        tell(
            _answerers(review),
            title=_("催办：%(quarter)s权限复核尚未完成") % {"quarter": review.round.quarter},
            body=_("%(unit)s，截止 %(due)s。")
            % {"unit": review.unit.name, "due": review.round.due_on},
            url=f"/personnel/reviews/{review.pk}/",
            key=f"review:{review.pk}:{today.isoformat()}",
        )
        count += 1
    return count


def _answerers(review: UnitReview) -> list[Any]:
    return heads(review.unit) or clerks(review.unit)


def _lock(review_id: int) -> UnitReview:
    found = UnitReview.objects.select_for_update(of=("self",)).select_related(
        "unit__tenant", "round"
    )
    review = found.filter(pk=review_id).first()
    if review is None:
        raise NotFound(_("没有找到该复核。"))
    return review
