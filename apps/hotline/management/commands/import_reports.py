"""``bin/manage import_reports FILE --mapping MAPPING``: reports from a CSV file."""

import csv
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.common.errors import DomainError
from apps.hotline import importing


class Command(BaseCommand):
    """Shows the first rows; with ``--apply`` registers them all.

    The line reached is kept beside the file's errors, so a run that was cut off goes on where
    it stopped; rows registered before are never doubled, wherever it starts.
    """

    help = "Import reports from a CSV file (preview first; --apply registers them)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--mapping", type=Path, required=True)
        parser.add_argument("--tenant", required=True, help="code of the tenant")
        parser.add_argument("--user", required=True, help="login name of whoever imports")
        parser.add_argument("--apply", action="store_true")
        parser.add_argument("--limit", type=int, default=0, help="at most this many rows")
        parser.add_argument("--errors", type=Path, help="CSV of rows that failed")
        parser.add_argument("--restart", action="store_true", help="from the first row again")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            mapping = importing.read_mapping(options["mapping"])
            with options["file"].open(encoding=mapping.encoding, newline="") as file:
                if options["apply"]:
                    self._apply(file, mapping, options)
                else:
                    self._preview(file, mapping)
        except (DomainError, OSError) as error:
            raise CommandError(str(error)) from error

    def _preview(self, file: TextIO, mapping: importing.Mapping) -> None:
        for row in importing.preview(file, mapping):
            if row.intake is None:
                self.stdout.write(f"{row.number:>6}  ✗ {row.field}: {row.error}")
                continue
            place = row.intake.address or f"{row.intake.lon}, {row.intake.lat}"
            self.stdout.write(f"{row.number:>6}  {row.intake.title}")
            self.stdout.write(f"        {len(row.intake.text)} · {place} · {row.source_key}")
        self.stdout.write(_("以上为预览，未登记任何诉求。确认后加 --apply 执行。"))

    def _apply(self, file: TextIO, mapping: importing.Mapping, options: dict[str, Any]) -> None:
        tenant, user = self._who(options)
        errors_path: Path = options["errors"] or options["file"].with_suffix(".errors.csv")
        mark = errors_path.with_suffix(".line")
        start = 2 if options["restart"] or not mark.exists() else int(mark.read_text() or 2)
        result, begun, shown = importing.Result(), time.monotonic(), 0.0
        with errors_path.open("a" if start > 2 else "w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out)
            if start == 2:
                writer.writerow(["line", "id", "field", "message"])
            for done, row in enumerate(importing.read_reports(file, mapping, start=start), 1):
                known = len(result.failed)
                importing.register_row(user, tenant=tenant, row=row, result=result)
                for failed in result.failed[known:]:
                    writer.writerow([failed.number, failed.source_key, failed.field, failed.error])
                mark.write_text(str(row.number + 1))
                if time.monotonic() - shown > 2:
                    shown = time.monotonic()
                    rate = done / max(shown - begun, 0.001)
                    self.stdout.write(f"  {row.number} … {rate:.0f}/s")
                if options["limit"] and done >= options["limit"]:
                    break
        mark.unlink(missing_ok=True)
        self.stdout.write(
            _("登记%(new)s件，已存在%(old)s件，失败%(bad)s件（%(path)s）")
            % {
                "new": result.registered,
                "old": result.repeated,
                "bad": len(result.failed),
                "path": errors_path if result.failed else "—",
            }
        )

    def _who(self, options: dict[str, Any]) -> tuple[Tenant, User]:
        tenant = Tenant.objects.filter(code=options["tenant"]).select_related("area").first()
        user = User.objects.filter(username=options["user"], is_active=True).first()
        if tenant is None:
            raise CommandError(_("没有租户“%s”") % options["tenant"])
        if user is None:
            raise CommandError(_("没有用户“%s”") % options["user"])
        return tenant, user
