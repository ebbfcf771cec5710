"""``manage.py mqtt``: holds the one connection to the broker of devices until TERM."""

import signal
import threading
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from apps.mqtt.broker import set_up
from apps.mqtt.consumer import listen
from apps.mqtt.starting import plan, target


class Command(BaseCommand):
    """A second one waits until the first is gone for fifteen seconds."""

    help = "Takes in what devices send by MQTT, and sends what is waiting for them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--set-up-broker",
            action="store_true",
            help="only writes the private broker's configuration; needs no database",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["set_up_broker"]:
            self.stdout.write(str(set_up(plan())))
            return
        stopping = threading.Event()

        def stop(_number: int, _frame: FrameType | None) -> None:
            stopping.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        listen(target(), per_second=settings.MQTT_DEVICE_RATE, stopping=stopping)
