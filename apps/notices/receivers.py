from typing import Any

from django.dispatch import receiver

from apps.accounts.models import User
from apps.accounts.signals import WordToPeople, word_to_people
from apps.common.models import OutboxMessage
from apps.common.outbox import handles
from apps.notices import services


@handles(services.PUSH_TOPIC)
def push_notices(message: OutboxMessage) -> None:
    services.push(message.payload["notice_ids"])


@receiver(word_to_people, dispatch_uid="notices.tell_people")
def tell_people(sender: Any, event: WordToPeople, **kwargs: Any) -> None:
    """The accounts stand below the notices: what they have to say comes as a signal."""
    services.notify(
        recipients=User.objects.filter(pk__in=event.user_ids),
        kind=event.kind,
        title=event.title,
        body=event.body,
        url=event.url,
        key=event.key,
    )
