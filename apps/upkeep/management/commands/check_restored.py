"""Asks the database it is given what a restore brought back, and prints it as JSON."""

import json
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from apps.common import outbox
from apps.evidence import selectors as evidence
from apps.evidence import services as verifier
from apps.evidence.enums import Trigger
from apps.upkeep.selectors import count_city, newest_of_city


class Command(BaseCommand):
    """Will count rows, name the newest case, verify the log, list the files rows cite."""

    help = "Check a restored database (DATABASE_URL) and print what was found."

    def handle(self, *args: Any, **options: Any) -> None:
        counts = count_city()
        newest = newest_of_city()
        # Its own rows are written into the restored database, which is thrown away.
        with translation.override("zh-hans"), outbox.without_waking():
            log = verifier.verify_now(Trigger.COMMAND)
            faults = [evidence.fault_sentence(fault) for fault in log.faults]
        told = {
            "counts": counts,
            "newest_case": newest.case,
            "newest_at": newest.at.isoformat() if newest.at else "",
            "entries": log.rows,
            "is_whole": bool(log.is_whole),
            "faults": faults,
            "cited": newest.files,
        }
        self.stdout.write(json.dumps(told, ensure_ascii=False))
