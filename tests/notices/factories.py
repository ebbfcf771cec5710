import factory

from apps.accounts.models import User
from apps.notices import services


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"clerk{n}")
    full_name = "王受理"


def tell(*users: User, key: str = "case-1", **more) -> None:
    values = {"kind": "task", "title": "您有新的工单", "url": "/cases/1/"} | more
    services.notify(recipients=users, key=key, **values)
