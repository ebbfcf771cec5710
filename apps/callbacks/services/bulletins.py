"""The monthly bulletin: counted, written, approved by a second person, made, issued.

Counting and making are ordered through the outbox and done by the worker: a killed worker
leaves the order, and doing it again gives the same edition, because an edition moves on only
in the transaction that also keeps what was counted or made.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_for, users_with_permission
from apps.audit import services as audit
from apps.audit.services import SYSTEM, Actor
from apps.callbacks import permissions
from apps.callbacks.documents import Page, make_pdf, make_word
from apps.callbacks.enums import BulletinState
from apps.callbacks.models import Bulletin
from apps.callbacks.selectors.figures import count_figures, digest_of
from apps.callbacks.wording import HEADINGS, write_paragraphs
from apps.common import clock, files, outbox
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.hotline.rates.facts import month_of
from apps.notices import services as notices

COUNT_TOPIC, MAKE_TOPIC = "callbacks.count_bulletin", "callbacks.make_bulletin"
PARAGRAPH_MOST = 2000
_RUNNING = (
    BulletinState.COUNTING,
    BulletinState.DRAFT,
    BulletinState.SUBMITTED,
    BulletinState.APPROVED,
)


@transaction.atomic
def start_bulletin(actor: User, *, tenant: Tenant, month: date, correction: str = "") -> Bulletin:
    """Will begin the bulletin of a month, or a correction of the one issued; audited.

    month: its first day; it must be over. correction: why, needed from the second edition on.
    An edition on its way is given again. Orders the counting. Locks the tenant.
    Raises: NotAllowed; InvalidInput (field "correction"); Refused (the month is not over).
    """
    permissions.require_in(actor, permissions.DRAFT, tenant.pk)
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    if month.day != 1 or clock.today() <= month_of(month).last:
        raise Refused(_("该月尚未结束，不能编制月报"))
    own = Bulletin.objects.filter(tenant=tenant, month=month)
    running = own.filter(state__in=_RUNNING).first()
    if running is not None:
        return running
    last = own.aggregate(last=Max("edition"))["last"] or 0
    reason = correction.strip()[:300]
    if last and not reason:
        raise InvalidInput(_("该月月报已发布，请写明更正原因"), field="correction")
    bulletin = Bulletin.objects.create(
        tenant=tenant,
        month=month,
        edition=last + 1,
        correction=reason,
        created_at=clock.now(),
        author_id=actor.pk,
        author_name=actor.display_name,
    )
    outbox.enqueue(COUNT_TOPIC, key=f"bulletin:{bulletin.pk}", payload={"bulletin": bulletin.pk})
    _note(actor, "bulletin.started", bulletin, after={"state": bulletin.state})
    return bulletin


@transaction.atomic
def count_bulletin(bulletin_id: int) -> Bulletin:
    """Will count an edition's figures and write its first text; again changes nothing."""
    bulletin = _lock(bulletin_id)
    if bulletin.state != BulletinState.COUNTING:
        return bulletin
    bulletin.figures = count_figures(bulletin.tenant, bulletin.month)
    bulletin.paragraphs = write_paragraphs(bulletin.figures)
    bulletin.counted_at = clock.now()
    _move(SYSTEM, bulletin, BulletinState.DRAFT, "bulletin.counted")
    _tell(bulletin, User.objects.filter(pk=bulletin.author_id), _("月报数据已统计，可以编写"))
    return bulletin


@transaction.atomic
def edit_bulletin(actor: User, *, bulletin_id: int, texts: Mapping[str, str]) -> Bulletin:
    """Will change the text of a draft; figures cannot be changed by hand; audited.

    texts: by heading, 1-2000 characters. Raises: NotAllowed; NotFound; Refused (no draft);
        InvalidInput (the heading).
    """
    bulletin = _own(actor, bulletin_id, permissions.DRAFT)
    _require_state(bulletin, BulletinState.DRAFT, _("只有草稿可以修改"))
    wanted = dict(bulletin.paragraphs)
    for code, text in texts.items():
        if code not in HEADINGS:
            raise InvalidInput(_("没有这一段"), field=code)
        if not 1 <= len(text.strip()) <= PARAGRAPH_MOST:
            raise InvalidInput(_("“%s”应为 1 至 2000 字") % HEADINGS[code], field=code)
        wanted[code] = text.strip().replace("\r\n", "\n")
    if wanted == bulletin.paragraphs:
        return bulletin
    changed = audit.document_changes(bulletin.paragraphs, wanted)
    bulletin.paragraphs = wanted
    bulletin.save(update_fields=["paragraphs"])
    _note(actor, "bulletin.edited", bulletin, **changed)
    return bulletin


@transaction.atomic
def submit_bulletin(actor: User, *, bulletin_id: int) -> Bulletin:
    """Will ask a second person to approve; those are told. Raises: as ``edit_bulletin``."""
    bulletin = _own(actor, bulletin_id, permissions.DRAFT)
    _require_state(bulletin, BulletinState.DRAFT, _("只有草稿可以送审"))
    _move(actor, bulletin, BulletinState.SUBMITTED, "bulletin.submitted")
    approvers = users_with_permission(permissions.APPROVE).filter(
        appointments__post__organization__tenant_id=bulletin.tenant_id
    )
    _tell(bulletin, approvers.exclude(pk=bulletin.author_id), _("热线月报待审批"))
    return bulletin


