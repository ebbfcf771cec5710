"""What beat orders for call-backs; safe to run twice."""

from celery import shared_task

from apps.callbacks import services


@shared_task(name="callbacks.sweep")
def sweep() -> int:
    """Fills the pools, takes back what went on or was forgotten, sends and gives up links."""
    services.void_overtaken()
    services.take_back_forgotten()
    services.give_up_links()
    made = services.fill_pools()
    services.send_links()
    return made
