"""The stand-in for speech, cards and drafts beside the demo."""

import threading
from typing import Any

from django.core.management.base import BaseCommand

from apps.demo.assistants import PORT, assistants


class Command(BaseCommand):
    """Answers as the local services would until it is ended."""

    help = "Run the simulated services for speech, identity cards and drafts of the demo."

    def handle(self, *args: Any, **options: Any) -> None:
        with assistants(PORT) as (_made, address):
            self.stdout.write(f"assistants at {address}")
            threading.Event().wait()
