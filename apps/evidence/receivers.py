"""The duties written with a checkpoint or an order; and protected rows that change."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import ManyToManyField, Model
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.dispatch import receiver

from apps.common import outbox
from apps.common.models import OutboxMessage
from apps.evidence import services
from apps.evidence.registry import Protected, protected_tables, rows_registered
from apps.evidence.services import chains
from apps.evidence.services.checkpoints import COPY_TOPIC, STAMP_TOPIC
from apps.evidence.services.verification import TOPIC


@outbox.handles(COPY_TOPIC)
def write_copy(message: OutboxMessage) -> None:
    services.write_copy(message.payload["checkpoint_id"])


@outbox.handles(STAMP_TOPIC)
def stamp(message: OutboxMessage) -> None:
    services.stamp(message.payload["checkpoint_id"])


@outbox.handles(chains.TOPIC)
def submit(message: OutboxMessage) -> None:
    services.submit_receipt(message.payload["receipt_id"])


@outbox.handles(TOPIC)
def verify(message: OutboxMessage) -> None:
    services.run_verification(message.payload["run_id"])


@receiver(rows_registered)
def follow(model: type[Model], protected: Protected, **_signal: Any) -> None:
    """Will write a digest whenever a row of the table is saved, deleted or linked anew."""

    def saved(instance: Model, update_fields: frozenset[str] | None = None, **_more: Any) -> None:
        if update_fields is None or not update_fields.isdisjoint(names):
            _note(protected, instance.pk)

    def deleted(instance: Model, **_more: Any) -> None:
        _note(protected, instance.pk, is_gone=True)

    def linked(
        instance: Model, action: str, reverse: bool, pk_set: set[Any] | None, **_more: Any
    ) -> None:
        if action in ("post_add", "post_remove", "post_clear"):
            for key in (pk_set or ()) if reverse else (instance.pk,):
                _note(protected, key)

    fields = [model._meta.get_field(name) for name in protected.fields]
    names = {*protected.fields, *(getattr(field, "attname", field.name) for field in fields)}
    post_save.connect(saved, sender=model, weak=False)
    post_delete.connect(deleted, sender=model, weak=False)
    for field in fields:
        if isinstance(field, ManyToManyField):
            through: Any = field.remote_field.through
            m2m_changed.connect(linked, sender=through, weak=False)


def _note(protected: Protected, key: Any, *, is_gone: bool = False) -> None:
    if settings.EVIDENCE_PROTECT_ROWS:
        services.note_row(protected, key, is_gone=is_gone)


for _each in protected_tables():  # registered by apps that came up earlier
    follow(apps.get_model(_each.model), _each)
