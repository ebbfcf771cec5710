"""An edit in force does what a collection task asked of the file."""

from apps.registry.enums import TargetState
from apps.registry.models import CollectionTarget, Edit, RegistryFile


def close_targets(edit: Edit, file: RegistryFile) -> None:
    """Will mark the file's open targets as collected by this edit."""
    CollectionTarget.objects.filter(
        file=file, state=TargetState.OPEN, task__closed_at__isnull=True
    ).update(state=TargetState.DONE, edit=edit, done_at=edit.received_at)
