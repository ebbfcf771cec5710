"""By which channel a citizen hears of the progress, and whether at all (HL-16)."""

from django.db import transaction

from apps.audit import services as audit
from apps.common import clock
from apps.matters.actors import Reporter
from apps.matters.enums import Channel
from apps.messaging.enums import NoticeWay
from apps.messaging.models import Conversation, Preference

CITIZEN = Reporter(case_id=0)


@transaction.atomic
def choose_way(
    *, tenant_id: int, phone: str, way: NoticeWay, told_by: Conversation | None = None
) -> Preference:
    """Will keep by which channel the holder of a phone is told; the same again changes nothing.

    The caller has made sure that the phone is theirs. Locks the row; audited with the way before.
    """
    found = Preference.objects.select_for_update().filter(tenant_id=tenant_id, phone=phone).first()
    before = found.way if found else NoticeWay.SMS.value
    if found is None:
        found = Preference(tenant_id=tenant_id, phone=phone)
    elif found.way == way:
        return found
    found.way, found.set_at = way, clock.now()
    found.save()
    audit.record(
        CITIZEN,
        "notice_way.chosen",
        object_type="messaging.preference",
        object_id=found.pk,
        data=audit.changes({"way": before}, {"way": str(way)})
        | {"conversation": told_by.pk if told_by else None},
    )
    return found


def phones_that_stopped(tenant_id: int, phones: list[str]) -> set[str]:
    """Will give those of the phones whose holders chose to hear nothing."""
    chosen = Preference.objects.filter(tenant_id=tenant_id, phone__in=phones, way=NoticeWay.NONE)
    return set(chosen.values_list("phone", flat=True))


def stop(conversation: Conversation) -> None:
    """Will send nothing more of itself to this conversation, nor texts to its phone."""
    _set_stopped(conversation, has_stopped=True)


def resume(conversation: Conversation) -> None:
    """Will send again what ``stop`` ended."""
    _set_stopped(conversation, has_stopped=False)


def _set_stopped(conversation: Conversation, *, has_stopped: bool) -> None:
    if conversation.has_stopped == has_stopped:
        return
    conversation.has_stopped = has_stopped
    conversation.save(update_fields=["has_stopped"])
    audit.record(
        CITIZEN,
        "conversation.stopped" if has_stopped else "conversation.resumed",
        object_type="messaging.conversation",
        object_id=conversation.pk,
        object_label=conversation.account.name,
        data=audit.changes({"has_stopped": not has_stopped}, {"has_stopped": has_stopped}),
    )
    if conversation.phone and conversation.account.channel == Channel.SMS:
        choose_way(
            tenant_id=conversation.account.tenant_id,
            phone=conversation.phone,
            way=NoticeWay.NONE if has_stopped else NoticeWay.SMS,
            told_by=conversation,
        )
