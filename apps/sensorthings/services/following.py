"""Programs that want to be told by MQTT, and what they log in to the broker with.

Source: OGC 18-088 clause 14.2, IO-20, decision 0087.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.gateway.models import ApiClient
from apps.mqtt.services import end_logins, grant_login
from apps.sensorthings.entities import BY_NAME
from apps.sensorthings.models import Follower
from apps.sensorthings.selectors import visible_to

#: Datastreams one program may follow; a message goes out for every value of each.
MOST_FOLLOWED = 500


@dataclass(frozen=True)
class BrokerLogin:
    """What a program logs in with. secret: shown once, kept nowhere."""

    name: str
    secret: str
    key: str


def login_of(client: ApiClient) -> str:
    """Will give a program's name at the broker; no node can have it."""
    return f"@{client.pk}"


@transaction.atomic
def follow(client: ApiClient, *, keys: Collection[int]) -> int:
    """Will have a program told of these datastreams and of no others, and give their number.

    The same again changes nothing. Locks the program; audited with both sides.
    Raises: InvalidInput (field "datastreams": too many); NotFound (one it may not see).
    """
    ApiClient.objects.select_for_update().get(pk=client.pk)
    wanted = set(keys)
    if len(wanted) > MOST_FOLLOWED:
        raise InvalidInput(
            _("一个程序最多订阅 %(n)d 个数据流") % {"n": MOST_FOLLOWED}, field="datastreams"
        )
    rows = visible_to(client.service_user)(BY_NAME["Datastream"])
    seen = set(rows.filter(pk__in=wanted).values_list("pk", flat=True))
    if missing := sorted(wanted - seen):
        raise NotFound(_("没有这个数据流：%(key)d") % {"key": missing[0]}, field="datastreams")
    before = set(Follower.objects.filter(client=client).values_list("series_id", flat=True))
    if before == wanted:
        return len(wanted)
    for row in Follower.objects.filter(client=client, series_id__in=before - wanted):
        row.delete()
    now = clock.now()
    for key in sorted(wanted - before):
        Follower.objects.create(client=client, series_id=key, since=now)
    sides = {"followed": sorted(before)}, {"followed": sorted(wanted)}
    audit.record_row(client.service_user, "observations.followed", client, **audit.changes(*sides))
    return len(wanted)


@transaction.atomic
def issue_broker_login(client: ApiClient) -> BrokerLogin:
    """Will give a program a secret for the broker, this once; the one before ends. Audited."""
    ApiClient.objects.select_for_update().get(pk=client.pk)
    name, secret, key = login_of(client), secrets.token_urlsafe(32), secrets.token_hex(6)
    end_logins(node=name)
    grant_login(key=key, node=name, secret=secret)
    audit.record_row(client.service_user, "broker_login.issued", client, login=name)
    return BrokerLogin(name, secret, key)
