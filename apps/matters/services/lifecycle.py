"""From a draft to a version in force, by two people, and back out of force."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.matters import permissions
from apps.matters.enums import Standing, VersionState
from apps.matters.errors import SamePerson, WrongStanding
from apps.matters.models import MatterVersion
from apps.matters.selectors.readiness import problems_of
from apps.matters.services.definitions import (
    find_version,
    lock_draft,
    lock_version,
    new_version,
    record_version,
    refusal,
)
from apps.matters.services.spans import end_predecessor, point_at_version_in_force


@transaction.atomic
def submit_version(
    actor: User, *, version_id: int, expected_revision: int | None = None
) -> MatterVersion:
    """Will hand the author's draft to a second person; its wording is fixed from now on.

    Raises: NotAllowed, WrongStanding, Stale; InvalidDefinition (data "problems").
    """
    version = lock_draft(actor, version_id, expected_revision)
    _require_ready(version)
    version.state, version.submitted_at = VersionState.SUBMITTED, clock.now()
    version.save(update_fields=["state", "submitted_at"])
    record_version(actor, "matter_version.submitted", version)
    return version


@transaction.atomic
def send_back_version(actor: User, *, version_id: int, note: str) -> MatterVersion:
    """Will return a submitted version to its author as a draft.

    By a reviewer (note: why, required) or by the author, who takes it back.
    Raises: NotAllowed, WrongStanding, InvalidInput.
    """
    version = lock_version(version_id)
    if actor.pk == version.author_id:
        permissions.require_edit(actor)
    else:
        permissions.require_publish(actor)
        if not note.strip():
            raise InvalidInput(_("请写明退回的理由"), field="note")
    _require_submitted(version)
    version.state, version.submitted_at = VersionState.DRAFT, None
    version.review_note = note.strip()[:500]
    version.save(update_fields=["state", "submitted_at", "review_note"])
    record_version(actor, "matter_version.sent_back", version, note=version.review_note)
    return version


@transaction.atomic
def approve_version(
    actor: User,
    *,
    version_id: int,
    effective_from: datetime | None = None,
    note: str = "",
) -> MatterVersion:
    """Will publish a submitted version as the second person (双人复核).

    effective_from: aware, not past (default: now). The version in force until then ends then;
    cases keep the version they began with. Locks the matter type and the version; of two
    reviewers at once the second gets WrongStanding.
    Raises: NotAllowed; SamePerson (the author); WrongStanding (not submitted, or another one is
        already scheduled); InvalidDefinition; InvalidInput (a past moment).
    Source: MT-01, AC-09.
    """
    version = lock_version(version_id)
    permissions.require_publish(actor)
    if actor.pk == version.author_id:
        raise SamePerson(_("双人复核：编写人不能发布自己的版本，请由另一人复核"))
    _require_submitted(version)
    now = clock.now()
    start = effective_from or now
    if start < now:
        raise InvalidInput(_("生效时间不能早于现在"), field="effective_from")
    _require_ready(version)
    end_predecessor(version, start)

    version.state, version.reviewer = VersionState.PUBLISHED, actor
    version.review_note, version.published_by_name = note.strip()[:500], actor.display_name[:100]
    version.published_at, version.effective_from = now, start
    version.save(
        update_fields=[
            "state",
            "reviewer",
            "review_note",
            "published_by_name",
            "published_at",
            "effective_from",
        ]
    )
    point_at_version_in_force(version.matter_type, now)
    record_version(
        actor, "matter_version.published", version, effective_from=start.isoformat(), note=note
    )
    return version


@transaction.atomic
def retire_version(actor: User, *, version_id: int, reason: str) -> MatterVersion:
    """Will end a published version now; while none follows, nothing new can be opened.

    A version not yet in force is called off, and the one before it goes on. Running cases are
    handled to their end on the version they began with.
    Raises: NotAllowed, WrongStanding, InvalidInput (no reason).
    """
    version = lock_version(version_id)
    permissions.require_publish(actor)
    now = clock.now()
    standing = version.standing(now)
    if standing not in (Standing.IN_FORCE, Standing.SCHEDULED) or version.effective_from is None:
        raise WrongStanding(_("只有生效中或待生效的版本可以停用"))
    if not reason.strip():
        raise InvalidInput(_("请写明停用的理由"), field="reason")
    version.state, version.effective_until = (
        VersionState.RETIRED,
        max(now, version.effective_from),
    )
    version.save(update_fields=["state", "effective_until"])
    if standing == Standing.SCHEDULED:
        version.matter_type.versions.filter(
            state=VersionState.PUBLISHED, effective_until=version.effective_from
        ).exclude(pk=version.pk).update(effective_until=None)
    point_at_version_in_force(version.matter_type, now)
    record_version(actor, "matter_version.retired", version, reason=reason)
    return version


@transaction.atomic
def roll_back_version(actor: User, *, to_version_id: int, reason: str) -> MatterVersion:
    """Will submit the wording of an earlier published version as the next version.

    A second person publishes it, as always; nothing of the history is rewritten.
    Raises: NotAllowed; WrongStanding (that version was never published); InvalidDefinition;
        InvalidInput.
    """
    permissions.require_edit(actor)
    source = lock_version(find_version(to_version_id).pk)
    if source.published_at is None:
        raise WrongStanding(_("只能退回到发布过的版本"))
    if not reason.strip():
        raise InvalidInput(_("请写明退回旧版的理由"), field="reason")
    note = _("退回第%(number)s版：%(reason)s") % {"number": source.number, "reason": reason.strip()}
    version = new_version(actor, source.matter_type, source.body, note[:500])
    record_version(actor, "matter_version.rolled_back", version, to=source.number)
    return submit_version(actor, version_id=version.pk)


def _require_submitted(version: MatterVersion) -> None:
    if version.state != VersionState.SUBMITTED:
        raise WrongStanding(
            _("这个版本现在是“%(state)s”，不能这样操作") % {"state": version.get_state_display()}
        )


def _require_ready(version: MatterVersion) -> None:
    problems = problems_of(version)
    if problems:
        raise refusal(problems)
