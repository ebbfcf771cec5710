from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import Tenant, User
from apps.common.errors import DomainError
from apps.gateway import services


class Command(BaseCommand):
    """Will register an API client and print its key, this once."""

    help = "Register a client of the API and print its key; it is never shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--by", required=True, help="login name of who issues it")
        parser.add_argument("--tenant", required=True, help="code of the government body")
        parser.add_argument("--account", required=True, help="login name of the service account")
        parser.add_argument("--scope", action="append", default=[], dest="scopes")
        parser.add_argument("--rate", default="")
        parser.add_argument("--range", action="append", default=[], dest="ranges")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            _client, key = services.issue_client(
                User.objects.get(username=options["by"]),
                name=options["name"],
                tenant=Tenant.objects.get(code=options["tenant"]),
                service_user=User.objects.get(username=options["account"]),
                scopes=options["scopes"],
                rate=options["rate"],
                allowed_ranges=options["ranges"],
            )
        except (DomainError, User.DoesNotExist, Tenant.DoesNotExist) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(key)
