"""Many people at once, for a city that is set up or a demo that is laid down."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts import permissions
from apps.accounts.models import OldPassword, Tenant, User
from apps.accounts.names import pinyin_of
from apps.audit.services import Actor, record
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed


@dataclass(frozen=True)
class NewPerson:
    """One file to be opened. is_staff: may enter the console."""

    username: str
    full_name: str
    phone: str = ""
    employee_number: str = ""
    is_staff: bool = False


@transaction.atomic
def enrol_people(
    actor: Actor,
    *,
    tenant: Tenant,
    people: Sequence[NewPerson],
    password: str,
    must_change_password: bool = True,
) -> list[User]:
    """Will open the files of many people who share a first password, hashed once.

    Hashing is slow on purpose; hundreds of times it would take minutes. One entry in the log.
    Raises: NotAllowed; InvalidInput (a sign-in name is taken or given twice).
    """
    if not permissions.can_manage_people(actor, tenant.pk):
        raise NotAllowed(_("您没有管理该单位人员的权限。"))
    names = [person.username for person in people]
    if len(set(names)) < len(names) or User.objects.filter(username__in=names).exists():
        raise InvalidInput(_("该登录名已被使用。"), field="username")
    moment, password_hash = clock.now(), make_password(password)
    made = User.objects.bulk_create(
        User(
            tenant=tenant,
            username=person.username,
            full_name=person.full_name,
            name_pinyin=pinyin_of(person.full_name),
            phone=person.phone,
            employee_number=person.employee_number,
            is_staff=person.is_staff,
            password=password_hash,
            must_change_password=must_change_password,
            password_changed_at=moment,
        )
        for person in people
    )
    OldPassword.objects.bulk_create(
        OldPassword(user=user, password_hash=password_hash, set_at=moment) for user in made
    )
    record(
        actor,
        "user.enrolled",
        object_type="accounts.tenant",
        object_id=tenant.pk,
        object_label=tenant.name,
        data={"people": len(made)},
    )
    return made
