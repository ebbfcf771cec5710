"""People of a case are forgotten in what was passed on, too. Source: IO-11."""

from typing import Any

import pytest
from django.db import transaction

from apps.common import clock
from apps.districts.enums import Kind
from apps.districts.models import Batch, MirrorCase, SentRow, Stream
from apps.districts.services import gather
from apps.districts.services.forgetting import PassedOnPeople
from apps.districts.shapes import UNCERTAIN
from apps.gateway import services as gateway
from apps.matters.forgetting import Forgetting
from apps.matters.models import Case
from tests.cast import Cast
from tests.districts.factories import keeper, link, peer, switched_on
from tests.hotline.factories import demand


def _forget(*case_ids: int) -> Forgetting:
    found = Forgetting(case_ids, known={}, erased=frozenset(case_ids), before=clock.now())
    with transaction.atomic():
        PassedOnPeople().forget(found)
    return found


@pytest.mark.django_db(transaction=True)
def test_a_forgotten_case_goes_up_again_without_its_words(
    cast: Cast, live: str, live_server: Any, settings: Any
) -> None:
    settings.OUTGOING_HOSTS, settings.ALLOWED_HOSTS = ["127.0.0.1/32"], ["*"]
    manager = keeper(cast)
    city = link(
        cast, manager, live_server.url.replace("localhost", "127.0.0.1"), peer(cast, manager)
    )
    switched_on(manager, city, Kind.CASES)
    one = demand(cast, text="我叫张小明，路灯不亮。")
    other = demand(cast, text="井盖松动。")
    assert gather() == 2
    assert gateway.deliver_due() == 1
    Case.objects.filter(pk=one.pk).update(text="")
    done = _forget(one.pk)
    assert done.rows[one.pk]["districts"] == 1
    assert Batch.objects.get().body == ""
    Stream.objects.update(next_at=clock.now())
    assert gather() == 1
    assert gateway.deliver_due() == 1
    assert MirrorCase.objects.get(origin=one.number).data["text"] == ""
    assert MirrorCase.objects.get(origin=other.number).data["text"] == "井盖松动。"


def test_who_stood_in_the_same_unanswered_batch_is_gathered_again(
    cast: Cast, live: str, settings: Any
) -> None:
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    manager = keeper(cast)
    city = link(cast, manager, "http://127.0.0.1:38009", peer(cast, manager))
    switched_on(manager, city, Kind.CASES)
    one, other = demand(cast, text="路灯不亮。"), demand(cast, text="井盖松动。")
    assert gather() == 2
    _forget(one.pk)
    assert set(SentRow.objects.values_list("digest", flat=True)) == {UNCERTAIN}
    Stream.objects.update(next_at=clock.now())
    assert gather() == 2
    assert other.number in Batch.objects.order_by("-pk")[0].body
