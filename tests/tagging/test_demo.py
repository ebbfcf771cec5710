"""The demo city shows tags in every state of affairs, on ground of any size."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from apps.alarms.models import Alarm
from apps.assets.models import AssetClass
from apps.common import clock
from apps.demo.stages import tags
from apps.demo.world import CENTER, TENANT
from apps.tagging import selectors
from apps.tagging.models import Batch, Passage, UnknownTag
from tests.cast import Cast


def test_the_demo_has_passages_a_trace_with_a_gap_and_an_alarm(cast: Cast) -> None:
    cast.tenant.code = TENANT
    cast.tenant.save(update_fields=["code"])
    cast.center.code = CENTER
    cast.center.save(update_fields=["code"])
    AssetClass.objects.get_or_create(
        code=tags.CLASS, defaults={"name": "车辆", "large_class": "测试"}
    )
    city: Any = SimpleNamespace(
        cells=[SimpleNamespace(center=at) for at in (cast.inside_east(), cast.inside_west())]
    )
    made = tags.load_tags(city, until=clock.now())
    assert made == Passage.objects.count() == len(tags.SEEN)
    assert Alarm.objects.get().asset.name == tags.VEHICLES[2]
    legs = selectors.legs_of(
        selectors.passages_of_batch(Batch.objects.get()), gap=timedelta(hours=24)
    )
    assert [leg.is_gap for leg in legs] == [False, False, True]
    assert UnknownTag.objects.get().epc == tags.STRANGER
    later = clock.now() + timedelta(hours=1)
    with clock.at(later.replace(minute=10)):
        assert tags.say_tags() == 1
    with clock.at(later.replace(minute=11)):
        assert tags.say_tags() == 0
    assert Passage.objects.count() == made + 1
