from celery import shared_task

from apps.audit import services


@shared_task(name="audit.seal_entries")
def seal_entries() -> int:
    """Will seal what can no longer change; a second run at the same time does nothing."""
    return services.seal_entries()
