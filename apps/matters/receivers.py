"""What the engine does when organisations change, and the batches it ordered."""

from typing import Any

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Length, Substr
from django.dispatch import receiver

from apps.accounts.signals import OrganizationMoved, organization_moved
from apps.common.models import OutboxMessage
from apps.common.outbox import handles
from apps.matters.models import Case, Task
from apps.matters.services import migrating


@receiver(organization_moved, dispatch_uid="matters.follow_moved_organization")
def follow_moved_organization(event: OrganizationMoved, **kwargs: Any) -> None:
    """Will give cases and tasks the new path of their unit; safe to run twice."""
    with transaction.atomic():
        for model in (Case, Task):
            model.objects.filter(unit_path__startswith=event.old_path).update(
                unit_path=Concat(
                    Value(event.new_path),
                    Substr(F("unit_path"), Length(Value(event.old_path)) + 1),
                )
            )


@handles(migrating.TOPIC)
def move_cases(message: OutboxMessage) -> None:
    """Will move one batch of running cases to another version."""
    migrating.run_batch(message.payload["migration"])
