"""Lays a city down again; needs no database and no Redis."""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from apps.upkeep.services.restores import restore_city
from apps.upkeep.vault import database, sealed
from apps.upkeep.vault.errors import VaultError
from apps.upkeep.vault.places import key_file, places


class Command(BaseCommand):
    """Will restore database, files and settings into a fresh data folder."""

    help = "Restore the city to a minute into a fresh data folder."
    requires_system_checks = []  # some of them ask the database, which may be gone

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--into", help="a fresh data folder")
        parser.add_argument("--to", help="YYYY-MM-DD HH:MM[:SS], the city's time; else the newest")
        parser.add_argument("--place", type=int, default=1)
        parser.add_argument("--list", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["list"]:
                return self._list()
            done = restore_city(
                Path(options["into"]).resolve(), to=_moment(options["to"]), number=options["place"]
            )
        except VaultError as error:
            raise CommandError(str(error)) from error
        for note in done.notes:
            self.stderr.write(note)
        return self.stdout.write(
            f"{done.folder}: {done.label}, {done.files} files, {done.seconds:.1f} s"
        )

    def _list(self) -> None:
        database.write_configuration(sealed.read_key(key_file()))
        for place in places():
            for one in database.list_backups(place):
                at = timezone.localtime(one.at)
                self.stdout.write(f"{place.number} {one.label} {one.kind} {at:%F %T}")


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    found = parse_datetime(text)
    if found is None:
        raise CommandError("--to YYYY-MM-DD HH:MM")
    return found if timezone.is_aware(found) else timezone.make_aware(found)
