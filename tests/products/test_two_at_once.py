"""Two people at one product at the same moment. IO-05."""

import pytest

from apps.audit.models import AuditEntry
from apps.products import services
from apps.products.models import ProductGrant, ProductUse
from tests.cast import build_cast
from tests.products import factories as make
from tests.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)
WHY = "工地扬尘治理"


def test_of_two_colleagues_one_asks_and_of_two_keepers_one_decides() -> None:
    cast = build_cast()
    product = make.product(cast, is_open=False)
    first, second = make.reader(cast), make.reader(cast, name="reader2")
    told = at_once(
        lambda: services.ask_for(first, product_id=product.pk, unit=cast.east_works, purpose=WHY),
        lambda: services.ask_for(second, product_id=product.pk, unit=cast.east_works, purpose=WHY),
    )
    assert sorted(told) == ["", "该单位已申请或已获授权"]
    grant = ProductGrant.objects.get()

    keeper, other = make.keeper(cast, name="keeper8"), make.keeper(cast, name="keeper9")
    told = at_once(
        lambda: services.grant_product(keeper, grant_id=grant.pk),
        lambda: services.refuse_product(other, grant_id=grant.pk, reason="用途不明"),
    )
    assert sorted(told)[0] == ""
    assert sorted(told)[1] != ""
    grant.refresh_from_db()
    assert grant.state == ("granted" if told[0] == "" else "refused")
    decided = AuditEntry.objects.filter(action__in=["data_product.granted", "data_product.refused"])
    assert decided.count() == 1


def test_uses_at_once_are_all_counted() -> None:
    cast = build_cast()
    product, reader = make.product(cast), make.reader(cast)
    told = at_once(*[lambda: services.count_use(reader, product, rows=5)] * 6)
    assert told == [""] * 6
    use = ProductUse.objects.get()
    assert (use.times, use.rows) == (6, 30)