@transaction.atomic
def send_back_bulletin(actor: User, *, bulletin_id: int) -> Bulletin:
    """Will give a submitted edition back to its author. Raises: as ``approve_bulletin``."""
    bulletin = _own(actor, bulletin_id, permissions.APPROVE)
    _require_state(bulletin, BulletinState.SUBMITTED, _("只有待审批的月报可以退回"))
    _move(actor, bulletin, BulletinState.DRAFT, "bulletin.sent_back")
    _tell(bulletin, User.objects.filter(pk=bulletin.author_id), _("热线月报被退回修改"))
    return bulletin


@transaction.atomic
def approve_bulletin(actor: User, *, bulletin_id: int) -> Bulletin:
    """Will freeze figures and text with their digest and order the files; audited.

    Raises: NotAllowed (no approver, or the author); NotFound; Refused (not submitted).
    """
    bulletin = _own(actor, bulletin_id, permissions.APPROVE)
    if bulletin.author_id == actor.pk:
        raise NotAllowed(_("编制人不能审批自己的月报，请由另一人审批"))
    _require_state(bulletin, BulletinState.SUBMITTED, _("只有待审批的月报可以审批"))
    bulletin.digest = digest_of(bulletin.figures, bulletin.paragraphs)
    bulletin.approved_at = clock.now()
    bulletin.approver_id, bulletin.approver_name = actor.pk, actor.display_name
    _move(actor, bulletin, BulletinState.APPROVED, "bulletin.approved")
    outbox.enqueue(MAKE_TOPIC, key=f"bulletin:{bulletin.pk}", payload={"bulletin": bulletin.pk})
    return bulletin


@transaction.atomic
def make_bulletin(bulletin_id: int) -> Bulletin:
    """Will make both files of an approved edition and issue it; again changes nothing.

    The edition it corrects is kept and marked as replaced. Raises: Refused (figures or text
    are no longer those that were approved).
    """
    bulletin = _lock(bulletin_id)
    if bulletin.state != BulletinState.APPROVED:
        return bulletin
    if digest_of(bulletin.figures, bulletin.paragraphs) != bulletin.digest:
        raise Refused(_("月报内容与审批时的摘要不符，不能发布"))
    page = Page(
        city=bulletin.tenant.name,
        month=bulletin.month,
        edition=bulletin.edition,
        correction=bulletin.correction,
        figures=bulletin.figures,
        paragraphs=bulletin.paragraphs,
        digest=bulletin.digest,
        author=bulletin.author_name,
        approver=bulletin.approver_name,
        approved_at=bulletin.approved_at or clock.now(),
    )
    name = f"bulletin-{bulletin.month:%Y%m}-{bulletin.edition}"
    bulletin.word = files.store(ContentFile(make_word(page), name=f"{name}.docx"))
    bulletin.pdf = files.store(ContentFile(make_pdf(page), name=f"{name}.pdf"))
    bulletin.issued_at = clock.now()
    earlier = Bulletin.objects.select_for_update(of=("self",)).filter(
        tenant=bulletin.tenant, month=bulletin.month, state=BulletinState.ISSUED
    )
    for old in earlier.order_by("pk"):
        _move(SYSTEM, old, BulletinState.REPLACED, "bulletin.replaced")
    _move(SYSTEM, bulletin, BulletinState.ISSUED, "bulletin.issued")
    _tell(bulletin, User.objects.filter(pk=bulletin.author_id), _("热线月报已发布"))
    return bulletin


def _lock(bulletin_id: int) -> Bulletin:
    found = (
        Bulletin.objects.select_for_update(of=("self",))
        .select_related("tenant__area")
        .filter(pk=bulletin_id)
        .first()
    )
    if found is None:
        raise NotFound(_("没有这份月报"))
    return found


def _own(actor: User, bulletin_id: int, right: str) -> Bulletin:
    bulletin = _lock(bulletin_id)
    reach = scope_for(actor, *permissions.BULLETIN_READERS)
    if not reach.covers_tenant(bulletin.tenant_id):
        raise NotFound(_("没有这份月报"))
    permissions.require_in(actor, right, bulletin.tenant_id)
    return bulletin


def _require_state(bulletin: Bulletin, wanted: BulletinState, message: str) -> None:
    if bulletin.state != wanted:
        raise Refused(message)


def _move(actor: Actor, bulletin: Bulletin, state: BulletinState, action: str) -> None:
    before = audit.snapshot(bulletin, "state", "digest")
    bulletin.state = state
    bulletin.save()
    _note(
        actor,
        action,
        bulletin,
        **audit.changes(before, audit.snapshot(bulletin, "state", "digest")),
    )


def _note(actor: Actor, action: str, bulletin: Bulletin, **data: Any) -> None:
    audit.record(
        actor,
        action,
        object_type="bulletin",
        object_id=bulletin.pk,
        object_label=str(bulletin),
        data=data,
    )


def _tell(bulletin: Bulletin, people: Any, title: str) -> None:
    notices.notify(
        recipients=people,
        kind="request",
        title=f"{title}：{bulletin.month:%Y-%m}",
        body="",
        url=f"/callbacks/bulletins/{bulletin.pk}/",
        key=f"bulletin:{bulletin.pk}:{bulletin.state}:{bulletin.digest[:8]}",
    )
