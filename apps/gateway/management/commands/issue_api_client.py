from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import Tenant, User
from apps.audit import services as audit
from apps.common.errors import DomainError
from apps.gateway import services
from apps.gateway.services.guarding import MANAGE_CLIENTS


class Command(BaseCommand):
    """Will register an API client and print its key, this once.

    Whoever may run it owns the installation; the pages ask for a second person, this does not.
    The log names who is said to have asked for it.
    """

    help = "Register a client of the API and print its key; it is never shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--by", required=True, help="login name of who asks for it")
        parser.add_argument("--tenant", required=True, help="code of the government body")
        parser.add_argument("--account", required=True, help="login name of the service account")
        parser.add_argument("--scope", action="append", default=[], dest="scopes")
        parser.add_argument("--rate", default="")
        parser.add_argument("--range", action="append", default=[], dest="ranges")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            asked = User.objects.get(username=options["by"])
            if not asked.has_perm(MANAGE_CLIENTS):
                raise CommandError(f"{asked.username} may not manage clients")
            client, key = services.issue_client(
                audit.SYSTEM,
                name=options["name"],
                tenant=Tenant.objects.get(code=options["tenant"]),
                service_user=User.objects.get(username=options["account"]),
                scopes=options["scopes"],
                rate=options["rate"],
                allowed_ranges=options["ranges"],
            )
            audit.record(
                asked,
                "api_client.issued_on_server",
                object_type="gateway.client",
                object_id=client.pk,
                object_label=client.name,
            )
        except (DomainError, User.DoesNotExist, Tenant.DoesNotExist) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(key)
