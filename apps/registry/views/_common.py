"""What the pages of this app share."""

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common.errors import NotAllowed
from apps.registry import permissions
from apps.registry.models import RegistryFile

View = Callable[..., HttpResponseBase]


def guard(may: Callable[[User], bool]) -> Callable[[View], View]:
    """Will let in only those of whom ``may`` says so."""

    def decorate(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if not may(actor_of(request)):
                raise NotAllowed(_("没有权限查看此页"))
            return view(request, *args, **kwargs)

        return cast(View, guarded)

    return decorate


def holds(*rights: str) -> Callable[[View], View]:
    """Will let in whoever holds one of these rights."""
    return guard(lambda user: any(user.has_perm(right) for right in rights))


reader_required = guard(permissions.can_open_registry)
care_required = guard(permissions.can_open_care)


def may(request: HttpRequest, file: RegistryFile, *rights: str) -> bool:
    """Will tell whether the person holds one of the rights over a file."""
    return permissions.reaches(
        actor_of(request), *rights, tenant_id=file.tenant_id, area_path=file.area_path
    )
