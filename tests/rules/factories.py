import factory
from django.contrib.auth.models import Permission
from factory.django import DjangoModelFactory

from apps.accounts.models import (
    Appointment,
    Organization,
    OrganizationKind,
    Post,
    Role,
    Tenant,
    User,
)
from apps.common import clock


class TenantFactory(DjangoModelFactory):
    class Meta:
        model = Tenant

    code = factory.Sequence("tenant-{}".format)
    name = factory.Sequence("海州市{}".format)


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence("user{}".format)
    full_name = factory.Sequence("张三{}".format)


def person(tenant: Tenant, *rights: str) -> User:
    """A user on a post of the tenant that carries the named rights of the app."""
    user = UserFactory()
    organization = Organization.objects.create(
        tenant=tenant,
        code=f"org-{user.pk}",
        name="指挥中心",
        kind=OrganizationKind.CENTER,
        path=f"/{user.pk}/",
    )
    role = Role.objects.create(code=f"role-{user.pk}", name="规则")
    role.permissions.set(
        Permission.objects.filter(content_type__app_label="rules", codename__in=rights)
    )
    post = Post.objects.create(organization=organization, name="规则岗")
    post.roles.add(role)
    Appointment.objects.create(user=user, post=post, from_on=clock.today())
    return user
