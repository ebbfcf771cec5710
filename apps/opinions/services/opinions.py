"""An opinion is written once, sorted, and decided with a reason (PT-08)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.services import changes, record_row, snapshot
from apps.common import clock, ratelimit
from apps.common.errors import InvalidInput, NotFound
from apps.common.texts import clean_text
from apps.hotline import phones
from apps.nlp.duplicates import text_digest
from apps.opinions import permissions
from apps.opinions.enums import Adoption, Audience, PaperState, Phase
from apps.opinions.errors import NotOpen, PhoneWanted
from apps.opinions.models import Collection, Opinion
from apps.opinions.participants import Participant
from apps.opinions.services.papers import require_state

TEXT_MIN, TEXT_MAX, NAME_MAX, THEME_MAX, REASON_MAX = 5, 4000, 60, 40, 500
HOUR = 3600
AT_ONCE_MOST = 200
_FIELDS = ("theme", "adoption", "reason", "decided_by_name")


@dataclass(frozen=True)
class Said:
    """What was written. source_key: of the form; sent again it is the same opinion."""

    text: str
    source_key: str
    name: str = ""
    phone: str = ""


def write_opinion(
    *, collection: Collection, said: Said, person: Participant | None, address: str
) -> tuple[Opinion, bool]:
    """Will take an opinion once, however often the form is sent; True where it was there before.

    person: who confirmed a telephone, which then is the one kept. address: the client's, for
    the limit per hour, as reports have it. Counts outside the transaction, so a refusal counts.
    The same words of the same person are one opinion.

    Raises: NotOpen; PhoneWanted; InvalidInput (text, name, phone); TooMany.
    """
    _require_open(collection, person)
    text = clean_text(said.text.replace("\r\n", "\n"), "text", _("意见"), most=TEXT_MAX)
    if len(text) < TEXT_MIN:
        raise InvalidInput(_("请再写详细一点，至少 5 个字"), field="text")
    name = said.name.replace("\x00", "").strip()
    if len(name) > NAME_MAX:
        raise InvalidInput(_("称呼不能超过%s个字") % NAME_MAX, field="name")
    phone = person.phone if person is not None else phones.normalise(said.phone)
    row = Opinion(
        collection=collection,
        text=text,
        name=name,
        phone=phone,
        person=person.key if person is not None else "",
        text_digest=text_digest(text),
        source_key=said.source_key,
        at=clock.now(),
    )
    earlier = _earlier(row)
    if earlier is not None:
        return earlier, True
    _count(address, phone)
    with transaction.atomic():
        # Two tabs wait for each other here; the later one then finds what the first wrote.
        locked = Collection.objects.select_for_update().get(pk=collection.pk)
        _require_open(locked, person)
        earlier = _earlier(row)
        if earlier is None:
            row.save(force_insert=True)
    return (row, False) if earlier is None else (earlier, True)


@transaction.atomic
def decide_opinions(
    actor: User,
    *,
    collection_id: int,
    opinion_ids: Sequence[int],
    theme: str,
    adoption: str,
    reason: str,
) -> int:
    """Will sort opinions under a theme and say what becomes of them; gives how many changed.

    reason: needed where they are not adopted as they are; public words. Possible until the
    summary is out. Locks the collection, then the opinions by key; each change is audited, an
    unchanged one is not written.

    Raises: NotFound; NotAllowed; PaperMoved; InvalidInput (opinions, theme, adoption, reason).
    """
    collection = (
        Collection.objects.select_for_update()
        .filter(permissions.papers_q(actor), pk=collection_id)
        .first()
    )
    if collection is None:
        raise NotFound(_("没有这个意见征集，或您无权查看"))
    permissions.require_over(actor, permissions.DRAFT, collection.unit_path)
    require_state(collection, PaperState.PUBLISHED)
    sorted_as = clean_text(theme, "theme", _("归类"), most=THEME_MAX)
    if adoption not in Adoption.values or adoption == Adoption.PENDING:
        raise InvalidInput(_("请选择采纳情况"), field="adoption")
    why = reason.replace("\x00", "").strip()
    if adoption in (Adoption.PARTLY, Adoption.DECLINED, Adoption.VOID):
        why = clean_text(reason, "reason", _("理由"), most=REASON_MAX)
    if not 0 < len(set(opinion_ids)) <= AT_ONCE_MOST or len(why) > REASON_MAX:
        raise InvalidInput(_("请选择意见，一次最多%d条") % AT_ONCE_MOST, field="opinions")
    rows = collection.opinions.select_for_update().filter(pk__in=opinion_ids).order_by("pk")
    found = list(rows)
    if len(found) != len(set(opinion_ids)):
        raise NotFound(_("没有这条意见"))
    said = {"theme": sorted_as, "adoption": adoption, "reason": why}
    return sum(_decide(actor, row, said) for row in found)


def _decide(actor: User, row: Opinion, said: dict[str, str]) -> bool:
    if all(getattr(row, name) == value for name, value in said.items()):
        return False
    before = snapshot(row, *_FIELDS)
    for name, value in said.items():
        setattr(row, name, value)
    row.decided_by_name, row.decided_at = actor.display_name, clock.now()
    row.save(update_fields=[*_FIELDS, "decided_at"])
    record_row(actor, "opinion.decided", row, **changes(before, snapshot(row, *_FIELDS)))
    return True


def _require_open(collection: Collection, person: Participant | None) -> None:
    is_out = collection.state == PaperState.PUBLISHED
    if not is_out or collection.phase(clock.today()) != Phase.OPEN:
        raise NotOpen
    if collection.audience == Audience.CONFIRMED and person is None:
        raise PhoneWanted


def _earlier(row: Opinion) -> Opinion | None:
    sent = Opinion.objects.filter(collection_id=row.collection_id)
    same = sent.filter(source_key=row.source_key).first()
    if same is None and row.person:
        same = sent.filter(person=row.person, text_digest=row.text_digest).first()
    return same


def _count(address: str, phone: str) -> None:
    """As many as reports of one telephone and one address may be (HL-02)."""
    if phone:
        most = settings.CITIZEN_REPORTS_PER_PHONE
        ratelimit.hit("opinions.phone", phone, limit=most, per_seconds=HOUR)
    most = settings.CITIZEN_REPORTS_PER_ADDRESS
    ratelimit.hit("opinions.address", address, limit=most, per_seconds=HOUR)
