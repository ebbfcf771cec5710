"""The numbers citizens dial (HL-01)."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, Tenant
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common.errors import InvalidInput
from apps.hotline.models import Line


@transaction.atomic
def open_line(
    actor: Actor,
    *,
    tenant: Tenant,
    code: str,
    name: str,
    number: str,
    unit: Organization | None = None,
) -> Line:
    """Will put a line into service; unit: the desk that answers it, None: the centre; audited.

    Raises: InvalidInput (code or number taken).
    """
    for field, value in (("code", code), ("number", number)):
        if Line.objects.filter(**{field: value}).exists():
            raise InvalidInput(_("该代码或号码已被使用"), field=field)
    line = Line.objects.create(tenant=tenant, code=code, name=name, number=number, unit=unit)
    audit.record(
        actor,
        "line.opened",
        object_type="hotline.line",
        object_id=line.pk,
        object_label=str(line),
    )
    return line
