"""Lets a simulated citizen call: ``manage.py ring --to acceptor --from 13812345678``."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.hotline.adapters.simulator import Exchange
from apps.hotline.models import Line
from apps.hotline.telephony import exchange


class Command(BaseCommand):
    help = "Rings an agent's desk with an invented call; only with the simulated exchange."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", default="", help="login name of the agent; empty: anybody")
        parser.add_argument("--from", dest="phone", default="13812345678", help="calling number")
        parser.add_argument("--line", default="", help="number of the line; empty: the first one")

    def handle(self, *args: Any, **options: Any) -> None:
        simulator = exchange()
        if not isinstance(simulator, Exchange):
            raise CommandError("The telephone adapter is a real exchange; it rings by itself.")
        lines = Line.objects.filter(is_active=True).order_by("code")
        line = options["line"] or lines.values_list("number", flat=True).first()
        if line is None:
            raise CommandError("There is no telephone line yet.")
        call = simulator.ring(line=line, phone=options["phone"], agent=options["to"])
        self.stdout.write(f"{call.exchange_id} {call.phone} -> {options['to'] or 'anybody'}")
