"""A field worker reaches the files of the own cells, nobody else's. Source: RG-06, GR-02."""

from apps.common import clock
from apps.registry.registry import cell_paths
from tests.cast import Cast
from tests.fieldwork.factories import worker


def test_a_workers_files_are_those_of_the_cells_of_the_day(cast: Cast) -> None:
    made = worker(cast, cells=(0,))
    assert cell_paths(made.user, clock.today()) == (cast.cells["east"][0].path,)


def test_who_is_no_field_worker_keeps_the_area_of_the_post(cast: Cast) -> None:
    assert cell_paths(cast.handler, clock.today()) is None
