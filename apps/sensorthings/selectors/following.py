"""What programs follow, as far as they still may see it."""

from collections.abc import Iterator

from django.db.models import QuerySet

from apps.gateway.models import ApiClient
from apps.sensing.models import Datastream
from apps.sensorthings.entities import BY_NAME
from apps.sensorthings.models import Follower
from apps.sensorthings.selectors.seeing import visible_to


def followed_by() -> Iterator[tuple[ApiClient, QuerySet[Datastream]]]:
    """Will give each program that is not suspended with the datastreams it follows and may see."""
    clients = ApiClient.objects.filter(
        pk__in=Follower.objects.values("client"), suspended_at=None, service_user__is_active=True
    )
    for client in clients.select_related("service_user").order_by("pk"):
        yield client, followed_of(client)


def followed_of(client: ApiClient) -> QuerySet[Datastream]:
    """Will give the datastreams a program follows and may see, by key."""
    rows: QuerySet[Datastream] = visible_to(client.service_user)(BY_NAME["Datastream"])
    return rows.filter(sta_followers__client=client).order_by("pk")
