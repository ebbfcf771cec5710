"""Hears syslog over UDP and TCP and keeps it, until it is stopped. Source: OP-07."""

import asyncio
import signal
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from apps.journals.enums import Origin
from apps.journals.listening import Listener
from apps.journals.services import take_lines


class Command(BaseCommand):
    """``manage.py log_listener --udp 5514 --tcp 5514``; addresses of device networks only."""

    help = "接收 syslog（RFC 5424，UDP 和 TCP）并存入运行日志"

    def add_arguments(self, parser: CommandParser) -> None:
        """Will take where to listen."""
        parser.add_argument("--bind", default="0.0.0.0")  # noqa: S104  senders are elsewhere
        parser.add_argument("--udp", type=int, default=5514)
        parser.add_argument("--tcp", type=int, default=5514)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Will listen until SIGINT or SIGTERM; what has come is kept before it ends."""
        asyncio.run(self._serve(options["bind"], options["udp"], options["tcp"]))

    async def _serve(self, bind: str, udp: int, tcp: int) -> None:
        work = asyncio.ensure_future(Listener(_take).serve(bind, udp, tcp))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, work.cancel)
        self.stdout.write(f"syslog udp {udp}, tcp {tcp}")
        self.stdout.flush()
        await asyncio.wait([work])
        if not work.cancelled() and (error := work.exception()) is not None:
            raise error


def _take(address: str, lines: Sequence[bytes]) -> None:
    """Runs on threads that live as long as the listener: a connection that broke is made anew."""
    close_old_connections()
    take_lines(lines, origin=Origin.SYSLOG, host=address)
