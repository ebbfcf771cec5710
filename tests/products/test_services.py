"""Products written, published, asked for, decided and counted; two at once. IO-05."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import Appointment, Post, User
from apps.accounts.protected.selectors import list_resources
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.notices.models import Notice
from apps.products import permissions, selectors, services
from apps.products.figures import Span, rows_of
from apps.products.models import ProductGrant, ProductUse
from apps.sensing.models import DeviceProfile
from tests.cast import SINCE, Cast
from tests.people import appointed
from tests.products import factories as make

pytestmark = pytest.mark.django_db


def asked(cast: Cast, product: Any = None, **changes: Any) -> ProductGrant:
    reader = changes.pop("reader", None) or make.reader(cast)
    said = {"unit": cast.east_works, "purpose": "工地扬尘治理"} | changes
    product = product or make.product(cast)
    return services.ask_for(reader, product_id=product.pk, **said)


def test_a_product_says_what_it_measures(cast: Cast) -> None:
    product = make.product(cast)
    assert (product.field_name, product.field_unit) == ("PM2.5", "μg/m³")
    assert AuditEntry.objects.filter(action="data_product.created").exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"code": ""}, "code"),
        ({"grain": "street"}, "grain"),
        ({"step": "minute"}, "step"),
        ({"profiles": []}, "profiles"),
        ({"field_code": "speed"}, "profiles"),
        ({"field_code": "lon"}, "field_code"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(
    cast: Cast, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        make.product(cast, **changes)
    assert refused.value.field == field


def test_devices_that_move_with_people_are_no_product(cast: Cast) -> None:
    moving = DeviceProfile.objects.filter(fields__code="lon").first()
    assert moving is not None
    with pytest.raises(InvalidInput) as refused:
        make.product(cast, profiles=[moving], field_code="speed")
    assert refused.value.field == "profiles"


def test_one_measure_has_one_unit(cast: Cast) -> None:
    air = DeviceProfile.objects.get(code="air")
    other = DeviceProfile.objects.create(
        code="air-two", name="另一种空气站", link="http", report_every_s=60,
        offline_after_s=600, late_after_s=60,
    )  # fmt: skip
    other.fields.create(code="pm25", name="PM2.5", unit="mg/m³")
    with pytest.raises(InvalidInput) as refused:
        make.product(cast, profiles=[air, other])
    assert refused.value.field == "profiles"


def test_a_code_is_given_once(cast: Cast) -> None:
    make.product(cast)
    with pytest.raises(InvalidInput) as refused:
        make.product(cast)
    assert refused.value.field == "code"


def test_published_figures_keep_their_meaning(cast: Cast) -> None:
    product = make.product(cast)
    for changes in ({"grain": "area"}, {"step": "day"}, {"area": cast.east}):
        with pytest.raises(Refused):
            services.save_product(SYSTEM, spec=make.spec(cast, **changes), product_id=product.pk)
    renamed = make.spec(cast, name="改了名字", terms="注明来源")
    saved = services.save_product(SYSTEM, spec=renamed, product_id=product.pk)
    assert saved.name == "改了名字"
    services.withdraw_product(SYSTEM, product_id=product.pk, reason="换一种粒度")
    changed = services.save_product(
        SYSTEM, spec=make.spec(cast, grain="area"), product_id=product.pk
    )
    assert (changed.grain, changed.state) == ("area", "withdrawn")


def test_a_keeper_keeps_the_own_units_and_areas_only(cast: Cast) -> None:
    keeper = make.keeper(cast, cast.east_works)
    east = make.spec(cast, unit=cast.east_works, area=cast.east)
    product = services.save_product(keeper, spec=east)
    for spec in (
        make.spec(cast, code="other", unit=cast.west_works, area=cast.east),
        make.spec(cast, code="other", unit=cast.east_works, area=cast.west),
    ):
        with pytest.raises(NotAllowed):
            services.save_product(keeper, spec=spec)
    western = make.keeper(cast, cast.west_works, name="keeper2")
    with pytest.raises(NotAllowed):
        services.publish_product(western, product_id=product.pk)
    with pytest.raises(NotAllowed):
        services.save_product(make.reader(cast), spec=east)


def test_asking_deciding_and_the_end_are_told_and_logged(cast: Cast) -> None:
    keeper, reader = make.keeper(cast), make.reader(cast)
    product = make.product(cast)
    grant = asked(cast, product, reader=reader)
    assert Notice.objects.filter(recipient=keeper, title__contains="有单位申请").exists()
    assert not permissions.can_read(reader, product)
    services.grant_product(keeper, grant_id=grant.pk, reason="")
    assert permissions.can_read(reader, product)
    assert Notice.objects.filter(recipient=reader, title__contains="已授权").exists()
    services.end_grant(keeper, grant_id=grant.pk, reason="治理结束")
    assert not permissions.can_read(reader, product)
    told = AuditEntry.objects.filter(object_id=str(grant.pk), action__startswith="data_product.")
    assert list(told.order_by("pk").values_list("action", flat=True)) == [
        "data_product.asked", "data_product.granted", "data_product.ended",
    ]  # fmt: skip
    ended = told.get(action="data_product.ended").data
    assert (ended["before"]["state"], ended["after"]["state"]) == ("granted", "ended")


def test_a_grant_reaches_units_below_and_nobody_beside(cast: Cast) -> None:
    product = make.product(cast)
    grant = asked(cast, product)
    services.grant_product(make.keeper(cast), grant_id=grant.pk)
    neighbour = make.reader(cast, cast.west_works, name="reader2")
    assert not permissions.can_read(neighbour, product)
    assert permissions.can_read(make.reader(cast, name="reader3"), product)


def test_a_grant_ends_with_its_day(cast: Cast) -> None:
    product, reader = make.product(cast), make.reader(cast)
    grant = asked(cast, product, reader=reader)
    services.grant_product(make.keeper(cast), grant_id=grant.pk, until=clock.today())
    assert permissions.can_read(reader, product)
    with clock.at(clock.now() + timedelta(days=1)):
        assert not permissions.can_read(reader, product)


def test_the_last_day_may_not_be_past(cast: Cast) -> None:
    grant = asked(cast)
    with pytest.raises(InvalidInput) as refused:
        services.grant_product(
            make.keeper(cast), grant_id=grant.pk, until=clock.today() - timedelta(days=1)
        )
    assert refused.value.field == "until"


def test_nobody_decides_what_they_asked_for(cast: Cast) -> None:
    keeper = make.keeper(cast)
    grant = asked(cast, reader=keeper, unit=cast.center)
    with pytest.raises(NotAllowed):
        services.grant_product(keeper, grant_id=grant.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductGrant.objects.filter(pk=grant.pk).update(decider=keeper)


def test_a_refusal_needs_words_and_lets_ask_again(cast: Cast) -> None:
    product, reader, keeper = make.product(cast), make.reader(cast), make.keeper(cast)
    grant = asked(cast, product, reader=reader)
    with pytest.raises(InvalidInput) as refused:
        services.refuse_product(keeper, grant_id=grant.pk, reason="不")
    assert refused.value.field == "reason"
    services.refuse_product(keeper, grant_id=grant.pk, reason="用途不清楚")
    with pytest.raises(Refused):
        services.grant_product(keeper, grant_id=grant.pk)
    assert asked(cast, product, reader=reader).pk != grant.pk


def test_a_unit_asks_once_at_a_time(cast: Cast) -> None:
    product, reader = make.product(cast), make.reader(cast)
    first = asked(cast, product, reader=reader)
    with pytest.raises(Refused):
        asked(cast, product, reader=reader)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductGrant.objects.create(
            product=product, unit=first.unit, purpose="再来一次", asker=reader,
            asked_at=clock.now(),
        )  # fmt: skip


def test_who_may_ask_for_what(cast: Cast) -> None:
    reader = make.reader(cast)
    with pytest.raises(NotFound):
        asked(cast, make.product(cast, is_draft=True), reader=reader)
    with pytest.raises(Refused):
        asked(cast, make.product(cast, code="open", is_open=True), reader=reader)
    with pytest.raises(NotAllowed):
        asked(cast, make.product(cast, code="third"), reader=reader, unit=cast.west_works)


def test_a_withdrawn_product_is_read_by_its_keeper_only(cast: Cast) -> None:
    keeper, reader = make.keeper(cast), make.reader(cast)
    product = make.product(cast, is_open=True)
    assert permissions.can_read(reader, product)
    services.withdraw_product(keeper, product_id=product.pk, reason="传感器校准")
    product.refresh_from_db()
    assert not permissions.can_read(reader, product)
    assert permissions.can_read(keeper, product)
    with pytest.raises(NotFound):
        selectors.get_product(reader, product.code)


def test_uses_of_a_day_are_one_row(cast: Cast) -> None:
    product, reader = make.product(cast, is_open=True), make.reader(cast)
    for rows in (10, 5):
        services.count_use(reader, product, rows=rows)
    use = ProductUse.objects.get()
    assert (use.unit, use.times, use.rows) == (cast.east_works, 2, 15)


def test_the_register_of_resources_tells_who_opens_it(cast: Cast) -> None:
    make.product(cast, code="a-open", name="甲", is_open=True)
    asked_for = make.product(cast, code="b-asked", name="乙")
    make.product(cast, code="c-draft", name="丙", is_draft=True)
    admin = appointed("security1", cast.center, role="security_admin")
    told = {entry.code: entry for entry in list_resources(admin, kind="dataset")}
    assert [told[code].policy for code in ("a-open", "b-asked", "c-draft")] == [
        "right", "grant", "right",
    ]  # fmt: skip
    assert told["c-draft"].rights == (permissions.KEEP,)
    reader = make.reader(cast)
    assert reader.has_perm(permissions.VIEW)
    assert not permissions.can_read(reader, asked_for)


def test_a_profile_that_begins_to_move_gives_no_more_rows(cast: Cast) -> None:
    product = make.product(cast)
    DeviceProfile.objects.get(code="air").fields.create(code="lon", name="经度")
    today = Span(clock.today(), clock.today())
    with pytest.raises(Refused):
        list(rows_of(product, today))
    services.withdraw_product(SYSTEM, product_id=product.pk, reason="型号已变化")
    with pytest.raises(Refused):
        services.publish_product(SYSTEM, product_id=product.pk)


def test_a_unit_that_changes_under_a_product_is_told(cast: Cast) -> None:
    product = make.product(cast)
    DeviceProfile.objects.get(code="air").fields.filter(code="pm25").update(unit="mg/m³")
    with pytest.raises(Refused) as refused:
        list(rows_of(product, Span(clock.today(), clock.today())))
    assert "单位已变化" in str(refused.value)


def test_who_held_a_grant_that_is_over_asks_again(cast: Cast) -> None:
    product, reader, keeper = make.product(cast), make.reader(cast), make.keeper(cast)
    first = asked(cast, product, reader=reader)
    services.grant_product(keeper, grant_id=first.pk, until=clock.today())
    with clock.at(clock.now() + timedelta(days=1)):
        assert selectors.live_grant_of(reader, product) is None
        again = asked(cast, product, reader=reader)
    first.refresh_from_db()
    assert (first.state, first.reason, again.state) == ("ended", "已到期", "waiting")


@pytest.mark.parametrize("code", ["new", "PM_25", "-a", "细颗粒物"])
def test_a_code_that_no_address_takes_is_refused(cast: Cast, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        make.product(cast, code=code)
    assert refused.value.field == "code"


def test_a_use_counts_for_the_unit_that_was_granted(cast: Cast) -> None:
    product, reader = make.product(cast), make.reader(cast)
    post = Post.objects.create(organization=cast.west_works, name="兼职")
    Appointment.objects.create(user=reader, post=post, from_on=SINCE, is_primary=False)
    reader = User.objects.get(pk=reader.pk)
    grant = asked(cast, product, reader=reader, unit=cast.west_works)
    services.grant_product(make.keeper(cast), grant_id=grant.pk)
    services.count_use(User.objects.get(pk=reader.pk), product, rows=1)
    assert ProductUse.objects.get().unit == cast.west_works


def test_keepers_and_askers_hear_of_ends(cast: Cast) -> None:
    product, reader, keeper = make.product(cast), make.reader(cast), make.keeper(cast)
    grant = asked(cast, product, reader=reader)
    services.withdraw_product(keeper, product_id=product.pk, reason="传感器校准")
    assert Notice.objects.filter(recipient=reader, title__contains="已撤回").exists()
    services.end_grant(reader, grant_id=grant.pk, reason="不再需要")
    assert Notice.objects.filter(recipient=keeper, title__contains="已终止").exists()
