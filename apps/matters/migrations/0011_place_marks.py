"""Where and when a case is becomes words of its search vector (``apps.nlp.marks``).

Only the search for duplicates asks for it, and of the last 30 days: what is older stays.
"""

from django.db import migrations

MARK = """
update matters_case set search = search || array_to_tsvector(array_remove(array[
    case when p[1] is not null then '@/' || p[1] || '/' end,
    case when p[2] is not null then '@/' || p[1] || '/' || p[2] || '/' end,
    case when p[3] is not null then '@/' || p[1] || '/' || p[2] || '/' || p[3] || '/' end,
    '@' || floor(st_x(point) * 100)::int || ',' || floor(st_y(point) * 100)::int,
    '@' || to_char(opened_at at time zone 'UTC', 'YYYY-MM')
], null))
from (
    select id as marked, string_to_array(nullif(btrim(area_path, '/'), ''), '/') as p
    from matters_case where opened_at > now() - interval '31 days'
) as paths
where id = marked and search is not null
"""


class Migration(migrations.Migration):
    dependencies = [("matters", "0010_task_unit_case")]

    operations = [migrations.RunSQL(MARK, migrations.RunSQL.noop)]
