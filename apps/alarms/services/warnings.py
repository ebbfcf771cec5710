"""Warnings to the public: proposed by one, issued when another agrees, lifted with a reason.

What is proposed waits with the engine of held changes (decision 0033). Source: AL-07, AC-09,
decision 0087.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.approvals.registry import Proposal
from apps.accounts.approvals.services import file_change
from apps.accounts.models import Organization, Tenant, User
from apps.accounts.selectors import users_with_permission
from apps.alarms import permissions
from apps.alarms.enums import Level, WarningState
from apps.alarms.models import Alarm, PublicWarning, WarningLevel
from apps.alarms.selectors.warnings import centre_of
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.texts import clean_reason
from apps.notices import services as notices
from apps.places.models import Area

ACT = "alarms-issue-warning"
#: The fields of a text, with the most characters each may have.
TEXTS = {"title": 80, "text": 1000, "audience": 200, "action": 500, "lift": 300}
_STATED = ("state", "issued_at", "lifted_at", "outcome")


@dataclass(frozen=True)
class NewWarning:
    """A warning as it shall be; "" of audience, action, lift: as the level is described.

    until_at: aware, to come; None: open.
    """

    level: int
    title: str
    text: str
    area: Area
    audience: str = ""
    action: str = ""
    lift: str = ""
    until_at: datetime | None = None
    alarm: Alarm | None = None
    replaces: PublicWarning | None = None


@transaction.atomic
def propose_warning(
    maker: User, *, tenant: Tenant, new: NewWarning, reason: str, key: UUID
) -> PublicWarning:
    """Will write a warning down and ask a second person to issue it; nobody is warned yet.

    reason: for whoever checks, 4-300 characters. key: of the page; the same key again gives the
    warning there is. Audited.
    Raises: NotAllowed (no right, or not the maker's area); InvalidInput (the field at fault);
        Refused (what it replaces does not stand); NobodyCouldCheck.
    """
    permissions.require_issue(maker, new.area)
    same = PublicWarning.objects.filter(tenant=tenant, key=key).first()
    if same is not None:
        if same.made_by_id != maker.pk:
            raise Refused(_("此幂等键已用于另一个不同的请求"), code="idempotency_key_reused")
        return same
    if new.replaces is not None:
        _require_standing(new.replaces, tenant)
    warning = PublicWarning.objects.create(
        tenant=tenant, key=key, level=new.level, area=new.area, area_path=new.area.path,
        until_at=new.until_at, alarm=new.alarm, replaces=new.replaces, made_by=maker,
        made_at=clock.now(), **_texts(tenant, new),
    )  # fmt: skip
    audit.record_row(maker, "public_warning.proposed", warning, **_changed({}, warning))
    file_change(maker, proposal=_proposal(warning, centre_of(tenant)), reason=reason)
    return warning


@transaction.atomic
def issue_warning(maker: User, *, warning_id: int, checker: User | None) -> PublicWarning:
    """Will warn the public with what a second person agreed to; for the engine of held changes.

    What it replaces is lifted in the same moment. Whoever reads alarms of the body is told.
    checker: None only while the engine tries what it takes back. Locks the warning.
    Raises: NotFound; Refused (it does not wait; its time is over; what it replaces is lifted).
    """
    warning = _lock(warning_id)
    if warning.state != WarningState.WAITING:
        raise Refused(_("该预警已不在等待签发"))
    if warning.until_at is not None and warning.until_at <= clock.now():
        raise Refused(_("预计持续的时间已过，请重新拟稿"))
    before = audit.snapshot(warning, *_STATED)
    if warning.replaces_id is not None:
        replaced = _lock(warning.replaces_id)
        _require_standing(replaced, warning.tenant)
        _lift(maker, replaced, _("由新的预警“%(title)s”接替") % {"title": warning.title})
    if checker is None:
        return warning
    warning.state, warning.issued_at = WarningState.ISSUED, clock.now()
    warning.checked_by = checker
    warning.save(update_fields=["state", "issued_at", "checked_by"])
    audit.record_row(checker, "public_warning.issued", warning, **_changed(before, warning))
    _tell(warning, _("已发布%(level)s预警：%(title)s"))
    return warning


@transaction.atomic
def lift_warning(actor: User, *, warning_id: int, reason: str) -> PublicWarning:
    """Will lift a warning that stands; the public sees when and why. Locks it; audited.

    reason: which condition is met, 4-300 characters.
    Raises: NotFound; NotAllowed; InvalidInput (field "reason"); Refused (it does not stand).
    """
    warning = _lock(warning_id)
    permissions.require_issue(actor, warning.area)
    why = clean_reason(reason, _("已满足的解除条件"))
    _require_standing(warning, warning.tenant)
    _lift(actor, warning, why)
    _tell(warning, _("%(level)s预警已解除：%(title)s"))
    return warning


@transaction.atomic
def drop_warning(actor: Actor, *, warning_id: int, why: str) -> None:
    """Will close a warning that was not agreed to; one in another state stays as it is."""
    warning = _lock(warning_id)
    if warning.state != WarningState.WAITING:
        return
    before = audit.snapshot(warning, *_STATED)
    warning.state, warning.outcome = WarningState.REFUSED, why[:300]
    warning.save(update_fields=["state", "outcome"])
    audit.record_row(actor, "public_warning.dropped", warning, **_changed(before, warning))


def note_warnings_export(actor: Actor, *, count: int) -> None:
    """Will write down that somebody took the list along."""
    audit.record(actor, "public_warnings.exported", data={"count": count})


def _texts(tenant: Tenant, new: NewWarning) -> dict[str, str]:
    if new.level not in Level.values:
        raise InvalidInput(_("请选择级别"), field="level")
    if new.until_at is not None and new.until_at <= clock.now():
        raise InvalidInput(_("预计持续至的时间已过"), field="until_at")
    meaning = WarningLevel.objects.filter(tenant=tenant, level=new.level).first()
    said = {name: getattr(new, name).strip() for name in TEXTS}
    for name, most in TEXTS.items():
        said[name] = said[name] or getattr(meaning, name, "")
        if not said[name]:
            raise InvalidInput(_("请填写本栏；该级别也没有预先填写的含义"), field=name)
        if len(said[name]) > most:
            raise InvalidInput(_("不能超过 %(n)d 个字") % {"n": most}, field=name)
    return said


def _require_standing(warning: PublicWarning, tenant: Tenant) -> None:
    if warning.tenant_id != tenant.pk or warning.state != WarningState.ISSUED:
        raise Refused(_("“%(title)s”不在发布中") % {"title": warning.title})


def _lift(actor: User, warning: PublicWarning, why: str) -> None:
    before = audit.snapshot(warning, *_STATED)
    warning.state, warning.lifted_at = WarningState.LIFTED, clock.now()
    warning.lifted_by, warning.outcome = actor, why
    warning.save(update_fields=["state", "lifted_at", "lifted_by", "outcome"])
    audit.record_row(actor, "public_warning.lifted", warning, **_changed(before, warning))


def _tell(warning: PublicWarning, title: str) -> None:
    """Title: with %(level)s and %(title)s."""
    told = users_with_permission(permissions.VIEW).filter(tenant=warning.tenant)
    said = {"level": warning.get_level_display(), "title": warning.title}
    notices.notify(
        recipients=told,
        kind="alarms",
        title=title % said,
        body=f"{warning.area.name}：{warning.outcome or warning.action}",
        url=reverse("alarms:warning-detail", args=[warning.pk]),
        key=f"public-warning-{warning.pk}-{warning.state}",
    )


def _lock(warning_id: int) -> PublicWarning:
    rows = PublicWarning.objects.select_for_update(of=("self",)).select_related("tenant", "area")
    warning = rows.filter(pk=warning_id).first()
    if warning is None:
        raise NotFound(_("没有这条预警"))
    return warning


def _changed(before: dict[str, Any], warning: PublicWarning) -> dict[str, Any]:
    names = tuple(before) or ("level", "area_path", *TEXTS, "until_at", "state")
    return audit.changes(before, audit.snapshot(warning, *names))


def _proposal(warning: PublicWarning, unit: Organization | None) -> Proposal:
    if unit is None:
        raise NotAllowed(_("没有指挥中心，无人可以签发预警"))
    until = warning.until_at.isoformat() if warning.until_at else ""
    return Proposal(
        act=ACT,
        subject_type="alarms.publicwarning",
        subject_id=warning.pk,
        subject_label=f"{warning.get_level_display()} {warning.title}",
        organization=unit,
        payload={
            "warning_id": warning.pk,
            "level": warning.level,
            "area": warning.area.name,
            "until_at": until,
            "replaces": warning.replaces.title if warning.replaces else "",
            **{name: getattr(warning, name) for name in TEXTS},
        },
    )
