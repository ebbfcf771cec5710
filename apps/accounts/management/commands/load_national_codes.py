from typing import Any

from django.core.management.base import BaseCommand

from apps.audit.services import SYSTEM
from apps.common.national_codes import load_national_codes


class Command(BaseCommand):
    help = "Loads the code lists of national standards; run again it adds what is missing."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{load_national_codes(SYSTEM)} entries added")
