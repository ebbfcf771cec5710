"""What somebody with a public account reported, by telephone, on the web, or in a program."""

from django.db.models import Q, QuerySet

from apps.accounts.models import Tenant
from apps.hotline.models import Demand
from apps.matters.models import Case
from apps.matters.selectors import in_force, usable_cases
from apps.residents.models import PublicToken
from apps.residents.selectors import phones_of


def own_demands(session: PublicToken) -> QuerySet[Demand]:
    """Will give the demands of the account's verified phones, newest first.

    Only of the client's body and of matters open to the client; of a phone somebody else had
    before, or gave away since, only those of the account's own time.
    """
    mine = Q(pk__in=[])
    for span in phones_of(session.account):
        one = Q(reporter_phone=span.phone)
        if span.since is not None:
            one &= Q(case__opened_at__gt=span.since)
        if span.until is not None:
            one &= Q(case__opened_at__lte=span.until)
        mine |= one
    open_to_client = usable_cases(session.client, Case.objects.all())
    return (
        Demand.objects.filter(mine, case__tenant_id=session.account.tenant_id)
        .filter(case__in=open_to_client)
        .select_related("case__version", "case__unit", "case__matter_type")
        .defer("case__search", "case__form_data")
        .order_by("-id")
    )


def matters_for_agents(tenant: Tenant) -> dict[str, str]:
    """Will give the matters somebody can be let act in for a legal person, code to name."""
    return dict(in_force().values_list("code", "name"))
