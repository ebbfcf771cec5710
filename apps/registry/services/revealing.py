"""Lifting the mask from a file: one file, one purpose, one entry in the log (RG-01)."""

from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common.errors import InvalidInput
from apps.registry import identity, permissions
from apps.registry.core_fields import ID_NUMBER
from apps.registry.models import RegistryFile
from apps.registry.selectors.values import values_of

PURPOSE_MIN, PURPOSE_MAX = 2, 200


def reveal_file(actor: User, *, file: RegistryFile, purpose: str) -> dict[str, Any]:
    """Will give the values of a file as they are, and log who asked for what purpose.

    file: in the actor's reach. purpose: 2-200 characters.
    Raises: NotAllowed; InvalidInput (field "purpose").
    """
    permissions.require(
        actor, permissions.REVEAL, tenant_id=file.tenant_id, area_path=file.area_path
    )
    said = purpose.strip()
    if not PURPOSE_MIN <= len(said) <= PURPOSE_MAX:
        raise InvalidInput(_("请填写查看用途，2至200个字"), field="purpose")
    audit.record(
        actor,
        "registry_file.revealed",
        object_type="registry_file",
        object_id=file.pk,
        object_label=file.ref,
        data={"purpose": said},
    )
    found = values_of(file)
    if ID_NUMBER in found:
        found[ID_NUMBER] = identity.opened_number(found[ID_NUMBER]["sealed"])
    return found


def log_reading(actor: User, file: RegistryFile) -> None:
    """Will log that somebody opened a file's page. Source: RG-01, every read is logged."""
    audit.record(
        actor,
        "registry_file.read",
        object_type="registry_file",
        object_id=file.pk,
        object_label=file.ref,
    )


def log_search(actor: User, *, found: int) -> None:
    """Will log that somebody looked a person up by the whole identity number."""
    audit.record(actor, "registry.number_searched", data={"found": found})
