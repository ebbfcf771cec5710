"""After a backup was restored: forget again what had been forgotten since it was made."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.common.errors import InvalidInput
from apps.retention import services


class Command(BaseCommand):
    help = "Forgets again the cases a ledger of tombstones names; run before people are let in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--ledger", type=Path, default=Path(settings.RETENTION_LEDGER))

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["ledger"]
        if not path.is_file():
            raise CommandError(f"no ledger at {path}")
        try:
            done = services.reapply(path)
        except InvalidInput as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{done.lines} lines: {done.forgotten} cases forgotten again, {done.standing} were,"
            f" {done.strangers} are not here; {done.files} files removed"
        )
