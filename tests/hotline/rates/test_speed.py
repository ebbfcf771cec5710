"""A month of 2,000 cases: counted, ranked and closed in as many queries as one of ten."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.common import clock
from apps.hotline.rates import selectors, services
from apps.hotline.rates.formula import DEFAULT
from apps.matters.models import Case, CaseEvent, Evaluation, Task
from tests.cast import Cast
from tests.hotline.rates.conftest import OCTOBER, closed_in_october, published
from tests.hotline.rates.test_rates import LATER

CASES = 2_000  # 100,000 were timed: docs/benchmarks.md


def multiply(model, key: str, times: int, *, unique: dict[str, str], where: str = "true") -> None:
    """Will copy the rows of a table for each copied case, changing what must differ."""
    table = model._meta.db_table
    columns = [f.column for f in model._meta.local_concrete_fields if f.column != "id"]
    values = [unique.get(c, f'row."{c}"') for c in columns]
    names = ", ".join(f'"{c}"' for c in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {table} row"  # noqa: S608
            f" CROSS JOIN {key} WHERE {where}"
        )


@pytest.fixture
def two_thousand(town: Cast):
    """Copies one closed case with its work, its last events and its score."""
    with clock.at(LATER):
        published(town, same_person="once", duplicates="once", unreachable="failed")
        seed = closed_in_october(town)
    multiply(
        Case,
        f"generate_series(1, {CASES - 1}) n",
        CASES,
        unique={
            "number": "'C' || n",
            "source_key": "'copy:' || n",
            "opened_at": "row.opened_at + n * interval '1 second'",
            "search": "NULL",
        },
        where=f"row.id = {seed.pk}",
    )
    for model, more in (
        (Task, {}),
        (CaseEvent, {"key": "NULL"}),
        (Evaluation, {"solved": "copy.id % 10 <> 0", "score": "1 + copy.id % 5"}),
    ):
        multiply(
            model,
            "matters_case copy",
            CASES,
            unique={"case_id": "copy.id", **more},
            where=f"row.case_id = {seed.pk} AND copy.id <> {seed.pk}",
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE matters_case, matters_task, matters_caseevent, matters_evaluation")
    return town


@pytest.mark.django_db
def test_a_month_is_counted_and_closed_in_few_queries(two_thousand: Cast) -> None:
    town = two_thousand
    with clock.at(LATER):
        with CaptureQueriesContext(connection) as counting:
            view = selectors.read_month(town.rate_author, OCTOBER)
            total = view.total
            selectors.rank_units(view)
        with CaptureQueriesContext(connection) as closing:
            closed = services.close_month(town.rate_boss, tenant=town.tenant, month=OCTOBER)
        with CaptureQueriesContext(connection) as reading:
            again = selectors.read_month(town.rate_author, OCTOBER)
    assert total.counted + total.left_out == CASES == closed.line_count
    assert again.total.part == total.part
    assert total.whole["solved"] == CASES
    assert view.rules.weights == DEFAULT.weights
    assert len(counting) <= 8
    assert len(closing) <= 12
    assert len(reading) <= 4
