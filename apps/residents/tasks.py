from celery import shared_task

from apps.residents import services


@shared_task(name="residents.purge")
def purge() -> int:
    """Will drop old codes and old sessions; safe to run twice."""
    return services.purge()
