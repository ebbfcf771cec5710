from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.common.errors import DomainError
from apps.demo.geography import build_city
from apps.demo.laying_on import NOTICE, lay_file_on
from apps.demo.selectors import find_load


class Command(BaseCommand):
    help = "Write a copy of a CSV of citizen messages with places of the demo city."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("out", type=Path)
        parser.add_argument("--seed", type=int, default=2026)

    def handle(self, *args: Any, **options: Any) -> None:
        load = find_load()
        if load is None:
            raise CommandError("演示城市尚未载入：manage.py load_demo")
        city = build_city(load.seed, load.size)
        try:
            count = lay_file_on(options["file"], options["out"], city, seed=options["seed"])
        except (DomainError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{count} 行。{NOTICE}。")
