from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import User
from apps.common.errors import DomainError
from apps.gateway import services
from apps.gateway.enums import DeliveryState
from apps.gateway.models import Delivery

BATCH = 500


class Command(BaseCommand):
    """Will put the dead deliveries of a connector in line again."""

    help = "Send again what was given up for one connector, oldest first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connector", help="its code")
        parser.add_argument("--by", required=True, help="login name of who asks for it")

    def handle(self, *args: Any, **options: Any) -> None:
        dead = Delivery.objects.filter(
            connector__code=options["connector"], state=DeliveryState.DEAD
        ).order_by("pk")
        ids, count = list(dead.values_list("pk", flat=True)), 0
        try:
            actor = User.objects.get(username=options["by"])
            for start in range(0, len(ids), BATCH):
                count += services.replay(actor, delivery_ids=ids[start : start + BATCH])
        except (DomainError, User.DoesNotExist) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(str(count))
