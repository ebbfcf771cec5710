"""Imports the yearly notice of holidays and make-up workdays; shows it first with --preview."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.audit.services import SYSTEM
from apps.clocks import services
from apps.clocks.models import Calendar
from apps.clocks.notice import read_notice
from apps.common.errors import DomainError


class Command(BaseCommand):
    help = "Import holidays and make-up workdays from a CSV or JSON file into a calendar."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--calendar", help="its code; without it the default calendar")
        parser.add_argument(
            "--preview", action="store_true", help="show the changes, write nothing"
        )
        parser.add_argument("--reason", default="导入放假通知")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            calendar = self._calendar(options["calendar"])
            days = read_notice(options["file"].read_text(encoding="utf-8-sig"))
            if options["preview"]:
                changes = services.preview_days(calendar, days)
            else:
                changes = services.import_days(
                    SYSTEM, calendar_id=calendar.pk, days=days, reason=options["reason"]
                )
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        for change in changes:
            day = change.day
            self.stdout.write(f"{change.what:8}{day.on} {day.kind:8}{day.name} {day.spans}")

    def _calendar(self, code: str | None) -> Calendar:
        if code is None:
            return services.ensure_default_calendar(SYSTEM)
        found = Calendar.objects.filter(code=code).first()
        if found is None:
            raise CommandError(f"there is no calendar {code}")
        return found
