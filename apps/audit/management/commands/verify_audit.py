from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.audit import services
from apps.audit.models import AuditSeal


class Command(BaseCommand):
    """Will recompute the chain of seals; ends with an error if it is broken."""

    help = "Recompute the seals of the audit log and print the newest digest."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--expect", metavar="DIGEST", help="a digest noted elsewhere that must be in the chain"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        report = services.verify_chain()
        if not report.whole:
            raise CommandError(f"seal {report.broken_seal}: {report.reason}")
        expected = options["expect"]
        if expected and not AuditSeal.objects.filter(digest=expected).exists():
            raise CommandError("the expected digest is not in the chain: it was rebuilt")
        self.stdout.write(
            f"whole: {report.seals} seals over {report.entries} entries, "
            f"{report.unsealed} not yet sealed"
        )
        self.stdout.write(report.head_digest)
