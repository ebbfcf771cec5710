from typing import Any

from django.core.management.base import BaseCommand

from apps.accounts import services


class Command(BaseCommand):
    help = "Makes the standard roles; run again it adds what is missing."

    def handle(self, *args: Any, **options: Any) -> None:
        missing = services.seed_roles()
        self.stdout.write(f"{len(services.ROLE_SEED)} roles")
        for label in missing:
            self.stderr.write(self.style.WARNING(f"permission not found: {label}"))
