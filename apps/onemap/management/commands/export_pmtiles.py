"""Write tiles of some layers into a PMTiles file, by the rights of one person."""

import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import User
from apps.common.errors import DomainError
from apps.onemap import services
from apps.onemap.enums import ExportState


class Command(BaseCommand):
    help = "Write the tiles of layers, as one person may see them, into a PMTiles file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("layers", nargs="+", help="codes of layers")
        parser.add_argument("--user", required=True, help="sign-in name; needs the export right")
        parser.add_argument("--zooms", default="9-14", help="FIRST-LAST, 0 to 16")
        parser.add_argument("--purpose", required=True, help="kept in the audit log")
        parser.add_argument("--out", type=Path, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        first, dash, last = options["zooms"].partition("-")
        if not (dash and first.isdecimal() and last.isdecimal()):
            raise CommandError("--zooms: FIRST-LAST, for example 9-14")
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"--user: nobody signs in as {options['user']}")
        try:
            export = services.request_export(
                user,
                codes=options["layers"],
                min_zoom=int(first),
                max_zoom=int(last),
                purpose=options["purpose"],
            )
            services.write_export(export)
            export.refresh_from_db()
            if export.state != ExportState.DONE:
                raise CommandError(export.error)
            _export, file = services.open_export(user, pk=export.pk)
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        shutil.copyfile(file, options["out"])
        self.stdout.write(f"{options['out']}: {export.total} tiles, {export.size_bytes:,} bytes")
