from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.common.errors import DomainError
from apps.demo.laying_on import frame, read_points, write_frame


class Command(BaseCommand):
    help = "Build area files (a rectangle, squares in it) that cover the points of a CSV file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("out", type=Path, help="NAME.geojson; one file per level is written")
        parser.add_argument("--lon", default="longitude")
        parser.add_argument("--lat", default="latitude")
        parser.add_argument("--code", default="9801")
        parser.add_argument("--name", default="样例覆盖范围")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            points = read_points(options["file"], lon=options["lon"], lat=options["lat"])
            framed = frame(points, code=options["code"], name=options["name"])
            for path in write_frame(framed, options["out"]):
                self.stdout.write(f"{path}（样例方格，不是真实边界，WGS 84）")
        except (DomainError, OSError) as error:
            raise CommandError(str(error)) from error
