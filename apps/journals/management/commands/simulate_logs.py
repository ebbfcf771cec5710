"""Sends syslog as a firewall, a switch and a server would, for trying out. Source: OP-07."""

import random
import socket
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.common import clock

_SAID = (
    ("fw-01", "sshd", 4, "Failed password for admin from 10.20.3.9 port 52114"),
    ("fw-01", "kernel", 6, "accepted tcp 10.20.1.7 to 10.20.8.2 port 443"),
    ("sw-core", "ifmgr", 3, "interface GigabitEthernet0/0/12 changed to down"),
    ("sw-core", "ifmgr", 5, "interface GigabitEthernet0/0/12 changed to up"),
    ("app-02", "nginx", 3, "upstream timed out while reading response header"),
    ("app-02", "backup", 6, "increment finished in 41 seconds"),
)


class Command(BaseCommand):
    """``manage.py simulate_logs --port 5514 --count 200 [--tcp]``."""

    help = "按 RFC 5424 发送模拟日志，用于试用 log_listener"

    def add_arguments(self, parser: CommandParser) -> None:
        """Will take whither, how many and how."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=5514)
        parser.add_argument("--count", type=int, default=100)
        parser.add_argument("--tcp", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Will send them at once."""
        address = (options["host"], options["port"])
        messages = _messages(options["count"])
        if options["tcp"]:
            with socket.create_connection(address, timeout=5) as line:
                for message in messages:
                    line.sendall(b"%d %s" % (len(message), message))
        else:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
                for message in messages:
                    line.sendto(message, address)
        self.stdout.write(f"{options['count']} 条已发送")


def _messages(count: int) -> Iterator[bytes]:
    rng = random.Random(count)  # noqa: S311  simulated
    for number in range(count):
        host, program, level, text = rng.choice(_SAID)
        head = f"<{16 * 8 + level}>1 {clock.now().isoformat()} {host} {program} {number} - -"
        yield f"{head} {text}".encode()
