import asyncio
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.common import clock
from apps.demo.equipment import PORTS, Room, run_for_ever
from apps.demo.room_pages import troubled


class Command(BaseCommand):
    help = "Answer for the demo's equipment room over TCP, HTTP, SNMP, NTP, TLS and ONVIF."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dead", nargs="*", default=[], choices=sorted(PORTS))
        parser.add_argument("--hanging", nargs="*", default=[], choices=sorted(PORTS))
        parser.add_argument("--cpu", type=float, default=20.0, help="percent")
        parser.add_argument("--days", type=float, default=20.0, help="of the certificate")
        parser.add_argument("--skew", type=float, default=0.0, help="seconds the clocks are ahead")

    def handle(self, *args: Any, **options: Any) -> None:
        room = Room(
            dead=set(options["dead"]),
            hanging=set(options["hanging"]),
            cpu_percent=options["cpu"],
            days=options["days"],
            skew_s=options["skew"],
            platforms=troubled(clock.now()),
        )
        self.stdout.write(f"模拟机房：{PORTS}")
        asyncio.run(run_for_ever(room))
