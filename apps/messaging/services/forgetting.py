"""Taking the citizens out of conversations: what was written about a case, then who wrote."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import CharField, Exists, F, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat

from apps.common.discarding import discard
from apps.hotline.models import Caller
from apps.matters.forgetting import Forgetting, blank_rows, clean_rows, drop_files
from apps.matters.models import Case
from apps.matters.registry import PersonHolder
from apps.messaging.models import (
    Binding,
    Conversation,
    Device,
    Message,
    MessageFile,
    MessageMedia,
    Preference,
    Transfer,
    Turn,
)

SWEPT_MOST = 1000  # conversations in one sweep; the next night goes on
#: Before the key of a conversation whose outsider is forgotten.
FORGOTTEN = "forgotten:"


class ConversationPeople(PersonHolder):
    """What conversations keep."""

    def persons(self, case_ids: Sequence[int]) -> dict[int, set[str]]:
        """Will give who wrote about the cases: accounts, names, bound phones."""
        found: dict[int, set[str]] = {}
        rows = Message.objects.filter(case_id__in=case_ids).values_list(
            "case_id", "conversation__outsider", "conversation__name", "conversation__phone"
        )
        for case_id, *known in rows.distinct():
            found.setdefault(case_id, set()).update(word for word in known if word)
        return found

    def forget(self, forgetting: Forgetting) -> None:
        """Will clean the messages about the cases and drop their files."""
        ids = forgetting.case_ids
        files = MessageFile.objects.filter(message__case_id__in=ids)
        drop_files(forgetting, files, of="message__case_id")
        MessageMedia.objects.filter(message__case_id__in=ids).delete()
        messages = Message.objects.filter(case_id__in=ids)
        clean_rows(forgetting, messages, "subject", "text", "data", "refused", "error")
        blank_rows(forgetting, messages, provider_id=None, answers="")
        clean_rows(forgetting, Transfer.objects.filter(case_id__in=ids), "reason")
        last = Conversation.objects.filter(messages__case_id__in=ids)
        last.update(last_text="")

    def sweep(self, before: datetime) -> int:
        """Will forget who wrote where all of a conversation is old and none of its cases waits."""
        alive = Message.objects.filter(conversation=OuterRef("pk"), case__isnull=False).exclude(
            case__tombstone__isnull=False
        )
        turned = Case.objects.filter(
            source_key__in=Turn.objects.filter(conversation=OuterRef(OuterRef("pk"))).values(
                "source_key"
            )
        ).exclude(tombstone__isnull=False)
        idle = Conversation.objects.filter(last_at__lt=before).exclude(
            outsider__startswith=FORGOTTEN
        )
        idle = idle.exclude(Exists(alive)).exclude(Exists(turned))
        ids = list(idle.order_by("pk").values_list("pk", flat=True)[:SWEPT_MOST])
        _forget_conversations(ids)
        Device.objects.filter(Q(ended_at__lt=before) | Q(account__ended_at__isnull=False)).delete()
        known = Caller.objects.filter(tenant=OuterRef("tenant"), phone=OuterRef("phone"))
        bound = Conversation.objects.filter(phone=OuterRef("phone"))
        Preference.objects.filter(set_at__lt=before).exclude(Exists(known)).exclude(
            Exists(bound)
        ).delete()
        return len(ids)


def _forget_conversations(ids: Sequence[int]) -> None:
    files = MessageFile.objects.filter(message__conversation_id__in=ids)
    freed = set(files.values_list("file_id", flat=True))
    files.delete()
    discard(freed)
    MessageMedia.objects.filter(message__conversation_id__in=ids).delete()
    Binding.objects.filter(conversation_id__in=ids).delete()
    Message.objects.filter(conversation_id__in=ids).update(
        subject="", text="", data={}, refused=[], error="", answers="", provider_id=None
    )
    Conversation.objects.filter(pk__in=ids).update(
        outsider=Concat(Value(FORGOTTEN), Cast(F("pk"), CharField())),
        name="", phone="", last_text="", mute_reason="",
    )  # fmt: skip
