from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from apps.accounts.models import User
from apps.assets import selectors, services
from apps.assets.models import Asset
from apps.assets.services import AssetSpec
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common.errors import InvalidInput, NotAllowed
from apps.places.geometry import point
from tests.places.factories import make_city, make_user

LAMP = AssetSpec("0110", "海泊路路灯", point(123.01, 35.005))


@pytest.fixture
def _town(db: None) -> None:
    make_city()
    services.define_classes(SYSTEM)


@pytest.fixture
def registrar(db: None) -> User:
    return make_user("registrar", "register_asset")


@pytest.mark.usefixtures("_town")
def test_a_thing_gets_its_cell_and_the_next_code(registrar: User) -> None:
    first = services.register_asset(registrar, spec=LAMP)
    second = services.register_asset(registrar, spec=LAMP)
    assert (first.code, second.code) == ("9901010110000001", "9901010110000002")
    assert first.area.code == "990101001001"
    assert AuditEntry.objects.filter(action="assets.registered").count() == 2


@pytest.mark.usefixtures("_town")
@pytest.mark.parametrize(
    ("spec", "field"),
    [
        (AssetSpec("9999", "无类", point(123.01, 35.005)), "kind"),
        (AssetSpec("0110", "海里", point(122.0, 35.0)), "point"),
    ],
)
def test_what_cannot_be_registered(registrar: User, spec: AssetSpec, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        services.register_asset(registrar, spec=spec)
    assert refusal.value.field == field
    assert not Asset.objects.exists()


@pytest.mark.usefixtures("_town")
def test_wrong_role() -> None:
    with pytest.raises(NotAllowed):
        services.register_asset(make_user("nobody"), spec=LAMP)


@pytest.mark.usefixtures("_town")
def test_classes_twice_and_bad_codes() -> None:
    services.define_classes(SYSTEM)
    told = AuditEntry.objects.filter(action="asset_classes.defined").latest("id").data
    assert (told["before"], told["after"]) == ({}, {})
    with pytest.raises(InvalidInput):
        services.define_classes(SYSTEM, classes=[("1", "短", "其他", "")])


@pytest.mark.usefixtures("_town")
def test_a_viewer_sees_the_things_of_the_own_area(registrar: User) -> None:
    here = services.register_asset(registrar, spec=LAMP)
    services.register_asset(registrar, spec=AssetSpec("0110", "远处", point(123.07, 35.005)))
    post = registrar.appointments.get().post
    post.area = here.area.parent
    post.save()
    viewer = User.objects.get(pk=registrar.pk)
    assert list(selectors.list_assets(viewer)) == [here]
    assert not selectors.list_assets(make_user("stranger")).exists()


@pytest.mark.django_db(transaction=True)
def test_two_clerks_at_once_get_different_codes() -> None:
    make_city()
    services.define_classes(SYSTEM)

    def register(_turn: int) -> str:
        try:
            services.register_assets(SYSTEM, specs=[LAMP])
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(register, range(4)))
    assert sorted(Asset.objects.values_list("serial", flat=True)) == [1, 2, 3, 4]
