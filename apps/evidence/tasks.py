"""Doors of the worker. Each may run twice: the second time finds nothing to do."""

import contextlib

from celery import shared_task

from apps.audit import services as audit
from apps.evidence import services
from apps.evidence.enums import Trigger


@shared_task(name="evidence.watch_log")
def watch_log() -> int:
    """Will judge what was sealed since the last round, and give chains what is theirs."""
    services.collect_events()
    services.order_receipts()
    return services.watch_log()


@shared_task(name="evidence.every_night")
def every_night() -> None:
    """Will sign the day, verify everything and the protected rows, archive, ask the checks.

    A log that does not fit gets no checkpoint; the verification names what is broken.
    """
    audit.seal_entries()
    # Of a log that does not fit: the verification below finds it, tells it, writes it down.
    with contextlib.suppress(services.LogBroken):
        services.make_checkpoint()
    services.verify_now(Trigger.NIGHTLY)
    services.check_rows()
    services.collect_events()
    services.order_receipts()
    services.check_chains()
    services.archive_old()
    services.ask_checks()


@shared_task(name="evidence.ask_checks")
def ask_checks() -> int:
    """Will ask the checks of the board, and remind people of what is due."""
    services.remind()
    return services.ask_checks()
