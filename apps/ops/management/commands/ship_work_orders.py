"""Puts the shipped matter of work orders in force in a city that begins with it."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.audit.services import SYSTEM
from apps.matters.services import ensure_shipped_matter
from apps.ops.starting import ensure_levels


class Command(BaseCommand):
    help = "Puts the matter of work orders, fault levels and kinds in force where there are none."

    def handle(self, *args: Any, **options: Any) -> None:
        """Will leave alone what is there; safe to run twice."""
        ensure_levels()
        text = (settings.BASE_DIR / "fixtures/ops/matter.json").read_text(encoding="utf-8")
        matter = ensure_shipped_matter(SYSTEM, shipped=json.loads(text))
        self.stdout.write(f"{matter.code} {matter.name}")
