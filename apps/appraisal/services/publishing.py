"""Opening a month to appeals, and freezing it. Source: OP-16, fair appraisal."""

from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for, users_with_permission
from apps.appraisal import permissions
from apps.appraisal.counting import digest_of
from apps.appraisal.enums import OPEN_PASSES, AppealState, RunState
from apps.appraisal.models import Appeal, Pass, Run
from apps.appraisal.schemes import read_terms
from apps.appraisal.services._shared import lock_run, require_over
from apps.appraisal.services.ranking import figures_digest
from apps.audit.services import changes, record_row, snapshot
from apps.common import clock
from apps.common.errors import NotAllowed, Refused
from apps.notices import services as notices

_STATED = ("state", "appeal_until", "shown", "digest", "frozen_by_name")


@transaction.atomic
def open_run(actor: User, *, run_id: int) -> Run:
    """Will show a computed month to whom it is about, open to appeals for the scheme's days.

    Locks the month; audited; whoever may appeal is told.
    Raises: NotFound; NotAllowed; Refused (not over, not computed, open already, frozen).
    """
    run = lock_run(actor, run_id, permissions.KEEP)
    require_over(run.month)
    if run.state != RunState.DRAFT:
        raise Refused(_("该月考核已经公示"))
    shown = _settled(run)
    before = snapshot(run, *_STATED)
    days = read_terms(shown.scheme.body).appeal_days
    run.state, run.appeal_until = RunState.APPEALING, clock.today() + timedelta(days=days)
    run.opened_by_id, run.opened_by_name = actor.pk, actor.log_name[:100]
    run.save()
    record_row(actor, "ops_appraisal.opened", run, **changes(before, snapshot(run, *_STATED)))
    _tell(
        run,
        permissions.FILE,
        _("%(month)s 运维考核已公示，%(day)s 前可以申诉")
        % {"month": f"{run.month:%Y-%m}", "day": run.appeal_until.isoformat()},
    )
    return run


@transaction.atomic
def freeze_run(actor: User, *, run_id: int) -> Run:
    """Will close a month for good: the ranking is final and the database keeps it.

    Locks the month; audited with the digest; whoever may appeal is told.
    Raises: NotFound; NotAllowed (no right; who opened or computed it); Refused (not open;
        appeals may still come or wait for a ruling; not computed since the last ruling).
    """
    run = lock_run(actor, run_id, permissions.PUBLISH)
    if run.state != RunState.APPEALING or run.appeal_until is None:
        raise Refused(_("该月考核还没有公示，不能封存"))
    shown = _settled(run)
    if actor.pk in {run.opened_by_id, shown.asked_by_id}:
        raise NotAllowed(_("计算或公示考核的人不能封存，请由另一人封存"))
    if clock.today() <= run.appeal_until:
        raise Refused(_("申诉期到 %s，之后才能封存") % run.appeal_until.isoformat())
    appeals = Appeal.objects.filter(tenant_id=run.tenant_id, month=run.month)
    if appeals.filter(state=AppealState.PENDING).exists():
        raise Refused(_("还有考核申诉没有裁定，不能封存"))
    if appeals.filter(state=AppealState.GRANTED, ruled_at__gt=shown.read_at).exists():
        raise Refused(_("取数之后又有申诉成立，请重新计算后封存"))
    before = snapshot(run, *_STATED)
    run.digest = digest_of([shown.scheme.body, shown.inputs_digest, figures_digest(shown)])
    run.state, run.frozen_at = RunState.FROZEN, clock.now()
    run.frozen_by_id, run.frozen_by_name = actor.pk, actor.log_name[:100]
    run.save()
    record_row(actor, "ops_appraisal.frozen", run, **changes(before, snapshot(run, *_STATED)))
    title = _("%(month)s 运维考核已封存，排名为最终结果") % {"month": f"{run.month:%Y-%m}"}
    _tell(run, permissions.FILE, title)
    return run


def _settled(run: Run) -> Pass:
    """Gives the computation that is shown. Raises: Refused (none, or another is under way)."""
    if run.passes.filter(state__in=OPEN_PASSES).exists():
        raise Refused(_("该月正在计算，请等待完成"))
    if run.shown is None:
        raise Refused(_("该月还没有计算"))
    return run.shown


def _tell(run: Run, right: str, title: str) -> None:
    people = [
        one
        for one in users_with_permission(right)
        if scope_for(one, right).covers_tenant(run.tenant_id)
    ]
    if people:
        notices.notify(
            recipients=people,
            kind="score",
            title=title,
            body="",
            url=reverse("appraisal:ranking") + f"?month={run.month:%Y-%m}",
            key=f"ops-appraisal:{run.pk}:{run.state}",
        )
