"""Tags registered, bound and freed, lost and found, retired. Source: IO-14."""

import re
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.assets.models import Asset
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.tagging.enums import TagStandard, TagState
from apps.tagging.models import Batch, Binding, Tag
from apps.tagging.permissions import require_keep
from apps.tagging.sent import epc_of
from apps.tagging.services.intake import alone_with_the_register, fold_unknown
from apps.tagging.services.judging import end_lost

_TID = re.compile(r"(?:[0-9A-F]{4}){0,12}")


@dataclass(frozen=True)
class TagSpec:
    """A tag as it shall be; see ``Tag``."""

    epc: str
    unit: Organization
    standard: str = TagStandard.ISO
    tid: str = ""
    note: str = ""


@transaction.atomic
def register_tag(actor: Actor, *, spec: TagSpec) -> Tag:
    """Will enter a free tag; what readers read of it while it was unknown becomes passages.

    Waits for the intakes that run, and keeps others waiting until commit.
    Raises: NotAllowed; InvalidInput ("epc", "tid", "standard").
    """
    require_keep(actor, spec.unit)
    epc = epc_of(spec.epc)
    if epc is None:
        raise InvalidInput(_("EPC 应为 8 至 124 位十六进制数，位数为 4 的倍数"), field="epc")
    tid = spec.tid.strip().upper()
    if not _TID.fullmatch(tid):
        raise InvalidInput(_("TID 应为十六进制数，位数为 4 的倍数"), field="tid")
    if spec.standard not in TagStandard.values:
        raise InvalidInput(_("请选择标准"), field="standard")
    alone_with_the_register()
    if Tag.objects.filter(epc=epc).exists():
        raise InvalidInput(_("该 EPC 已登记"), field="epc")
    try:
        with transaction.atomic():
            tag = Tag.objects.create(
                epc=epc, tid=tid, standard=spec.standard, unit=spec.unit,
                note=spec.note.strip()[:200], registered_at=clock.now(),
            )  # fmt: skip
    except IntegrityError as error:
        raise InvalidInput(_("该 TID 已登记"), field="tid") from error
    audit.record_row(actor, "tag.registered", tag, unit=spec.unit.code, standard=spec.standard)
    fold_unknown(tag)
    return tag


@transaction.atomic
def bind_tag(actor: Actor, *, tag_id: int, thing: Asset | Batch) -> Binding:
    """Will bind a free tag to one thing or one batch, from now on. Locks the tag.

    Raises: NotAllowed; NotFound; Refused (not free).
    """
    tag = lock_tag(actor, tag_id)
    if tag.state != TagState.FREE:
        raise Refused(_("标签不在空闲状态，请先解绑"))
    binding = Binding.objects.create(
        tag=tag,
        asset=thing if isinstance(thing, Asset) else None,
        batch=thing if isinstance(thing, Batch) else None,
        since=clock.now(),
        bound_by_name=actor.display_name,
    )
    _turn(tag, TagState.BOUND)
    audit.record_row(actor, "tag.bound", tag, thing=str(thing), code=thing.code)
    return binding


@transaction.atomic
def unbind_tag(actor: Actor, *, tag_id: int) -> Tag:
    """Will free a tag of what it is bound to; passages until now stay that thing's.

    A lost one stays lost. Locks the tag. Raises: NotAllowed; NotFound; Refused (not bound).
    """
    tag = lock_tag(actor, tag_id)
    thing = _end_binding(actor, tag)
    if thing is None:
        raise Refused(_("标签没有绑定任何对象"))
    if tag.state == TagState.BOUND:
        _turn(tag, TagState.FREE)
    audit.record_row(actor, "tag.unbound", tag, thing=thing)
    return tag


@transaction.atomic
def lose_tag(actor: Actor, *, tag_id: int) -> Tag:
    """Will report a tag lost; where it is seen the rules on lost tags raise an alarm.

    Locks the tag. Raises: NotAllowed; NotFound; Refused (lost already, or retired).
    """
    tag = lock_tag(actor, tag_id)
    if tag.state not in (TagState.FREE, TagState.BOUND):
        raise Refused(_("标签已挂失或报废"))
    before = _turn(tag, TagState.LOST)
    audit.record_row(actor, "tag.lost", tag, before=before)
    return tag


@transaction.atomic
def find_tag(actor: Actor, *, tag_id: int) -> Tag:
    """Will take back that a tag is lost; its alarm ends. Locks the tag.

    Raises: NotAllowed; NotFound; Refused (not lost).
    """
    tag = lock_tag(actor, tag_id)
    if tag.state != TagState.LOST:
        raise Refused(_("标签没有挂失"))
    is_bound = tag.bindings.filter(until=None).exists()
    _turn(tag, TagState.BOUND if is_bound else TagState.FREE)
    end_lost(tag, at=clock.now())
    audit.record_row(actor, "tag.found", tag, after=tag.state)
    return tag


@transaction.atomic
def retire_tag(actor: Actor, *, tag_id: int) -> Tag:
    """Will put a tag out of use for good; what it is bound to is freed of it. Locks the tag.

    Raises: NotAllowed; NotFound; Refused (retired already).
    """
    tag = lock_tag(actor, tag_id)
    if tag.state == TagState.RETIRED:
        raise Refused(_("标签已报废"))
    thing = _end_binding(actor, tag)
    before = _turn(tag, TagState.RETIRED)
    if before == TagState.LOST:
        end_lost(tag, at=clock.now())
    audit.record_row(actor, "tag.retired", tag, before=before, thing=thing or "")
    return tag


def lock_tag(actor: Actor, tag_id: int) -> Tag:
    """Raises: NotFound; NotAllowed (not over its unit)."""
    found = Tag.objects.select_for_update(of=("self",)).select_related("unit")
    tag = found.filter(pk=tag_id).first()
    if tag is None:
        raise NotFound(_("没有这个标签"))
    require_keep(actor, tag.unit)
    return tag


def _turn(tag: Tag, state: TagState) -> str:
    before, tag.state = tag.state, state
    tag.save(update_fields=["state"])
    return before


def _end_binding(actor: Actor, tag: Tag) -> str | None:
    """What it was bound to, as text; None for nothing."""
    binding = tag.bindings.select_related("asset", "batch").filter(until=None).first()
    if binding is None:
        return None
    binding.until, binding.ended_by_name = clock.now(), actor.display_name
    binding.save(update_fields=["until", "ended_by_name"])
    return str(binding.thing)
