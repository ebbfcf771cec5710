"""Appeals: filed with evidence while a month is open, ruled by another person. Source: OP-16."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for, users_with_permission
from apps.appraisal import permissions
from apps.appraisal.enums import AppealState, Cause, RunState, Wish
from apps.appraisal.models import Appeal, PointFact, PointFigure, Run
from apps.appraisal.selectors.staff import get_staff_fact, may_appeal
from apps.audit.services import changes, record_row, snapshot
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.models import StoredFile
from apps.common.texts import clean_text
from apps.notices import services as notices

MOST_FILES = 9


@transaction.atomic
def file_appeal(
    actor: User,
    *,
    fact_id: int,
    wish: str,
    cause: str,
    reason: str,
    files: Sequence[StoredFile],
) -> Appeal:
    """Will say that a counted row should not count, or for another cause; audited.

    files: 1 to 9. Locks the month, so that it cannot be frozen meanwhile.
    Raises: NotFound (not a row the actor may see); NotAllowed; Refused (not open; appealed
        already); InvalidInput (fields "wish", "cause", "reason", "evidence").
    """
    fact = PointFact.objects.select_related("of__run").filter(pk=fact_id).first()
    if fact is None:
        raise NotFound(_("没有这条考核依据"))
    point = _point_of(actor, fact)
    run = _open_run(fact.of.run_id)
    _check(wish, cause, files)
    made = Appeal(
        tenant_id=run.tenant_id, month=run.month, asset_id=fact.asset_id, key=fact.key,
        label=f"{point.name} {fact.label}"[:160], area_path=point.area_path, vendor=point.vendor,
        wish=wish, cause=cause if wish == Wish.RECAUSE else "",
        reason=clean_text(reason, "reason", _("申诉理由"), most=2000),
    )  # fmt: skip
    return _file(actor, made, files)


@transaction.atomic
def file_staff_appeal(
    actor: User, *, fact_id: int, reason: str, files: Sequence[StoredFile]
) -> Appeal:
    """Will say that a row of somebody's rating should not be held against them; audited.

    files: 1 to 9. By the person rated, or who files appeals for the unit. Locks the month.
    Raises: NotFound (not a row the actor may see); NotAllowed; Refused (not open; appealed
        already); InvalidInput (fields "reason", "evidence"). Source: OP-17.
    """
    fact, line = get_staff_fact(actor, fact_id)
    permissions.require(may_appeal(actor, line, fact), _("您没有申诉运维考核的权限"))
    run = _open_run(line.of.run_id)
    _check(Wish.LEAVE_OUT, "", files)
    made = Appeal(
        tenant_id=run.tenant_id, month=run.month, person_id=line.person_id, key=fact.key,
        label=f"{line.name} {fact.label}"[:160], area_path=fact.area_path,
        vendor=line.unit_name[:80], wish=Wish.LEAVE_OUT,
        reason=clean_text(reason, "reason", _("申诉理由"), most=2000),
    )  # fmt: skip
    return _file(actor, made, files)


def _open_run(run_id: int) -> Run:
    """Locks the month, so that it is not frozen meanwhile. Raises: Refused (not open)."""
    run = Run.objects.select_for_update().get(pk=run_id)
    if run.state != RunState.APPEALING or run.appeal_until is None:
        raise Refused(_("该月考核不在申诉期"))
    if clock.today() > run.appeal_until:
        raise Refused(_("申诉期已于 %s 截止") % run.appeal_until.isoformat())
    return run


def _file(actor: User, made: Appeal, files: Sequence[StoredFile]) -> Appeal:
    """Saves an appeal with who filed it, tells who rules. Raises: Refused (appealed already)."""
    made.filed_at = clock.now()
    made.filed_by_id, made.filed_by_name = actor.pk, actor.log_name[:100]
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as error:
        if "ops_appeal_once" not in str(error):
            raise
        raise Refused(_("这条依据已经有人申诉")) from error
    made.evidence.set(files)
    record_row(
        actor, "ops_appeal.filed", made, key=made.key,
        **changes({}, snapshot(made, "state", "wish", "cause", "reason")),
    )  # fmt: skip
    _tell_rulers(made)
    return made


@transaction.atomic
def rule_appeal(actor: User, *, appeal_id: int, grant: bool, ruling: str) -> Appeal:
    """Will rule on an appeal; granted, it holds from the next computation on; audited.

    Locks the appeal. Raises: NotFound; NotAllowed (no right, or who filed it); Refused (ruled
        already; frozen); InvalidInput (field "ruling").
    """
    appeal = Appeal.objects.select_for_update().filter(pk=appeal_id).first()
    if appeal is None or not scope_for(actor, permissions.RULE).covers_tenant(appeal.tenant_id):
        raise NotFound(_("没有这份申诉"))
    if appeal.filed_by_id == actor.pk:
        raise NotAllowed(_("申诉人不能裁定自己的申诉，请由另一人裁定"))
    if appeal.state != AppealState.PENDING:
        raise Refused(_("该申诉已经裁定"))
    run = Run.objects.select_for_update().get(tenant_id=appeal.tenant_id, month=appeal.month)
    if run.state == RunState.FROZEN:
        raise Refused(_("该月考核已封存，不再变化"))
    before = snapshot(appeal, "state", "ruling")
    appeal.ruling = clean_text(ruling, "ruling", _("裁定意见"), most=2000)
    appeal.state = AppealState.GRANTED if grant else AppealState.REFUSED
    appeal.ruled_at = clock.now()
    appeal.ruled_by_id, appeal.ruled_by_name = actor.pk, actor.log_name[:100]
    appeal.save()
    record_row(
        actor, "ops_appeal.ruled", appeal, **changes(before, snapshot(appeal, "state", "ruling"))
    )
    filer = User.objects.filter(pk=appeal.filed_by_id, is_active=True)
    notices.notify(
        recipients=list(filer),
        kind="score",
        title=_("您的运维考核申诉：%s") % appeal.get_state_display(),
        body=appeal.ruling,
        url=reverse("appraisal:appeal-list"),
        key=f"ops-appeal-ruled:{appeal.pk}",
    )
    return appeal


def _point_of(actor: User, fact: PointFact) -> PointFigure:
    """Gives the point in whose time the row began, if the actor may appeal for it."""
    slices = PointFigure.objects.filter(of=fact.of_id, asset_id=fact.asset_id).order_by("began_at")
    mine = [one for one in slices if _covers(actor, one)]
    if not mine:
        raise NotFound(_("没有这条考核依据"))
    if not actor.has_perm(permissions.FILE):
        raise NotAllowed(_("您没有申诉运维考核的权限"))
    during = [one for one in mine if one.began_at <= fact.began_at < one.ended_at]
    return during[0] if during else mine[0]


def _covers(actor: User, point: PointFigure) -> bool:
    return permissions.covers(actor, area_path=point.area_path, vendor=point.vendor)


def _check(wish: str, cause: str, files: Sequence[StoredFile]) -> None:
    if wish not in Wish.values:
        raise InvalidInput(_("请选择申诉请求"), field="wish")
    if wish == Wish.RECAUSE and cause not in Cause.values:
        raise InvalidInput(_("请选择应计的原因"), field="cause")
    if not 1 <= len(files) <= MOST_FILES:
        raise InvalidInput(_("请附 1 至 9 份证据"), field="evidence")


def _tell_rulers(appeal: Appeal) -> None:
    people = [
        one
        for one in users_with_permission(permissions.RULE)
        if one.pk != appeal.filed_by_id
        and scope_for(one, permissions.RULE).covers_tenant(appeal.tenant_id)
    ]
    if people:
        notices.notify(
            recipients=people,
            kind="score",
            title=_("有一份运维考核申诉待裁定"),
            body=appeal.label,
            url=reverse("appraisal:appeal-list"),
            key=f"ops-appeal:{appeal.pk}",
        )
