"""What this app ends of a leaver: keys of programs that act as the person."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.registry import Ending, register_ending
from apps.audit.services import Actor, record
from apps.common import clock
from apps.gateway.models import ApiClient
from apps.gateway.services.keys import end_all_keys, live_keys


def register() -> None:
    """Will make the endings of this app known."""
    register_ending(Ending("gateway.clients", _("接口密钥"), 70, _revoke, _count))


def _count(user: User) -> int:
    return ApiClient.objects.filter(service_user=user, revoked_at__isnull=True).count()


def _revoke(actor: Actor, user: User) -> int:
    found = ApiClient.objects.filter(service_user=user, revoked_at__isnull=True)
    clients = list(found.select_for_update(of=("self",)).order_by("pk"))
    for client in clients:
        prefixes = [key.prefix for key in live_keys(client)]
        client.revoked_at = clock.now()
        client.save(update_fields=["revoked_at"])
        end_all_keys(client)
        record(
            actor,
            "api_client.revoked",
            object_type="gateway.client",
            object_id=client.pk,
            object_label=client.name,
            data={"keys": prefixes, "reason": "leaving"},
        )
    return len(clients)
