"""Which matters a program may report to and ask about (MT-04).

Two lists of the catalogue decide. A matter linked to applications is for their clients only; a
matter some tenants offer is for the clients of those tenants only, and one a tenant has
withdrawn is closed to its clients. A matter nobody linked or offered is open to every client
that has the right. People with a session are not asked: their rights alone bind them.
"""

from collections import defaultdict

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.common.errors import NotAllowed
from apps.common.memory import Memory
from apps.gateway.models import ApiClient
from apps.matters.models import Case, MatterApplication, MatterOffer, MatterType

_closed: Memory[frozenset[int]] = Memory(of=("matters.MatterApplication", "matters.MatterOffer"))


def closed_matters(client: ApiClient) -> frozenset[int]:
    """Will give the keys of the matters a client may not use; remembered for two seconds."""
    return _closed.get(client.pk, lambda: _read_closed(client))


def _read_closed(client: ApiClient) -> frozenset[int]:
    linked: dict[int, set[int]] = defaultdict(set)
    links = MatterApplication.objects.filter(is_active=True, client__isnull=False)
    for matter_id, client_id in links.values_list("matter_type_id", "client_id"):
        linked[matter_id].add(client_id)
    offered: dict[int, set[int]] = defaultdict(set)
    withdrawn = set()
    offers = MatterOffer.objects.values_list("matter_type_id", "tenant_id", "is_active")
    for matter_id, tenant_id, is_active in offers:
        if is_active:
            offered[matter_id].add(tenant_id)
        elif tenant_id == client.tenant_id:
            withdrawn.add(matter_id)
    return frozenset(
        {matter for matter, clients in linked.items() if client.pk not in clients}
        | {matter for matter, tenants in offered.items() if client.tenant_id not in tenants}
        | withdrawn
    )


def may_use(client: ApiClient, matter_type: MatterType) -> bool:
    """Will tell whether a program may report to a matter and ask about its cases."""
    return matter_type.pk not in closed_matters(client)


def require_usable(caller: object, matter_type: MatterType) -> None:
    """Will refuse a client the matter is not for. caller: ``request.auth``.

    Raises: NotAllowed ``matter_not_offered``.
    """
    if isinstance(caller, ApiClient) and not may_use(caller, matter_type):
        raise NotAllowed(
            _("事项“%s”没有向本接口客户端开放，请联系事项管理人关联应用") % matter_type.name,
            code="matter_not_offered",
            data={"matter": matter_type.code},
        )


def usable_cases(caller: object, cases: QuerySet[Case]) -> QuerySet[Case]:
    """Will leave out the cases of matters that are not for a client. caller: ``request.auth``."""
    if not isinstance(caller, ApiClient):
        return cases
    closed = closed_matters(caller)
    return cases.exclude(matter_type_id__in=closed) if closed else cases
