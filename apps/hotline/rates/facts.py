"""What is known of every case of a month, read in one go.

Read for the whole tenant, whoever looks: which of several repeated cases counts depends on all
of them. The caller shows each viewer what lies in their reach.
"""

from datetime import date, timedelta

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.accounts.models import Tenant
from apps.common.periods import Period
from apps.hotline.enums import EXCLUDED_STATES
from apps.hotline.rates.formula import Formula
from apps.hotline.rates.judging import Facts
from apps.hotline.statistics.selectors import MATTERS
from apps.matters.enums import StateCategory
from apps.matters.models import Case, CaseEvent, MatterType

# In the pool (挂账): parking was asked for, granted in the end and not taken back since. A month is
# judged as it ended: what lay in the pool then stays out although it was taken back later. The
# time in the pool runs from the unit's request, so that a ruling which came after the month's end
# does not bring the case back into the month.
# base: the cases of the month, from the ORM. Each further set is read once and hashed.
_FACTS = """
WITH base AS MATERIALIZED ({base}),
work AS (
    SELECT DISTINCT ON (case_id) case_id, unit_id, was_late
    FROM matters_task
    WHERE kind = 'main' AND state <> 'cancelled' AND case_id IN (SELECT id FROM base)
    ORDER BY case_id, (state = 'returned'), id DESC),
said AS (
    SELECT DISTINCT ON (case_id, action) case_id, action, data
    FROM matters_caseevent
    WHERE action IN ('feed_back', 'call_back') AND case_id IN (SELECT id FROM base)
    ORDER BY case_id, action, seq DESC),
score AS (
    SELECT DISTINCT ON (case_id) case_id, solved, score
    FROM matters_evaluation
    WHERE target = 'result' AND case_id IN (SELECT id FROM base)
    ORDER BY case_id, round DESC, at DESC, id DESC),
twin AS (
    SELECT source_id AS case_id, min(target_id) AS target_id
    FROM matters_caselink
    WHERE kind = 'duplicate_of' AND source_id IN (SELECT id FROM base)
    GROUP BY source_id)
SELECT base.id, coalesce(work.unit_id, base.unit_id), base.area_id, base.area_path,
    base.opened_at, coalesce(demand.reporter_phone, ''), base.class_code, base.channel,
    (answer.data ->> 'contacted')::boolean,
    CASE WHEN answer.case_id IS NULL THEN NULL ELSE NOT work.was_late END,
    score.solved, score.score,
    score.case_id IS NULL AND call.data ->> 'reached' = 'false',
    twin.target_id,
    EXISTS (SELECT FROM matters_request pool
        WHERE pool.case_id = base.id AND pool.kind = 'parking' AND pool.state = 'approved'
          AND NOT EXISTS (SELECT FROM matters_caseevent back
            WHERE back.case_id = base.id AND back.action = 'unpark'
              AND back.at >= pool.decided_at
              AND (back.at < %s OR pool.asked_at >= %s))) AS in_pool,
    EXISTS (SELECT FROM hotline_exclusion gone
        WHERE gone.case_id = base.id AND gone.state = ANY(%s)) AS is_excluded
FROM base
LEFT JOIN hotline_demand demand ON demand.case_id = base.id
LEFT JOIN work ON work.case_id = base.id
LEFT JOIN said answer ON answer.case_id = base.id AND answer.action = 'feed_back'
LEFT JOIN said call ON call.case_id = base.id AND call.action = 'call_back'
LEFT JOIN score ON score.case_id = base.id
LEFT JOIN twin ON twin.case_id = base.id
"""


def month_of(day: date) -> Period:
    """Will give the whole calendar month a day lies in."""
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1))


def cases_of_month(tenant: Tenant, month: date, formula: Formula) -> QuerySet[Case]:
    """Will give the hotline's cases a month is about; voided ones left out."""
    period = month_of(month)
    voided = CaseEvent.objects.filter(case=OuterRef("pk"), action="void")
    # By key: joined by code the planner may take the month for empty and loop over it.
    matters = MatterType.objects.filter(code__startswith=MATTERS).values_list("pk", flat=True)
    cases = Case.objects.filter(tenant=tenant, matter_type_id__in=list(matters))
    if formula.basis == "opened":
        cases = cases.filter(opened_at__gte=period.start, opened_at__lt=period.end)
    else:
        cases = cases.filter(
            category=StateCategory.ENDED,
            closed_at__gte=period.start,
            closed_at__lt=period.end,
        )
    return cases.exclude(Q(category=StateCategory.ENDED, answered_at__isnull=True) & Exists(voided))


def read_facts(tenant: Tenant, month: date, formula: Formula) -> list[Facts]:
    """Will read the facts of every case of the month; two statements."""
    base = cases_of_month(tenant, month, formula).order_by()
    columns = ("id", "unit_id", "area_id", "area_path", "class_code", "channel", "opened_at")
    sql, parameters = base.values_list(*columns).query.sql_with_params()
    excluded = [state.value for state in EXCLUDED_STATES]
    with connection.cursor() as cursor:
        ended = month_of(month).end
        cursor.execute(_FACTS.format(base=sql), [*parameters, ended, ended, excluded])
        return [
            Facts(
                case_id,
                unit_id,
                area_id,
                area_path,
                opened_at,
                phone,
                class_code,
                channel,
                contacted,
                on_time,
                solved,
                score,
                bool(unreachable),
                group,
                in_pool,
                is_excluded,
            )
            for (
                case_id,
                unit_id,
                area_id,
                area_path,
                opened_at,
                phone,
                class_code,
                channel,
                contacted,
                on_time,
                solved,
                score,
                unreachable,
                group,
                in_pool,
                is_excluded,
            ) in cursor.fetchall()
        ]
