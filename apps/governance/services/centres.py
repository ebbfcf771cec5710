"""Centres (综治中心): arranged by a body, and the scores they pass down. GR-17."""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, Tenant, User
from apps.accounts.selectors import staff_of
from apps.audit.services import Actor, changes, record_row, snapshot
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.texts import clean_text
from apps.governance import permissions
from apps.governance.enums import LEVEL_ORDER, CentreLevel
from apps.governance.models import Centre, ScoreNotice
from apps.notices import services as notices

FIELDS = ("level", "name", "unit", "parent", "is_active")


@transaction.atomic
def save_centre(
    actor: Actor,
    *,
    tenant: Tenant,
    level: CentreLevel,
    name: str,
    unit: Organization,
    parent: Centre | None = None,
    is_active: bool = True,
    centre_id: int | None = None,
) -> Centre:
    """Will make or change a centre; audited. Locks the centre.

    parent: of a higher level; only a city centre has none.
    Raises: NotAllowed; NotFound; InvalidInput (name, unit, parent); Refused (open disputes lie
        in a centre that shall be closed).
    Source: GR-17.
    """
    if isinstance(actor, User):
        permissions.require(permissions.can_keep_centres(actor, tenant.pk))
    title = clean_text(name, "name", _("名称"), most=80)
    _require_fitting(tenant, level, unit, parent)
    found = Centre(tenant=tenant, created_at=clock.now())
    if centre_id is not None:
        locked = Centre.objects.select_for_update().filter(tenant=tenant, pk=centre_id).first()
        if locked is None:
            raise NotFound(_("没有这个综治中心"))
        found = locked
    _require_free(found, unit, parent, is_active=is_active)
    before = snapshot(found, *FIELDS)
    found.level, found.name, found.unit = level, title, unit
    found.parent, found.is_active = parent, is_active
    found.save()
    record_row(actor, "governance_centre.saved", found, **changes(before, snapshot(found, *FIELDS)))
    return found


def _require_fitting(
    tenant: Tenant, level: CentreLevel, unit: Organization, parent: Centre | None
) -> None:
    if unit.tenant_id != tenant.pk or not unit.is_active:
        raise InvalidInput(_("请选择本级在用的单位"), field="unit")
    if (parent is None) != (level == CentreLevel.CITY):
        raise InvalidInput(_("除市级中心外都须有上级中心"), field="parent")
    if parent is None:
        return
    if parent.tenant_id != tenant.pk or not parent.is_active:
        raise InvalidInput(_("请选择本级在用的上级中心"), field="parent")
    if LEVEL_ORDER[CentreLevel(parent.level)] >= LEVEL_ORDER[level]:
        raise InvalidInput(_("上级中心的层级须高于本中心"), field="parent")


def _require_free(
    centre: Centre, unit: Organization, parent: Centre | None, *, is_active: bool
) -> None:
    if Centre.objects.filter(unit=unit).exclude(pk=centre.pk).exists():
        raise InvalidInput(_("该单位已有综治中心"), field="unit")
    if centre._state.adding:
        return
    is_leaving = not is_active or centre.unit_id != unit.pk
    if is_leaving and centre.disputes.exclude(case__category="ended").exists():
        raise Refused(_("该中心还有未结案的矛盾纠纷，请先结案或移交"))
    if not is_active and centre.children.filter(is_active=True).exists():
        raise Refused(_("该中心还有在用的下级中心，请先调整"))


@transaction.atomic
def send_score(
    actor: User,
    *,
    sender_id: int,
    receiver_id: int,
    month: date,
    title: str,
    score: Decimal,
    text: str,
    place: int | None = None,
) -> ScoreNotice:
    """Will pass a score down to a centre directly below; its people are told; audited.

    month: any day of the month. score: 0-100.
    Raises: NotAllowed (no mediation post in the sending centre); NotFound; InvalidInput.
    Source: GR-17.
    """
    centres = {c.pk: c for c in Centre.objects.filter(pk__in=[sender_id, receiver_id])}
    sender, receiver = centres.get(sender_id), centres.get(receiver_id)
    if sender is None or receiver is None:
        raise NotFound(_("没有这个综治中心"))
    permissions.require(permissions.can_mediate_in(actor, sender))
    if receiver.parent_id != sender.pk or not receiver.is_active:
        raise InvalidInput(_("只能下发给直接下级中心"), field="receiver")
    if not 0 <= score <= 100:
        raise InvalidInput(_("得分应在 0 至 100 之间"), field="score")
    return post_score(
        actor,
        sender=sender,
        receiver=receiver,
        month=month.replace(day=1),
        title=clean_text(title, "title", _("标题"), most=120),
        score=score,
        place=place,
        text=clean_text(text, "text", _("说明"), most=2000),
    )


def post_score(
    actor: User,
    *,
    sender: Centre,
    receiver: Centre,
    month: date,
    title: str,
    score: Decimal,
    place: int | None,
    text: str,
    run_id: int | None = None,
) -> ScoreNotice:
    """Will write a score down for a centre and tell its people; for deeds that have checked."""
    notice = ScoreNotice.objects.create(
        sender=sender,
        receiver=receiver,
        month=month,
        title=title,
        score=score,
        place=place,
        text=text,
        run_id=run_id,
        sent_at=clock.now(),
        sent_by_id=actor.pk,
        sent_by_name=actor.log_name[:100],
    )
    record_row(actor, "governance_score.sent", notice, score=str(score), receiver=receiver.name)
    notices.notify(
        recipients=staff_of(receiver.unit, permissions.MEDIATE),
        kind="score",
        title=_("%(centre)s下发考核信息：%(title)s")
        % {"centre": sender.name, "title": notice.title},
        key=f"governance-score-{notice.pk}",
        url=f"/governance/centres/{receiver.pk}/",
    )
    return notice


@transaction.atomic
def acknowledge_score(actor: User, *, notice_id: int, reply: str = "") -> ScoreNotice:
    """Will sign for a score (签收) with an optional answer; the sender is told; audited.

    reply: up to 2,000 characters. Locks the notice; twice changes nothing.
    Raises: NotAllowed (not of the receiving centre); NotFound; InvalidInput.
    """
    notice = (
        ScoreNotice.objects.select_for_update(of=("self",))
        .select_related("receiver__unit", "sender__unit")
        .filter(pk=notice_id)
        .first()
    )
    if notice is None:
        raise NotFound(_("没有这份考核信息"))
    permissions.require(permissions.can_mediate_in(actor, notice.receiver))
    if notice.read_at is not None:
        return notice
    before = snapshot(notice, "read_at", "reply")
    notice.read_at, notice.read_by_name = clock.now(), actor.log_name[:100]
    notice.reply = clean_text(reply, "reply", _("反馈"), most=2000) if reply.strip() else ""
    notice.save(update_fields=["read_at", "read_by_name", "reply"])
    after = snapshot(notice, "read_at", "reply")
    record_row(actor, "governance_score.acknowledged", notice, **changes(before, after))
    notices.notify(
        recipients=staff_of(notice.sender.unit, permissions.MEDIATE),
        kind="score",
        title=_("%(centre)s已签收考核信息：%(title)s")
        % {"centre": notice.receiver.name, "title": notice.title},
        body=notice.reply,
        key=f"governance-score-read-{notice.pk}",
        url=f"/governance/centres/{notice.sender_id}/",
    )
    return notice
