from celery import shared_task

from apps.georeport import services


@shared_task(name="georeport.ask_peers")
def ask_peers() -> int:
    """Will ask the servers cases were passed on to what became of them; safe to run twice."""
    return services.ask_peers()
