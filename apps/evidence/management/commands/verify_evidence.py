from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from apps.evidence import selectors, services
from apps.evidence.enums import Trigger


class Command(BaseCommand):
    """Will verify log, checkpoints, stamps, witnesses and archives; ends with an error if
    something does not fit."""

    help = "Verify the audit log, checkpoints, copies, time stamps, testimonies and archives."

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("en"):
            run = services.verify_now(Trigger.COMMAND)
            for fault in run.faults:
                self.stderr.write(selectors.fault_sentence(fault))
        if not run.is_whole:
            raise CommandError(f"{len(run.faults)} kinds of faults; the first of each is above")
        self.stdout.write(
            f"whole: {run.rows} entries under {run.seals} seals ({run.unsealed} not yet sealed), "
            f"{run.checkpoints} checkpoints, {run.stamps} time stamps, "
            f"{run.testimonies} testimonies"
        )
