"""The series of receipt numbers, and a history nobody rewrites.

Events and facts are append-only: a trigger refuses DELETE always and UPDATE of anything but
the list of files an event brought along, which is written in the event's own transaction.
"""

from django.db import migrations

FORWARD = """
create sequence matters_case_number;

create function matters_refuse_rewriting() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and tg_table_name = 'matters_caseevent' then
        if to_jsonb(new) - 'data' = to_jsonb(old) - 'data' then
            return new;
        end if;
    end if;
    raise exception 'the history of a case is append-only (%)', tg_table_name
        using errcode = 'restrict_violation';
end
$$;

create trigger case_event_append_only before update or delete on matters_caseevent
    for each row execute function matters_refuse_rewriting();
create trigger case_fact_append_only before update or delete on matters_casefact
    for each row execute function matters_refuse_rewriting();
"""

BACKWARD = """
drop trigger case_event_append_only on matters_caseevent;
drop trigger case_fact_append_only on matters_casefact;
drop function matters_refuse_rewriting();
drop sequence matters_case_number;
"""


class Migration(migrations.Migration):
    dependencies = [("matters", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
