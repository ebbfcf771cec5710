"""Domains, which tenant offers which matter, and which applications may use one (MT-04)."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_of
from apps.audit import services as audit
from apps.common.errors import InvalidInput, NotAllowed
from apps.gateway.models import ApiClient
from apps.matters import permissions
from apps.matters.models import MatterApplication, MatterDomain, MatterOffer, MatterType

_OF_DOMAIN = ("name", "note", "is_active")


@transaction.atomic
def save_domain(
    actor: User, *, code: str, name: str, note: str = "", is_active: bool = True
) -> MatterDomain:
    """Will make a domain, or change the one of this code; a closed one takes no new matters.

    Raises: NotAllowed; InvalidInput (name).
    """
    permissions.require_edit(actor)
    if not name.strip():
        raise InvalidInput(_("请填写领域名称"), field="name")
    domain, created = MatterDomain.objects.select_for_update().get_or_create(code=code)
    before = {} if created else audit.snapshot(domain, *_OF_DOMAIN)
    domain.name, domain.note, domain.is_active = name.strip()[:60], note.strip()[:300], is_active
    domain.save(update_fields=["name", "note", "is_active"])
    audit.record(
        actor,
        "matter_domain.created" if created else "matter_domain.changed",
        object_type="matter_domain",
        object_id=domain.pk,
        object_label=domain.name,
        data={
            "is_active": is_active,
            **audit.changes(before, audit.snapshot(domain, *_OF_DOMAIN)),
        },
    )
    return domain


@transaction.atomic
def set_offer(
    actor: User, *, matter_type_id: int, tenant_id: int, is_active: bool = True, note: str = ""
) -> MatterOffer:
    """Will say that a tenant offers a matter, or no longer does.

    Raises: NotAllowed (no right, or another body's tenant); InvalidInput (nothing in force to
        offer).
    """
    permissions.require_edit(actor)
    if not scope_of(actor).covers_tenant(tenant_id):
        raise NotAllowed(_("只能维护本单位所属租户提供的事项"))
    matter_type = MatterType.objects.select_for_update().get(pk=matter_type_id)
    if is_active and matter_type.current_version_id is None:
        raise InvalidInput(_("事项还没有生效版本，发布后才能提供"), field="matter_type")
    known = MatterOffer.objects.filter(tenant_id=tenant_id, matter_type=matter_type).first()
    before = audit.snapshot(known, "is_active", "note") if known is not None else {}
    offer, _created = MatterOffer.objects.update_or_create(
        tenant=Tenant.objects.get(pk=tenant_id),
        matter_type=matter_type,
        defaults={"is_active": is_active, "note": note.strip()[:300]},
    )
    changed = audit.changes(before, audit.snapshot(offer, "is_active", "note"))
    _record(
        actor, "matter_offer.set", matter_type, tenant=tenant_id, is_active=is_active, **changed
    )
    return offer


@transaction.atomic
def link_application(
    actor: User, *, matter_type_id: int, name: str, client_id: int | None, is_active: bool = True
) -> MatterApplication:
    """Will let an application use a matter, or change how; once per name.

    client_id: the program's access to the API, None while it has none.
    Raises: NotAllowed (no right, or a client of another body); InvalidInput (name).
    """
    permissions.require_edit(actor)
    if not name.strip():
        raise InvalidInput(_("请填写应用名称"), field="name")
    client = None
    if client_id is not None:
        client = ApiClient.objects.filter(pk=client_id, revoked_at__isnull=True).first()
        if client is None or not scope_of(actor).covers_tenant(client.tenant_id):
            raise NotAllowed(_("没有这个接口客户端，或不属于本单位"))
    matter_type = MatterType.objects.select_for_update().get(pk=matter_type_id)
    called = name.strip()[:80]
    known = MatterApplication.objects.filter(matter_type=matter_type, name=called).first()
    before = audit.snapshot(known, "client", "is_active") if known is not None else {}
    link, _created = MatterApplication.objects.update_or_create(
        matter_type=matter_type,
        name=called,
        defaults={"client": client, "is_active": is_active},
    )
    changed = audit.changes(before, audit.snapshot(link, "client", "is_active"))
    _record(
        actor,
        "matter_application.set",
        matter_type,
        name=link.name,
        is_active=is_active,
        **changed,
    )
    return link


def _record(actor: User, action: str, matter_type: MatterType, **data: object) -> None:
    audit.record(
        actor,
        action,
        object_type="matter_type",
        object_id=matter_type.pk,
        object_label=matter_type.name,
        data=data,
    )
