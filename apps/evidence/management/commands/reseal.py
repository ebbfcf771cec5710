from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.audit.services import SYSTEM
from apps.evidence.services.resealing import reseal


class Command(BaseCommand):
    """Will bring secrets and numbers under today's key and cipher, and tell of each column."""

    help = (
        "Encrypt anew what is under an earlier CITYBRAIN_SECRET_KEY or another"
        " CITYBRAIN_FIELD_CIPHER; may be stopped and run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only count")

    def handle(self, *args: Any, **options: Any) -> None:
        found = reseal(SYSTEM, is_trial=options["check"])
        self.stdout.write(f"{'column':40} {'current':>8} {'sealed anew':>12} {'lost':>6}")
        for line in found:
            self.stdout.write(f"{line.column:40} {line.current:8} {line.done:12} {line.lost:6}")
        lost = sum(line.lost for line in found)
        if lost:
            self.stderr.write(f"{lost} values are opened by no key that is configured")
