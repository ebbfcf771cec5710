from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.common.errors import DomainError
from apps.demo.stages.people import DEMO_PASSWORD
from apps.demo.stages.sample import add_sample_tenant


class Command(BaseCommand):
    help = "Add a tenant for an imported area, with the posts that a file of reports needs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code")
        parser.add_argument("name")
        parser.add_argument("--area", required=True, help="code of the area it answers for")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            tenant, people = add_sample_tenant(
                code=options["code"], name=options["name"], area_code=options["area"]
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        logins = "、".join(user.username for user in people)
        self.stdout.write(f"{tenant.name}（样例）：{logins}，密码 {DEMO_PASSWORD}")
