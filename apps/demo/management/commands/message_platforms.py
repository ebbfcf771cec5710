"""The far ends of the message channels beside the demo."""

import threading
from typing import Any

from django.core.management.base import BaseCommand

from apps.demo.platforms import PORT, platform


class Command(BaseCommand):
    """Answers as WeChat's platform and as another hotline until it is ended."""

    help = "Run the simulated WeChat platform and outside hotline of the demo."

    def handle(self, *args: Any, **options: Any) -> None:
        with platform(PORT) as (_made, address):
            self.stdout.write(f"message platforms at {address}")
            threading.Event().wait()
