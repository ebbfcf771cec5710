from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.demo.selectors import find_load, list_accounts
from apps.demo.stages.people import DEMO_PASSWORD


class Command(BaseCommand):
    help = "Print a sign-in for every role of the demo city."

    def handle(self, *args: Any, **options: Any) -> None:
        load = find_load()
        if load is None:
            raise CommandError("演示城市尚未载入：manage.py load_demo")
        self.stdout.write("演示账号（虚构人员，密码统一）：")
        for account in list_accounts():
            self.stdout.write(
                f"{account.role}\t{account.login}\t{DEMO_PASSWORD}\t"
                f"{account.name}\t{account.unit}\t{account.start}"
            )
        if load.api_key:
            self.stdout.write(f"接口演示密钥\tAuthorization: Api-Key {load.api_key}")
