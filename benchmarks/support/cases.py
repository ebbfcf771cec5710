"""Fills the tables with cases by SQL, as a hotline has them after some years.

4 of 100 cases are open, spread over categories, units and due times; the rest ended. Titles
and texts come from 1,200 and 3,000 compositions (``words``), so 3.6 million pairs; the search
vector of each is the concatenation of the two and the marks of its cell and month, which is what
``nlp.search`` builds for them. Every case has its hotline side, its opening event, and a task
once it had a unit.
"""

from typing import Any

from benchmarks.support.words import report

TITLES, TEXTS = 1200, 3000
OPEN_SHARE = 4  # of 100
YEARS = 3

PARTS = """
create table if not exists bench_title (n int primary key, title text, vector tsvector);
create table if not exists bench_text
    (n int primary key, body text, address text, class_code text, class_label text,
     vector tsvector);
create table if not exists bench_unit (n int primary key, id bigint, path text);
create table if not exists bench_cell (n int primary key, id bigint, path text, point geometry,
     marks tsvector);
"""

# i: number of the case; u: which unit; r: a pseudo-random number of 0 to 9999 per purpose.
FILL = """
with numbered as (
    select i,
           abs(hashint4(i)) %% 10000 as r1,
           abs(hashint4(i + 900000001)) %% 10000 as r2,
           abs(hashint4(i * 7 + 13)) %% 10000 as r3,
           abs(hashint4(i * 31 + 7)) as r4,
           now() - (%(last)s - i) * (interval '1 day' * 365 * %(years)s / %(total)s)
               as opened
    from generate_series(%(first)s, %(last)s) as i
), staged as (
    select *, case
        when r1 %% 100 >= %(open)s then 'closed'
        when r2 %% 100 < 8 then 'registered'
        when r2 %% 100 < 10 then 'completing'
        when r2 %% 100 < 16 then 'accepted'
        when r2 %% 100 < 32 then 'dispatched'
        when r2 %% 100 < 86 then 'handling'
        else 'answered' end as state
    from numbered
)
insert into matters_case (
    number, matter_type_id, version_id, tenant_id, channel, source_key, title, text, form_data,
    state, category, class_code, class_label, priority, point, address, area_id, area_path,
    unit_id, unit_path, is_confidential, is_public, round, pending_request, order_count,
    attachment_count, open_orders, unit_is_final, lock_version, opened_at, updated_at,
    accepted_at, dispatched_at,
    answered_at, closed_at, due_at, clock_paused, opened_by_id, search)
select to_char(s.opened at time zone 'Asia/Shanghai', 'YYYYMMDD') || '-'
           || lpad((900000 + s.i)::text, 7, '0'),
       %(matter_type)s, %(version)s, %(tenant)s,
       (array['phone','phone','phone','web','wechat','app'])[1 + s.r3 %% 6], 'bench:' || s.i,
       t.title, b.body, '{}',
       s.state,
       case s.state when 'closed' then 'ended' when 'registered' then 'intake'
           when 'completing' then 'paused' when 'accepted' then 'routing'
           when 'dispatched' then 'waiting' when 'handling' then 'running' else 'checking' end,
       b.class_code, b.class_label,
       case when s.r3 < 100 then 'urgent' when s.r3 < 600 then 'high' else 'normal' end,
       c.point, b.address, c.id, c.path,
       case when s.state not in ('registered', 'completing', 'accepted') then u.id end,
       case when s.state not in ('registered', 'completing', 'accepted') then u.path else '' end,
       s.r3 %% 40 = 0, s.r3 %% 3 > 0, 1,
       case when s.state = 'handling' and s.r3 %% 20 = 0 then 'extension'
            when s.state = 'dispatched' and s.r3 %% 15 = 0 then 'return' else '' end,
       case when s.r3 %% 50 = 0 then 1 else 0 end, 0, 0, false, 5,
       s.opened, s.opened, s.opened, s.opened,
       case when s.state in ('answered', 'closed') then s.opened + interval '3 days' end,
       case when s.state = 'closed' then s.opened + interval '4 days' end,
       case when s.state = 'closed' then null
            else now() + (s.r2 - 2500) * interval '2 minutes' end,
       s.state = 'completing', %(opened_by)s,
       t.vector || b.vector || c.marks
           || array_to_tsvector(array['@' || to_char(s.opened at time zone 'UTC', 'YYYY-MM')])
from staged s
join bench_title t on t.n = s.r4 %% %(titles)s
join bench_text b on b.n = (s.r4 / 1201 + s.i) %% %(texts)s
join bench_unit u on u.n = (s.r4 / 7) %% %(units)s
join bench_cell c on c.n = (s.r4 / 13) %% %(cells)s
order by s.i;
"""

