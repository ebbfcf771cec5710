"""How long cases stay in each state of their matter.

A stay begins with the event that leads into a state and ends with the event that leads out of
it; of a stay that lasts, the time up to now counts as running, not as a duration.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

from apps.common.periods import Period
from apps.figures.selectors.measures import span_text
from apps.figures.selectors.reach import Reach, cases_of
from apps.matters.definition import definition_of
from apps.matters.enums import StateCategory, VersionState
from apps.matters.models import MatterType

UNUSED = (VersionState.DRAFT, VersionState.SUBMITTED)

# base: the cases of the period, from the ORM. Only events that change the state begin a stay;
# the last one of an ended case leads into its end, where nothing is waited for.
_STAYS = """
WITH base AS MATERIALIZED ({base}),
moves AS (
    SELECT event.case_id, event.to_state, event.at, base.matter_type_id,
        lead(event.at) OVER (PARTITION BY event.case_id ORDER BY event.seq) AS left_at
    FROM matters_caseevent event JOIN base ON base.id = event.case_id
    WHERE event.from_state <> event.to_state)
SELECT matter_type_id, to_state, count(DISTINCT case_id),
    count(*) FILTER (WHERE left_at IS NULL),
    avg(left_at - at),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY left_at - at),
    percentile_cont(0.9) WITHIN GROUP (ORDER BY left_at - at)
FROM moves GROUP BY matter_type_id, to_state
"""


@dataclass(frozen=True)
class StepLine:
    """One state of one matter. cases: how many came into it; here: how many are in it now.

    mean, median, slow (nine of ten were quicker): of the stays that ended; None of none.
    """

    matter: str
    label: str
    cases: int
    here: int
    mean: timedelta | None
    median: timedelta | None
    slow: timedelta | None
    query: dict[str, str]

    @property
    def mean_text(self) -> str:
        return span_text(self.mean)

    @property
    def median_text(self) -> str:
        return span_text(self.median)

    @property
    def slow_text(self) -> str:
        return span_text(self.slow)


def by_step(reach: Reach, period: Period) -> list[StepLine]:
    """Will measure every state of every matter of the reach but its ends; longest first."""
    base = cases_of(reach, period).order_by().values_list("id", "matter_type_id")
    sql, parameters = base.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_STAYS.format(base=sql), parameters)
        rows = cursor.fetchall()
    matters = MatterType.objects.in_bulk({row[0] for row in rows})
    labels = {pk: _labels(matter) for pk, matter in matters.items()}
    lines = [
        StepLine(
            matters[matter].name,
            labels[matter][state],
            cases,
            here,
            mean,
            median,
            slow,
            {"matter": matters[matter].code, "state": state},
        )
        for matter, state, cases, here, mean, median, slow in rows
        if state in labels[matter]
    ]
    return sorted(lines, key=lambda line: line.mean or timedelta(0), reverse=True)


def _labels(matter: MatterType) -> dict[str, str]:
    """The states in which something is waited for, as the newest version names them."""
    named: dict[str, str] = {}
    for version in matter.versions.exclude(state__in=UNUSED).order_by("number"):
        states = definition_of(version.pk, version.body).states
        named |= {s.code: s.label for s in states.values()}
        for ended in states.values():
            if ended.category == StateCategory.ENDED:
                named.pop(ended.code, None)
    return named
