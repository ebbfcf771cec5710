import factory

from apps.accounts.models import Tenant, User
from apps.gateway import services


class TenantFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Tenant

    code = factory.Sequence(lambda n: f"tenant{n}")
    name = "示范市政府"


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"account{n}")
    full_name = "网约平台"


def issue(**more):
    """Issues a client by an administrator; gives client and key."""
    values = {
        "name": "随手拍小程序",
        "tenant": TenantFactory(),
        "service_user": UserFactory(),
        "scopes": ["cases.report"],
    }
    return services.issue_client(UserFactory(is_superuser=True), **values | more)
