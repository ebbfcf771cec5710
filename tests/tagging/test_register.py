"""Readers, tags, bindings, batches: who keeps them, what is refused. Source: IO-14."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.tagging import selectors, services
from apps.tagging.models import Binding, Passage, Reader, Tag
from apps.tagging.services import ReaderSpec, TagSpec
from tests.cast import Cast
from tests.sensing.factories import device
from tests.tagging.factories import EPC, OTHER_EPC, batch, gate, keeper, read, tag, thing


def test_what_a_tag_was_on_that_day(cast: Cast) -> None:
    now = clock.now()
    made = tag(cast)
    first, second = thing(cast), batch(cast)
    with clock.at(now - timedelta(days=9)):
        services.bind_tag(SYSTEM, tag_id=made.pk, thing=first)
    with clock.at(now - timedelta(days=5)):
        services.unbind_tag(SYSTEM, tag_id=made.pk)
    with clock.at(now - timedelta(days=2)):
        services.bind_tag(SYSTEM, tag_id=made.pk, thing=second)
    found = [selectors.binding_on(made, now - timedelta(days=d)) for d in (10, 9, 7, 5, 4, 2, 0)]
    assert [one and one.thing for one in found] == [
        None, first, first, None, None, second, second,
    ]  # fmt: skip


def test_a_passage_is_of_what_the_tag_was_on_then(cast: Cast) -> None:
    now, reader, made = clock.now(), gate(), tag(cast)
    first, second = thing(cast), batch(cast)
    with clock.at(now - timedelta(hours=5)):
        services.bind_tag(SYSTEM, tag_id=made.pk, thing=first)
    with clock.at(now - timedelta(hours=3)):
        services.unbind_tag(SYSTEM, tag_id=made.pk)
        services.bind_tag(SYSTEM, tag_id=made.pk, thing=second)
    for hours in (1, 4, 6):  # told late, in no order
        read(reader, now - timedelta(hours=hours))
    found = Passage.objects.order_by("first_at")
    assert [(one.asset, one.batch) for one in found] == [
        (None, None), (first, None), (None, second),
    ]  # fmt: skip


def test_states_and_what_they_forbid(cast: Cast) -> None:
    made, asset = tag(cast), thing(cast)
    with pytest.raises(Refused):
        services.unbind_tag(SYSTEM, tag_id=made.pk)
    with pytest.raises(Refused):
        services.find_tag(SYSTEM, tag_id=made.pk)
    services.bind_tag(SYSTEM, tag_id=made.pk, thing=asset)
    with pytest.raises(Refused):
        services.bind_tag(SYSTEM, tag_id=made.pk, thing=batch(cast))
    assert services.lose_tag(SYSTEM, tag_id=made.pk).state == "lost"
    with pytest.raises(Refused):
        services.lose_tag(SYSTEM, tag_id=made.pk)
    assert services.find_tag(SYSTEM, tag_id=made.pk).state == "bound"
    services.lose_tag(SYSTEM, tag_id=made.pk)
    assert services.unbind_tag(SYSTEM, tag_id=made.pk).state == "lost"
    assert services.find_tag(SYSTEM, tag_id=made.pk).state == "free"
    services.bind_tag(SYSTEM, tag_id=made.pk, thing=asset)
    assert services.retire_tag(SYSTEM, tag_id=made.pk).state == "retired"
    assert not Binding.objects.filter(until=None).exists()
    for deed in (services.retire_tag, services.lose_tag):
        with pytest.raises(Refused):
            deed(SYSTEM, tag_id=made.pk)
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"tag.registered", "tag.bound", "tag.lost", "tag.found", "tag.retired"} <= actions


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"epc": "12345"}, "epc"),
        ({"epc": "Z" * 24}, "epc"),
        ({"tid": "E2-1"}, "tid"),
        ({"standard": "vhs"}, "standard"),
    ],
)
def test_a_wrong_tag_names_its_field(cast: Cast, changes: dict[str, Any], field: str) -> None:
    told: dict[str, Any] = {"epc": EPC, "unit": cast.east_works} | changes
    with pytest.raises(InvalidInput) as refused:
        services.register_tag(SYSTEM, spec=TagSpec(**told))
    assert refused.value.field == field


def test_numbers_are_unique_however_written(cast: Cast) -> None:
    services.register_tag(SYSTEM, spec=TagSpec(EPC, cast.east_works, tid="E2003412"))
    again = TagSpec(f" {EPC[:4].lower()}-{EPC[4:].lower()} ", cast.east_works)
    with pytest.raises(InvalidInput) as refused:
        services.register_tag(SYSTEM, spec=again)
    assert refused.value.field == "epc"
    with pytest.raises(InvalidInput) as refused:
        services.register_tag(SYSTEM, spec=TagSpec(OTHER_EPC, cast.east_works, tid="e2003412"))
    assert refused.value.field == "tid"
    assert Tag.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"window_s": 0}, "window_s"),
        ({"window_s": 3601}, "window_s"),
        ({"kind": "drone"}, "kind"),
        ({"antennas": {"0": "in"}}, "antennas"),
        ({"antennas": {"65": "in"}}, "antennas"),
        ({"antennas": {"1": "up"}}, "antennas"),
    ],
)
def test_a_wrong_reader_names_its_field(cast: Cast, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        gate(**changes)
    assert refused.value.field == field


def test_one_device_is_one_reader(cast: Cast) -> None:
    reader = gate()
    with pytest.raises(InvalidInput) as refused:
        services.save_reader(SYSTEM, spec=ReaderSpec(reader.device, "handheld"))
    assert refused.value.field == "device"
    spec = ReaderSpec(device("GATE-9", profile="door"), "fixed")
    with pytest.raises(InvalidInput) as refused:
        services.save_reader(SYSTEM, spec=spec, reader_id=reader.pk)
    assert refused.value.field == "device"
    assert Reader.objects.count() == 1


def test_the_neighbour_sees_and_does_nothing(cast: Cast) -> None:
    made, reader, lot, asset = tag(cast), gate(), batch(cast), thing(cast)
    services.bind_tag(SYSTEM, tag_id=made.pk, thing=asset)
    read(reader, clock.now())
    west = keeper(cast, "west", cast.west_works)
    seen = (
        selectors.list_tags(west), selectors.list_readers(west), selectors.list_batches(west),
        selectors.list_passages(west), selectors.last_places(west), selectors.list_unknown(west),
        selectors.list_passes(west), selectors.list_rules(west),
    )  # fmt: skip
    assert not any(found.exists() for found in seen)
    for get, key in (
        (selectors.get_tag, made.pk), (selectors.get_reader, reader.pk),
        (selectors.get_batch, lot.pk),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            get(west, pk=key)
    with pytest.raises(NotAllowed):
        services.lose_tag(west, tag_id=made.pk)
    with pytest.raises(NotAllowed):
        services.register_tag(west, spec=TagSpec(OTHER_EPC, cast.east_works))
    with pytest.raises(NotAllowed):
        services.save_reader(west, spec=ReaderSpec(reader.device, "fixed"), reader_id=reader.pk)
    span = {"since": clock.now(), "until": clock.now() + timedelta(days=1)}
    with pytest.raises(NotAllowed):
        services.give_pass(west, asset=asset, reason="越权", **span)
    east = keeper(cast)
    assert selectors.list_passages(east).count() == 1
    assert services.lose_tag(east, tag_id=made.pk).state == "lost"


def test_who_has_no_right_does_nothing(cast: Cast) -> None:
    made = tag(cast)
    with pytest.raises(NotAllowed):
        services.lose_tag(cast.handler, tag_id=made.pk)
    with pytest.raises(NotAllowed):
        services.register_tag(cast.handler, spec=TagSpec(OTHER_EPC, cast.east_works))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "LOT-1"}, "code"),
        ({"made_on": clock.today() + timedelta(days=2)}, "made_on"),
        ({"gap_hours": 0}, "gap_hours"),
    ],
)
def test_a_wrong_batch_names_its_field(cast: Cast, changes: dict[str, Any], field: str) -> None:
    batch(cast)
    with pytest.raises(InvalidInput) as refused:
        batch(cast, **({"code": "LOT-2"} | changes))
    assert refused.value.field == field


def test_the_trace_tells_times_ways_and_gaps(cast: Cast) -> None:
    lot, made, now = batch(cast, gap_hours=3), tag(cast), clock.now()
    with clock.at(now - timedelta(days=1)):
        services.bind_tag(SYSTEM, tag_id=made.pk, thing=lot)
    first, second = gate(), gate("GATE-2", at=(120.016, 36.012))
    for reader, hours in ((second, 1), (first, 8), (second, 6)):
        read(reader, now - timedelta(hours=hours))
    legs = selectors.legs_of(selectors.passages_of_batch(lot), gap=timedelta(hours=lot.gap_hours))
    assert [leg.passage.reader for leg in legs] == [first, second, second]
    assert [leg.is_gap for leg in legs] == [False, False, True]
    assert [leg.waited for leg in legs] == [None, timedelta(hours=2), timedelta(hours=5)]
    assert legs[1].distance_m == pytest.approx(360, abs=5)


@pytest.mark.django_db(transaction=True)
def test_two_bind_at_once_and_one_does(cast: Cast) -> None:
    made = tag(cast)
    things = [thing(cast, "一号车"), thing(cast, "二号车")]

    def bind(asset: Any) -> bool:
        try:
            services.bind_tag(SYSTEM, tag_id=made.pk, thing=asset)
        except Refused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(bind, things)) == [False, True]
    assert Binding.objects.count() == 1
