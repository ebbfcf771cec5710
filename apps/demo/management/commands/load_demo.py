from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.common.errors import DomainError
from apps.demo.services import CASES, Order, load_demo


class Command(BaseCommand):
    help = "Load the invented demo city with its people and 90 days of history; once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--size", choices=sorted(CASES), default="default")
        parser.add_argument("--profile", choices=["shandong", "beijing"], default="shandong")
        parser.add_argument("--seed", type=int, default=2026)
        parser.add_argument("--days", type=int, default=90)
        parser.add_argument("--cases", type=int, help="default: by size")
        parser.add_argument("--no-history", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        order = Order(
            seed=options["seed"],
            size=options["size"],
            profile=options["profile"],
            days=options["days"],
            cases=0 if options["no_history"] else options["cases"],
        )

        def tell(line: str) -> None:
            self.stdout.write(line)
            self.stdout.flush()

        tell("演示城市：地名、人员和案件均为生成的虚构数据。")
        try:
            load_demo(order, tell=tell)
        except DomainError as error:
            raise CommandError(str(error)) from error
        tell(self.style.SUCCESS("演示城市已就绪。"))
