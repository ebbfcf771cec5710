from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.video.street import DEMO_PASSWORD, DEMO_TOKEN, Street, serve


class Command(BaseCommand):
    """Runs the simulated cameras on this machine until it is stopped. No device is touched."""

    help = "Serves simulated cameras, a recorder, a gateway and a media server on 127.0.0.1"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=settings.DEMO_CAMERAS_PORT or 8790)

    def handle(self, *args: Any, **options: Any) -> None:
        street = Street(password=DEMO_PASSWORD, token=DEMO_TOKEN, key=DEMO_TOKEN)
        server = serve(street, options["port"])
        self.stdout.write(f"http://127.0.0.1:{server.server_address[1]}/c/1/picture.jpg")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            server.server_close()
