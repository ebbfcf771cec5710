"""Tags registered, bound and freed, lost and found, retired. Source: IO-14."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.assets.models import Asset
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.rows import gathered
from apps.tagging.enums import TagStandard, TagState
from apps.tagging.models import Batch, Binding, Tag
from apps.tagging.permissions import require_keep
from apps.tagging.sent import epc_of
from apps.tagging.services.intake import alone_with_the_register, fold_unknown
from apps.tagging.services.judging import end_lost

_TID = re.compile(r"(?:[0-9A-F]{4}){0,12}")


@dataclass(frozen=True)
class TagSpec:
    """A tag as it shall be; see ``Tag``. thing: what it is bound to at once."""

    epc: str
    unit: Organization
    standard: str = TagStandard.ISO
    tid: str = ""
    note: str = ""
    thing: Asset | Batch | None = None

    @property
    def numbers(self) -> dict[str, str]:
        """What no other tag may bear, by field."""
        return {"epc": self.epc} | ({"tid": self.tid} if self.tid else {})


def register_tag(actor: Actor, *, spec: TagSpec) -> Tag:
    """Will enter one tag. Raises: as ``register_tags``."""
    return register_tags(actor, specs=[spec])[0]


@transaction.atomic
def register_tags(actor: Actor, *, specs: Sequence[TagSpec]) -> list[Tag]:
    """Will enter tags, all or none; what readers read of them while unknown becomes passages.

    Each is audited, and bound from now on to the thing it names.
    Waits for the intakes that run, and keeps others waiting until commit.
    Raises: NotAllowed; InvalidInput ("epc", "tid", "standard").
    """
    require_keep(actor)
    for unit in {spec.unit.pk: spec.unit for spec in specs}.values():
        require_keep(actor, unit)
    clean = [clean_tag(spec) for spec in specs]
    alone_with_the_register()
    taken = numbers_taken(clean)
    for spec in clean:
        require_new(spec, taken)
        taken.update(spec.numbers.items())
    now = clock.now()
    tags = Tag.objects.bulk_create(
        [
            Tag(
                epc=spec.epc, tid=spec.tid, standard=spec.standard, unit=spec.unit,
                note=spec.note, registered_at=now,
            )
            for spec in clean
        ],
        batch_size=2000,
    )  # fmt: skip
    with gathered(savepoint=False):
        for tag in tags:
            told = {"unit": tag.unit.code, "standard": tag.standard}
            audit.record_row(actor, "tag.registered", tag, **told)
    fold_unknown(tags)
    _bind(actor, [(tag, s.thing) for tag, s in zip(tags, clean, strict=True) if s.thing])
    return tags


def clean_tag(spec: TagSpec) -> TagSpec:
    """Will give a tag as it is kept. Raises: InvalidInput ("epc", "tid", "standard")."""
    epc = epc_of(spec.epc)
    if epc is None:
        raise InvalidInput(_("EPC 应为 8 至 124 位十六进制数，位数为 4 的倍数"), field="epc")
    tid = spec.tid.strip().upper()
    if not _TID.fullmatch(tid):
        raise InvalidInput(_("TID 应为十六进制数，位数为 4 的倍数"), field="tid")
    if spec.standard not in TagStandard.values:
        raise InvalidInput(_("请选择标准"), field="standard")
    return replace(spec, epc=epc, tid=tid, note=spec.note.strip()[:200])


def numbers_taken(specs: Iterable[TagSpec]) -> set[tuple[str, str]]:
    """Will give the numbers of clean specs that tags of the register bear: field, number.

    True until commit for who is ``alone_with_the_register``.
    """
    asked = [spec.numbers for spec in specs]
    taken: set[tuple[str, str]] = set()
    for name in ("epc", "tid"):
        wanted = {numbers[name] for numbers in asked if name in numbers}
        found = Tag.objects.filter(**{f"{name}__in": wanted})
        taken.update((name, number) for number in found.values_list(name, flat=True))
    return taken


def require_new(spec: TagSpec, taken: Collection[tuple[str, str]]) -> None:
    """Raises: InvalidInput ("epc", "tid": a tag bears it already)."""
    for name, number in spec.numbers.items():
        if (name, number) in taken:
            raise InvalidInput(_("该 %(name)s 已登记") % {"name": name.upper()}, field=name)


@transaction.atomic
def bind_tag(actor: Actor, *, tag_id: int, thing: Asset | Batch) -> Binding:
    """Will bind a free tag to one thing or one batch, from now on. Locks the tag.

    Raises: NotAllowed; NotFound; Refused (not free).
    """
    tag = lock_tag(actor, tag_id)
    if tag.state != TagState.FREE:
        raise Refused(_("标签不在空闲状态，请先解绑"))
    return _bind(actor, [(tag, thing)])[0]


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


def _bind(actor: Actor, pairs: Sequence[tuple[Tag, Asset | Batch]]) -> list[Binding]:
    """Free tags the caller has locked or made."""
    now = clock.now()
    made = Binding.objects.bulk_create(
        [
            Binding(
                tag=tag,
                asset=thing if isinstance(thing, Asset) else None,
                batch=thing if isinstance(thing, Batch) else None,
                since=now,
                bound_by_name=actor.display_name,
            )
            for tag, thing in pairs
        ],
        batch_size=2000,
    )
    Tag.objects.filter(pk__in=[tag.pk for tag, _thing in pairs]).update(state=TagState.BOUND)
    with gathered(savepoint=False):
        for tag, thing in pairs:
            tag.state = TagState.BOUND
            audit.record_row(actor, "tag.bound", tag, thing=str(thing), code=thing.code)
    return made


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
