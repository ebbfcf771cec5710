"""One right in every channel: what a viewer reads of a layer, and that the key says so."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import Value

from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import NotFound
from apps.matters.models import Case
from apps.onemap.enums import Geometry, LayerGroup
from apps.onemap.models import LayerCard, LayerGrant
from apps.onemap.registry import Layer, LayerField, all_layers, find_layer, temporarily
from apps.onemap.selectors import FIELD_PREFIX, list_layers, open_layer
from tests.cast import Cast
from tests.matters.factories import dispatched

pytestmark = pytest.mark.django_db

SECRET = Layer(
    code="tried",
    label="试用图层",
    group=LayerGroup.DATA,
    geometry=Geometry.POINT,
    rows=lambda viewer: Case.objects.filter(opened_by=viewer.pk),
    shared_rows=Case.objects.all,
    area_field="area_path",
    fields=(
        LayerField("number", "受理编号", "number"),
        LayerField(
            "address", "地址", "address", permission="matters.reveal_reporter", mask=Value("****")
        ),
        LayerField("title", "标题", "title", permission="matters.reveal_reporter"),
    ),
)


def seen(viewer: User, code: str) -> set[int]:
    return set(open_layer(viewer, code).rows.values_list("pk", flat=True))


def grant(cast: Cast, **changes: object) -> LayerGrant:
    today = clock.today()
    values = {
        "code": "tried",
        "unit": cast.west_works,
        "since": today,
        "until": today + timedelta(days=30),
        "granted_by_name": "周正",
    }
    return LayerGrant.objects.create(**(values | changes))


def test_a_stranger_is_told_the_same_of_a_closed_and_of_an_unknown_layer(cast: Cast) -> None:
    for code in ("cases", "no-such-layer"):
        with pytest.raises(NotFound) as refused:
            open_layer(AnonymousUser(), code)
        assert refused.value.field == "layer"
    assert open_layer(AnonymousUser(), "base-map").code == "base-map"


def test_codes_are_found_and_unique(cast: Cast) -> None:
    codes = [layer.code for layer in all_layers()]
    assert len(codes) == len(set(codes))
    assert all(find_layer(code) is not None for code in codes)
    assert {"cases", "tasks", "addresses", "base-map", "area-district"} <= set(codes)


def test_a_layer_out_of_use_is_nobodys(cast: Cast) -> None:
    LayerCard.objects.create(code="cases", is_hidden=True)
    assert "cases" not in [opened.code for opened in list_layers(cast.dispatcher)]


def test_a_unit_sees_its_own_cases_and_the_neighbour_none(cast: Cast) -> None:
    case = dispatched(cast)
    assert seen(cast.handler, "cases") == {case.pk}
    assert seen(cast.handler_west, "cases") == set()
    assert seen(cast.handler_west, "tasks") == set()
    assert len(seen(cast.handler, "tasks")) == 1


def test_two_viewers_share_a_key_exactly_if_they_read_the_same(cast: Cast) -> None:
    def key(viewer: User) -> str:
        return open_layer(viewer, "area-district").scope_key

    assert key(cast.handler) == key(cast.handler_west)
    cases = {
        open_layer(viewer, "cases").scope_key
        for viewer in (cast.handler, cast.handler_west, cast.dispatcher)
    }
    assert len(cases) == 3


def test_a_grant_opens_rows_of_an_area_to_a_unit_and_masks_what_is_personal(cast: Cast) -> None:
    case = dispatched(cast)
    with temporarily(SECRET):
        assert seen(cast.handler_west, "tried") == set()
        given = grant(cast, area_path=cast.west.path)
        assert seen(cast.handler_west, "tried") == set()
        given.delete()
        grant(cast, area_path=cast.east.path)
        assert seen(cast.handler_west, "tried") == {case.pk}
        opened = open_layer(cast.handler_west, "tried")
        row = opened.with_fields().values(f"{FIELD_PREFIX}number", f"{FIELD_PREFIX}address").get()
        assert row == {"f_number": case.number, "f_address": "****"}
        assert [field.name for field in opened.fields] == ["number", "address"]
        assert seen(cast.handler, "tried") == set()


def test_a_grant_out_of_date_or_taken_back_opens_nothing(cast: Cast) -> None:
    dispatched(cast)
    today = clock.today()
    with temporarily(SECRET):
        grant(cast, since=today - timedelta(days=9), until=today - timedelta(days=1))
        grant(cast, ended_at=clock.now())
        assert seen(cast.handler_west, "tried") == set()
