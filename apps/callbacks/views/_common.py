"""What the pages of this app share."""

from django.http import HttpRequest

from apps.accounts.models import Tenant, User
from apps.accounts.signed_in import actor_of
from apps.callbacks import permissions, selectors
from apps.common import files
from apps.common.errors import NotFound
from apps.matters.services import NewFile

EVIDENCE = frozenset({"image", "audio", "document"})


def person_with(request: HttpRequest, *rights: str) -> User:
    """Will give the signed-in person with one of the rights; behind ``login_required`` only.

    Raises: NotAllowed.
    """
    person = actor_of(request)
    permissions.require_any(person, *rights)
    return person


def tenant_with(person: User, right: str) -> Tenant:
    """Will give the first city in which the person holds the right. Raises: NotFound."""
    tenant = selectors.tenants_for(person, right).first()
    if tenant is None:
        raise NotFound("")
    return tenant


def sent_files(request: HttpRequest, name: str) -> list[NewFile]:
    """Will store the files sent under a name. Raises: InvalidInput (too large, not accepted)."""
    uploads = [upload for upload in request.FILES.getlist(name) if upload][:10]
    return [NewFile(files.store(u, allow=EVIDENCE), u.name or "") for u in uploads]