BESIDE = """
insert into matters_caseevent (case_id, seq, action, label, at, actor_name, actor_unit,
    from_state, to_state, round, note, public_text, data)
select c.id, 1, 'open', '登记', c.opened_at, '测试', '', '', 'registered', 1, '',
       '您的诉求已登记', '{}'
from matters_case c where c.id > %(after)s;
insert into matters_task (case_id, kind, state, unit_id, unit_path, round, instruction, result,
    created_at, due_at, done_at, was_late, verdict, position)
select c.id, 'main', case when c.category = 'waiting' then 'waiting'
           when c.category = 'running' then 'running' else 'done' end,
       c.unit_id, c.unit_path, 1, '', '', c.opened_at, c.due_at, c.closed_at, false, '', 0
from matters_case c where c.id > %(after)s and c.unit_id is not null;
insert into hotline_demand (case_id, nature, family, reporter_name, reporter_phone, is_secret,
    wants_callback, is_published, text_digest)
select c.id, 'help', '', '王先生', '138' || lpad((c.id %% 40000000)::text, 8, '0'), false, true,
       false, md5(c.text) || md5(c.title)
from matters_case c where c.id > %(after)s;
"""


def fill(town: Any, *, total: int, open_share: int = OPEN_SHARE) -> None:
    """Will add cases until there are ``total``; the GIN index is built anew at the end."""
    from django.db import connection

    from apps.matters.models import Case, MatterType

    matter_type = MatterType.objects.get(code="hotline.demand")
    search = next(index for index in Case._meta.indexes if index.name == "case_search")
    present = Case.objects.count()
    after = Case.objects.order_by("-id").values_list("id", flat=True).first() or 0
    _parts(town)
    with connection.schema_editor(atomic=False) as editor, connection.cursor() as cursor:
        cursor.execute("set synchronous_commit = off; set maintenance_work_mem = '512MB'")
        editor.remove_index(Case, search)
        cursor.execute(
            FILL,
            {
                "first": present + 1,
                "last": total,
                "total": total,
                "years": YEARS,
                "open": open_share,
                "matter_type": matter_type.pk,
                "version": matter_type.current_version_id,
                "tenant": town.tenant.pk,
                "opened_by": town.people["acceptor"].pk,
                "titles": TITLES,
                "texts": TEXTS,
                "units": len(town.units),
                "cells": len(town.points),
            },
        )
        cursor.execute(BESIDE, {"after": after})
        editor.add_index(Case, search)
        cursor.execute("vacuum analyze")
        cursor.execute("checkpoint")


def _parts(town: Any) -> None:
    """Writes what cases are composed from, once."""
    from django.db import connection

    from apps.common import dictionaries
    from apps.nlp.marks import place_marks
    from apps.nlp.search import vector_literal
    from apps.places.models import Area

    labels = {code: str(label) for code, label in dictionaries.choices("demand-class")}
    with connection.cursor() as cursor:
        cursor.execute(PARTS)
        cursor.execute("select count(*) from bench_title")
        if cursor.fetchone()[0]:
            return
        reports = [report(n) for n in range(TEXTS)]
        cursor.executemany(
            "insert into bench_title values (%s, %s, %s::tsvector)",
            [(n, r["title"], vector_literal(r["title"], ""))
             for n, r in enumerate(reports[:TITLES])],
        )  # fmt: skip
        cursor.executemany(
            "insert into bench_text values (%s, %s, %s, %s, %s, %s::tsvector)",
            [(n, r["text"], r["address"], r["class_code"], labels[r["class_code"]],
              vector_literal("", r["text"])) for n, r in enumerate(reports)],
        )  # fmt: skip
        cursor.executemany(
            "insert into bench_unit values (%s, %s, %s)",
            [(n, unit.pk, unit.path) for n, unit in enumerate(town.units)],
        )
        cells = Area.objects.filter(level__is_cell=True).order_by("pk")
        cursor.executemany(
            "insert into bench_cell values (%s, %s, %s, %s::geometry, %s::tsvector)",
            [(n, c.pk, c.path, c.center.hexewkb.decode(),
              vector_literal("", "", place_marks(c.center.coords, c.path)))
             for n, c in enumerate(cells.only("pk", "path", "center"))],
        )  # fmt: skip
