import asyncio
from typing import Any

from django.core.management.base import BaseCommand

from apps.demo.stages.polling import PORTS, run_for_ever


class Command(BaseCommand):
    help = "Answer over Modbus, SNMP and HTTP for the polled devices of the demo city."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"模拟站点：{PORTS}")
        asyncio.run(run_for_ever())
