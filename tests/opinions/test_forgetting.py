"""Who wrote opinions and ideas is forgotten when their time is over (HL-03, PT-08, PT-11)."""

from datetime import timedelta

import pytest
from django.db import connection

from apps.common import clock
from apps.matters.forgetting import Forgetting
from apps.matters.registry import holders
from apps.opinions import services
from apps.opinions.models import Idea, Opinion
from tests.cast import Cast
from tests.matters import factories as matters
from tests.opinions.conftest import PHONE, collection, idea, person

pytestmark = pytest.mark.django_db


def anywhere(word: str) -> list[str]:
    """Will give the kinds of rows that hold a word."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select 'opinion' from opinions_opinion o where o::text like %(word)s"
            " union all select 'idea' from opinions_idea i where i::text like %(word)s",
            {"word": f"%{word}%"},
        )
        return [row[0] for row in cursor.fetchall()]


def written(town: Cast) -> Opinion:
    said = services.Said(
        text=f"请打{PHONE}找我，步道要防滑。", name="王女士", phone=PHONE, source_key="web:1"
    )
    services.write_opinion(
        collection=collection(town), said=said, person=person(town), address="10.0.0.5"
    )
    return Opinion.objects.get()


def test_old_opinions_and_ideas_lose_their_authors_and_new_ones_keep_them(town: Cast) -> None:
    opinion = written(town)
    old = idea(town, text=f"夏天等红灯时太阳很晒，联系电话{PHONE}，建议增设遮阳棚。")
    new = idea(town, 2, title="公园夜间开放到十点")
    long_ago = clock.now() - timedelta(days=4000)
    Opinion.objects.update(at=long_ago)
    Idea.objects.filter(pk=old.pk).update(created_at=long_ago)
    holder = holders()["opinions"]
    term = clock.now() - timedelta(days=3650)
    assert holder.sweep(term) == 2
    assert holder.sweep(term) == 0
    assert anywhere(PHONE) == anywhere("王女士") == []
    opinion.refresh_from_db()
    assert "步道要防滑" in opinion.text
    assert opinion.person  # nobody writes twice for being forgotten
    new.refresh_from_db()
    assert new.phone == "13900000002"


def test_an_adopted_idea_goes_with_its_case(town: Cast) -> None:
    case, row = matters.closed(town), idea(town, text=f"请联系{PHONE}，建议在路口增设遮阳棚。")
    Idea.objects.filter(pk=row.pk).update(case=case, phone=PHONE)
    holder = holders()["opinions"]
    assert holder.persons([case.pk]) == {case.pk: {PHONE}}
    forgetting = Forgetting(
        [case.pk], known=holder.persons([case.pk]), erased=frozenset(), before=clock.now()
    )
    holder.forget(forgetting)
    assert anywhere(PHONE) == []
    assert forgetting.rows[case.pk]["opinions"] == 2
