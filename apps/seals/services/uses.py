"""Requests to use seals: asked for, placed, decided. Workers seal (``sealing``).

An approval is bound to the SHA-256 of the document; the seal works on those bytes and no
others. Who asked never approves. Source: ES-01, ES-05; 国办发〔2025〕33号.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import appointments_in_force
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotAllowed, NotFound, Refused, Stale
from apps.seals import permissions
from apps.seals.enums import Algorithm, KeepingLevel, Rule, SealState, SignedForm, UseState
from apps.seals.models import Placement, Seal, SealGrant, SealUse, UseBatch
from apps.seals.services.documents import Taken, find_keyword
from apps.seals.services.layout import spots_of
from apps.seals.services.life import require_reason, require_same_unit
from apps.seals.services.logbook import Tried, note_refused_request, note_try
from apps.seals.services.waking import wake

MOST_SEALS = 5
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0, O, 1, I: people type it from paper


@dataclass(frozen=True)
class Wanted:
    """One seal on the document; see ``Placement``. keyword: the seal is laid over it.

    is_loose: a first place before anybody saw the page; a small page moves it onto itself.
    """

    seal: Seal
    rule: str = Rule.POINT
    page: int = 0
    x_mm: float = 0
    y_mm: float = 0
    keyword: str = ""
    is_loose: bool = False


@dataclass(frozen=True)
class NewUse:
    """A request. key: of the caller; the same key by the same person is the same request.

    level: what the person's sign-on has proved (``accounts.assurance``). form: a record is
    signed by one seal, beside its bytes. hands_in: of an office file: submitted by the worker
    that has made the document, its seals exactly where they were asked for.
    """

    title: str
    document: Taken
    reason: str
    wanted: Sequence[Wanted]
    matter: str = ""
    case_number: str = ""
    level: int = 0
    key: str = ""
    batch: UseBatch | None = None
    form: str = SignedForm.PDF
    hands_in: bool = False


def ask_use(actor: User, *, new: NewUse) -> SealUse:
    """Will ask for seals on a document; it waits for ``place`` and ``submit_use``.

    An office file waits for a worker first, which makes the document of it.

    What is refused is in the log all the same. Raises: NotAllowed (no grant for a seal, or for
    this matter); Refused (a seal out of use, quota spent, expired); InvalidInput (fields
    "title", "reason", "seal").
    """
    try:
        with transaction.atomic():
            return _ask(actor, new)
    except DomainError as error:
        note_refused_request(
            actor, seal=new.wanted[0].seal if new.wanted else None,
            digest=new.document.file.sha256, reason=str(error), level=new.level, matter=new.matter,
        )  # fmt: skip
        raise


def _ask(actor: User, new: NewUse) -> SealUse:
    known = SealUse.objects.filter(requested_by=actor, key=new.key).exclude(key="").first()
    if known is not None:
        if known.digest != new.document.file.sha256:
            raise Refused(_("同一请求标识已用于另一份文件"), code="key_reused")
        return known
    title = new.title.strip()[:120]
    if not title:
        raise InvalidInput(_("请填写文件名称"), field="title")
    why = require_reason(new.reason)
    if not 1 <= len(new.wanted) <= MOST_SEALS:
        raise InvalidInput(_("请选择 1 到 %(n)d 枚印章") % {"n": MOST_SEALS}, field="seal")
    if len({each.seal.pk for each in new.wanted}) < len(new.wanted):
        raise InvalidInput(_("同一印章只需选择一次"), field="seal")
    _require_form(new)
    grants = [usable_grant(actor, each.seal, new.matter) for each in new.wanted]
    use = SealUse(
        number="", title=title, document=new.document.file, digest=new.document.file.sha256,
        pages=new.document.pages, unit=_unit_of(actor), requested_by=actor,
        requested_at=clock.now(), reason=why, matter=new.matter.strip()[:80],
        case_number=new.case_number.strip()[:40], level=new.level, key=new.key[:80],
        batch=new.batch, code=_new_code(), form=new.form, earlier=new.document.earlier,
        source=new.document.source, hands_in=new.hands_in,
    )  # fmt: skip
    try:
        with transaction.atomic():
            use.number = use.code
            use.save()
    except IntegrityError:  # the same key at the same moment
        return SealUse.objects.get(requested_by=actor, key=new.key)
    use.number = f"YY{use.pk:010d}"
    use.save(update_fields=["number"])
    if new.document.is_pending:
        use.state, use.due_at = UseState.READING, clock.now()
        use.save(update_fields=["state", "due_at"])
        transaction.on_commit(wake, robust=True)
    for position, (each, grant) in enumerate(zip(new.wanted, grants, strict=True), 1):
        placement = Placement(
            use=use, seal=each.seal, position=position, rule=each.rule, page=each.page,
            x_mm=each.x_mm, y_mm=each.y_mm, keyword=each.keyword.strip()[:40], grant=grant,
        )  # fmt: skip
        if use.pages:
            if each.is_loose:
                _move_onto_page(placement, use)
            _settle(placement, use)
        placement.save()
    _note(actor, use, "asked", reason=why, seals=[each.seal.code for each in new.wanted])
    return use


@transaction.atomic
def place(
    actor: User, *, use_id: int, position: int, page: int, x_mm: float, y_mm: float
) -> Placement:
    """Will put one seal of a request elsewhere, while nobody has been asked to approve it.

    Locks the request. Raises: NotFound; Refused (no draft any more); InvalidInput (off the
    page).
    """
    use = lock_use(use_id, of=actor)
    _require(use, UseState.DRAFT)
    if use.is_record:
        raise Refused(_("数据签名没有位置"), code="record")
    found = use.placements.select_related("seal").filter(position=position).first()
    if found is None:
        raise NotFound(_("没有这枚印章的位置"))
    found.page, found.x_mm, found.y_mm, found.keyword = page, x_mm, y_mm, ""
    if found.rule == Rule.KEYWORD:
        found.rule = Rule.POINT
    spots_of(found, use.pages)
    found.save(update_fields=["page", "x_mm", "y_mm", "keyword", "rule"])
    return found


@transaction.atomic
def submit_use(actor: User, *, use_id: int) -> SealUse:
    """Will hand a request in for approval. Again it changes nothing. Locks it.

    Raises: NotFound; Refused; InvalidInput (a seal that lies off the page).
    """
    use = lock_use(use_id, of=actor)
    if use.state == UseState.WAITING:
        return use
    _require(use, UseState.DRAFT)
    for placement in use.placements.select_related("seal__unit"):
        if not use.is_record:
            spots_of(placement, use.pages)
        require_usable(placement.seal)
    use.state = UseState.WAITING
    use.save(update_fields=["state"])
    _note(actor, use, "submitted")
    return use


@transaction.atomic
def approve_use(
    actor: User, *, use_id: int, digest: str, note: str = "", level: int = 0
) -> SealUse:
    """Will let a worker seal exactly the document of this digest. Locks the request.

    digest: of the document as the approver saw it. Raises: NotFound; NotAllowed (the requester,
    or no right over a seal's unit); Stale (decided already, another document); Refused.
    """
    use = lock_use(use_id)
    _require_decider(actor, use)
    if not secrets.compare_digest(digest, use.digest):
        raise Stale(_("批准的不是这份文件，请刷新后核对"), code="digest")
    for placement in use.placements.select_related("seal__unit"):
        require_usable(placement.seal)
    use.state, use.approved_by, use.approved_at = UseState.APPROVED, actor, clock.now()
    use.approved_digest, use.approval_level = use.digest, level
    use.note, use.due_at, use.failure = note.strip()[:200], clock.now(), ""
    use.save()
    _note(actor, use, "approved", digest=use.digest, level=level)
    transaction.on_commit(wake, robust=True)
    return use


@transaction.atomic
def refuse_use(actor: User, *, use_id: int, note: str) -> SealUse:
    """Will turn a request down; logged for every seal. Locks it.

    Raises: NotFound; NotAllowed; Stale; InvalidInput (no words why).
    """
    why = require_reason(note)
    use = lock_use(use_id)
    _require_decider(actor, use)
    use.state, use.approved_by, use.approved_at = UseState.REFUSED, actor, clock.now()
    use.note = why
    use.save(update_fields=["state", "approved_by", "approved_at", "note"])
    for placement in use.placements.select_related("seal__unit"):
        note_try(actor, use=use, seal=placement.seal, tried=Tried(reason=why))
    return use


@transaction.atomic
def withdraw_use(actor: User, *, use_id: int) -> SealUse:
    """Will take one's own request back before it is decided. Locks it. Raises: NotFound; Stale."""
    use = lock_use(use_id, of=actor)
    if use.state not in (UseState.READING, UseState.DRAFT, UseState.WAITING):
        raise Stale(_("该申请已经办理"), code="use_state")
    use.state = UseState.WITHDRAWN
    use.save(update_fields=["state"])
    _note(actor, use, "withdrawn")
    return use


def usable_grant(person: User, seal: Seal, matter: str) -> SealGrant:
    """Will give the grant by which a person may use a seal for a matter now.

    Raises: NotAllowed (none); Refused (spent, or the seal is out of use).
    """
    require_usable(seal)
    if not person.is_active or not person.has_perm(permissions.USE):
        raise NotAllowed(_("您没有用印的权限"))
    held = list(permissions.grants_in_force(person).filter(seal=seal))
    fitting = [grant for grant in held if grant.matter in ("", matter)]
    if not fitting:
        message = (
            _("您的岗位未获授权使用“%(seal)s”")
            if not held
            else _("您的岗位只能将“%(seal)s”用于授权的事项")
        )
        raise NotAllowed(message % {"seal": seal.name})
    for grant in fitting:
        if grant.quota is None or grant.used < grant.quota:
            return grant
    raise Refused(_("“%(seal)s”的授权次数已用完") % {"seal": seal.name}, code="quota_spent")


def require_usable(seal: Seal) -> None:
    """Raises: Refused (out of use, its unit changed, its certificate expired)."""
    if seal.state != SealState.ACTIVE:
        raise Refused(
            _("印章“%(name)s”%(state)s，不能用印")
            % {"name": seal.name, "state": seal.get_state_display()},
            code="seal_state",
        )
    require_same_unit(seal)
    issue = seal.issues.filter(ended_at__isnull=True).first()
    now = clock.now()
    if issue is None or not issue.not_before <= now < issue.not_after:
        raise Refused(
            _("印章“%(name)s”的证书不在有效期内") % {"name": seal.name}, code="certificate_expired"
        )


def lock_use(use_id: int, *, of: User | None = None) -> SealUse:
    """Will lock a request; of: only if it is this person's. Raises: NotFound."""
    found = SealUse.objects.select_for_update(of=("self",)).select_related(
        "document", "requested_by", "unit"
    )
    use = found.filter(pk=use_id).first()
    if use is None or (of is not None and use.requested_by_id != of.pk):
        raise NotFound(_("没有这项用印申请"))
    return use


def lay_seals(use: SealUse) -> None:
    """Will lay the seals of a request on the document a worker has just made of it.

    Raises: InvalidInput (a keyword that is nowhere, a seal off the page).
    """
    for placement in use.placements.select_related("seal"):
        if not use.hands_in:
            _move_onto_page(placement, use)
        _settle(placement, use)
        placement.save()


def _require_form(new: NewUse) -> None:
    """Raises: InvalidInput (fields "form", "file", "seal": the form does not fit the document)."""
    if new.form not in SignedForm.values:
        raise InvalidInput(_("请选择签名格式"), field="form")
    has_pages = bool(new.document.pages) or new.document.is_pending
    if (new.form in (SignedForm.PDF, SignedForm.OFD)) != has_pages:
        raise InvalidInput(_("文件与所选的签名格式不符"), field="file", code="form")
    if new.form == SignedForm.OFD:
        _require_national([each.seal for each in new.wanted])
    if has_pages:
        return
    if len(new.wanted) != 1:
        raise InvalidInput(_("数据签名一次用一枚印章"), field="seal")
    if new.form == SignedForm.JWS and new.wanted[0].seal.algorithm == Algorithm.SM2:
        raise InvalidInput(_("JWS 没有国密算法的名称，国密印章请选 CMS"), field="form")


def _require_national(seals: Sequence[Seal]) -> None:
    """Raises: InvalidInput (field "seals": OFD takes SM2 seals, of the basic level)."""
    for seal in seals:
        if seal.algorithm != Algorithm.SM2:
            raise InvalidInput(_("OFD 只用国密（SM2）印章"), field="seals", code="ofd_algorithm")
        if seal.level != KeepingLevel.BASIC:
            raise InvalidInput(
                _("长期和归档级别只用于 PDF，OFD 请用基本级别的印章"),
                field="seals", code="ofd_level",
            )  # fmt: skip


def _settle(placement: Placement, use: SealUse) -> None:
    """Finds the keyword, and checks that the seal lies on the page."""
    if placement.rule not in Rule.values:
        raise InvalidInput(_("请选择用印方式"), field="rule")
    if use.earlier and placement.rule not in (Rule.POINT, Rule.KEYWORD):
        raise InvalidInput(_("已有签名的文件上只能在一处盖章"), field="rule")
    if placement.rule == Rule.KEYWORD:
        if len(placement.keyword) < 2:
            raise InvalidInput(_("关键字至少 2 个字"), field="keyword")
        hits = find_keyword(use.document, placement.keyword)
        # The last one: the signature stands at the end of a letter, its title at the top.
        hit = hits[-1]
        width, height = placement.seal.width_mm, placement.seal.height_mm
        page = use.pages[hit.page - 1]
        placement.page = hit.page
        placement.x_mm = _within(hit.x_mm - width / 2, page["width"] / (72 / 25.4) - width)
        placement.y_mm = _within(hit.y_mm - height / 2, page["height"] / (72 / 25.4) - height)
    spots_of(placement, use.pages)


def _move_onto_page(placement: Placement, use: SealUse) -> None:
    page = use.pages[-1]
    width, height = (page[side] / (72 / 25.4) for side in ("width", "height"))
    placement.x_mm = _within(placement.x_mm, width - placement.seal.width_mm)
    placement.y_mm = _within(placement.y_mm, height - placement.seal.height_mm)


def _within(value: float, most: float) -> float:
    return round(max(0.0, min(value, most)), 2)


def _require(use: SealUse, state: UseState) -> None:
    if use.state != state:
        raise Refused(
            _("该申请%(state)s，不能更改") % {"state": use.get_state_display()}, code="use_state"
        )


def _require_decider(actor: User, use: SealUse) -> None:
    if actor.pk == use.requested_by_id:
        raise NotAllowed(_("申请人不能审批自己的用印申请"))
    if not permissions.can_approve_use(actor, use):
        raise NotAllowed(_("您没有审批这枚印章用印的权限"))
    if use.state != UseState.WAITING:
        raise Stale(_("该申请已经办理"), code="use_state")


def _unit_of(actor: User) -> Organization:
    held = appointments_in_force(actor).first()
    if held is None:
        raise NotAllowed(_("须有现任岗位才能申请用印"))
    return held.post.organization


def _new_code() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _n in range(16))
    return "-".join(letters[at : at + 4] for at in range(0, 16, 4))


def _note(actor: User, use: SealUse, deed: str, **data: object) -> None:
    audit.record(
        actor, f"seal_use.{deed}", object_type="seals.use", object_id=use.pk,
        object_label=f"{use.number} {use.title}", data={"digest": use.digest, **data},
    )  # fmt: skip
