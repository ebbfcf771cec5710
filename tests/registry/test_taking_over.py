"""A register taken over whole."""

from datetime import timedelta
from typing import Any

import pytest

from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.registry.models import Edit, RegistryFile, Relation
from apps.registry.services import NewFile, NewLink, take_over
from tests.cast import Cast
from tests.registry.factories import house_values, person, person_values


def rows(**changes: Any) -> list[NewFile]:
    return [
        NewFile("h", "premises", house_values()),
        NewFile("p", "person", person_values(2, **changes)),
    ]


def link(kind: str = "tenant") -> NewLink:
    return NewLink(kind, "p", "h", clock.today() - timedelta(days=9))


def test_files_and_links_come_in_with_their_history(staffed: Cast) -> None:
    found = take_over(staffed.registrar, files=rows(), links=[link()], source="旧台账")
    assert found["p"].person.id_shown.startswith("990")
    assert found["h"].premises.code
    assert Relation.objects.get().from_file == found["p"]
    assert Edit.objects.filter(version=1, state="applied").count() == 2


def test_what_is_on_file_is_not_made_again(staffed: Cast) -> None:
    known = person(staffed, 2, phone="")
    found = take_over(staffed.registrar, files=[*rows(), *rows()[1:]], source="旧台账")
    known.refresh_from_db()
    assert found["p"].pk == known.pk
    assert known.phone == "13800000002"
    assert RegistryFile.objects.count() == 2


@pytest.mark.parametrize("kind", ["employee", "nothing"])
def test_a_wrong_link_takes_everything_back(staffed: Cast, kind: str) -> None:
    with pytest.raises(InvalidInput):
        take_over(staffed.registrar, files=rows(), links=[link(kind)], source="旧台账")
    assert not RegistryFile.objects.exists()


def test_a_wrong_row_is_named_and_only_keepers_take_over(staffed: Cast) -> None:
    with pytest.raises(InvalidInput, match="p"):
        take_over(staffed.registrar, files=rows(phone="x"), source="旧台账")
    for actor in (staffed.collector, staffed.registrar_west):
        with pytest.raises(NotAllowed):
            take_over(actor, files=rows(), source="旧台账")
