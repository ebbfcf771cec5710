"""Small, plain rows; history is made by the services."""

from datetime import date

import factory
from django.contrib.auth.models import Permission

from apps.accounts.models import Appointment, Organization, Post, Role, Tenant, User

PASSWORD = "Summer-2031-rain"


class TenantFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Tenant

    code = factory.Sequence(lambda n: f"tenant-{n}")
    name = factory.Sequence(lambda n: f"第{n}区政府")


class OrganizationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Organization
        skip_postgeneration_save = True

    tenant = factory.SubFactory(TenantFactory)
    code = factory.Sequence(lambda n: f"unit-{n}")
    name = factory.Sequence(lambda n: f"第{n}科")
    kind = "department"
    path = ""

    @factory.post_generation
    def placed(self, create: bool, extracted: object, **kwargs: object) -> None:
        above = self.parent.path if self.parent else "/"
        self.path = f"{above}{self.pk}/"
        self.save(update_fields=["path"])


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    tenant = factory.SubFactory(TenantFactory)
    username = factory.Sequence(lambda n: f"user{n}")
    full_name = "张三"
    phone = factory.Sequence(lambda n: f"139{n:08d}")
    password = factory.django.Password(PASSWORD)


class RoleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Role
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"role-{n}")
    name = factory.Sequence(lambda n: f"角色{n}")

    @factory.post_generation
    def may(self, create: bool, extracted: list[str] | None, **kwargs: object) -> None:
        for label in extracted or []:
            app_label, codename = label.split(".")
            self.permissions.add(
                Permission.objects.get(content_type__app_label=app_label, codename=codename)
            )


class PostFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Post
        skip_postgeneration_save = True

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"岗位{n}")


class AppointmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Appointment

    user = factory.SubFactory(UserFactory)
    post = factory.SubFactory(PostFactory)
    from_on = date(2020, 1, 1)


def make_person(*may: str, organization: Organization, **fields: object) -> User:
    """Will make somebody in the unit who may do these things ("app.codename")."""
    post = PostFactory(organization=organization)
    post.roles.add(RoleFactory(may=list(may)))
    user = UserFactory(tenant=organization.tenant, **fields)
    AppointmentFactory(user=user, post=post)
    return user
