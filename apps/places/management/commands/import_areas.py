from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import DomainError
from apps.places.models import AreaImport
from apps.places.services import apply_import, preview_import


class Command(BaseCommand):
    help = "Look at a file of areas (GeoJSON or CSV); write it with --apply, all or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--crs", required=True, help="EPSG number, GCJ-02 or BD-09")
        parser.add_argument("--level", required=True, help="code of the level of its areas")
        parser.add_argument("--valid-from", type=date.fromisoformat, help="default: today")
        parser.add_argument("--source", default="", help="where the data come from")
        parser.add_argument("--apply", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            content = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(str(error)) from error
        try:
            kept = preview_import(
                SYSTEM,
                content=content,
                file_name=options["file"].name,
                crs=options["crs"],
                level=options["level"],
                valid_from=options["valid_from"] or clock.today(),
                source=options["source"],
            )
            self._tell(kept)
            if options["apply"]:
                apply_import(SYSTEM, import_id=kept.pk)
                self.stdout.write(self.style.SUCCESS(_("已写入")))
        except DomainError as error:
            raise CommandError(str(error)) from error

    def _tell(self, kept: AreaImport) -> None:
        found = kept.summary
        self.stdout.write(
            _("新增 %(new)d，变更 %(changed)d，不变 %(unchanged)d，错误 %(error_count)d") % found
        )
        for error in found["errors"]:
            self.stdout.write(f"  {error['line']} [{error['field']}] {error['message']}")
        for warning in found["warnings"]:
            self.stdout.write(self.style.WARNING(warning))
        for overlap in found["overlaps"]:
            self.stdout.write(_("  重叠：%(a)s 与 %(b)s，%(m2).1f 平方米") % overlap)
        if found["gap_m2"] is not None:
            self.stdout.write(_("上级区域内未覆盖：%(gap).1f 平方米") % {"gap": found["gap_m2"]})
