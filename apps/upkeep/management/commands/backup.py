"""The backup process, and backups by hand."""

import logging
import signal
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, close_old_connections, connection

from apps.audit.services import SYSTEM
from apps.common.errors import Refused
from apps.upkeep import services
from apps.upkeep.enums import BackupKind, Occasion, WorkState
from apps.upkeep.vault import database
from apps.upkeep.vault.errors import VaultError
from apps.upkeep.vault.places import places

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 10.0
FILES_EVERY_S = 300.0


class Command(BaseCommand):
    """Will make what is due and end; ``--watch`` goes on until it is told to stop."""

    help = "Back up what the policies ask for. --watch: go on; --kind: now, whatever is due."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--watch", action="store_true")
        parser.add_argument("--kind", choices=BackupKind.values)
        parser.add_argument("--test", action="store_true", help="try a restore")
        parser.add_argument("--list", action="store_true", help="list what the places hold")

    def handle(self, *args: Any, **options: Any) -> None:
        services.ensure_policies()
        if options["watch"]:
            return self._watch()
        if options["list"]:
            return self._list()
        return self._try_restore() if options["test"] else self._once(options["kind"])

    def _once(self, kind: str | None) -> None:
        if kind:
            try:
                services.ask_backup(SYSTEM, kind=kind, occasion=Occasion.COMMAND)
            except Refused as error:
                raise CommandError(str(error)) from error
        run = services.run_next_backup()
        if run is None:
            self.stdout.write("nothing is due")
        elif run.state != WorkState.DONE:
            raise CommandError(f"{run.get_state_display()}: {run.error}")
        else:
            self.stdout.write(f"{run.kind} {run.database_bytes} {run.file_count} {run.digest}")

    def _try_restore(self) -> None:
        try:
            services.ask_restore_test(SYSTEM, occasion=Occasion.COMMAND)
        except Refused as error:
            raise CommandError(str(error)) from error
        test = services.run_next_restore_test()
        if test is None or not test.is_good:
            raise CommandError(test.error if test else "a backup is running")
        self.stdout.write(f"good: {test.restore_s:.1f} s, {test.log_entries} entries of the log")

    def _list(self) -> None:
        try:
            for place in places():
                for one in database.list_backups(place):
                    self.stdout.write(f"{place.number} {one.label} {one.kind} {one.at:%F %T} UTC")
        except VaultError as error:
            raise CommandError(str(error)) from error

    def _watch(self) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        files_at = 0.0
        while not stop.is_set():
            try:
                close_old_connections()
                services.run_next_backup()
                services.run_next_restore_test()
                if time.monotonic() - files_at > FILES_EVERY_S:
                    files_at = time.monotonic()
                    services.keep_files()
            except (VaultError, OSError, DatabaseError):
                logger.exception("the backup process could not do its work")
                connection.close()
            stop.wait(LOOK_EVERY_S)
