"""The words of a case's history may be changed while its tombstone is being written, never else.

A tombstone is open (``sealed_at`` null) only within the transaction that forgets the case. Then,
and only then, the words of its events and places, and of the decisions about it, may be taken
out; what happened, when and by whom stays. A tombstone is changed once, to seal it, and never
deleted.
"""

from django.db import migrations

FORWARD = """
create function matters_is_being_forgotten(which bigint) returns boolean language sql stable as $$
    select exists (
        select from matters_tombstone where case_id = which and sealed_at is null
    )
$$;

create or replace function matters_refuse_rewriting() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and tg_table_name = 'matters_caseevent' then
        if to_jsonb(new) - 'data' = to_jsonb(old) - 'data' then
            return new;
        end if;
        if to_jsonb(new) - '{data,note,public_text}'::text[]
            = to_jsonb(old) - '{data,note,public_text}'::text[]
            and matters_is_being_forgotten(old.case_id) then
            return new;
        end if;
    end if;
    if tg_op = 'UPDATE' and tg_table_name = 'matters_casefact' then
        if to_jsonb(new) - '{value,label,data}'::text[]
            = to_jsonb(old) - '{value,label,data}'::text[]
            and matters_is_being_forgotten(old.case_id) then
            return new;
        end if;
    end if;
    raise exception 'the history of a case is append-only (%)', tg_table_name
        using errcode = 'restrict_violation';
end
$$;

create function matters_keep_decision() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.subject like 'case:%'
        and to_jsonb(new) - '{facts,outputs,explanation}'::text[]
            = to_jsonb(old) - '{facts,outputs,explanation}'::text[]
        and matters_is_being_forgotten(substr(old.subject, 6)::bigint) then
        return new;
    end if;
    raise exception '% rows are never changed', tg_table_name using errcode = 'restrict_violation';
end
$$;
drop trigger rules_decision_immutable on rules_decision;
create trigger rules_decision_immutable before update or delete on rules_decision
    for each row execute function matters_keep_decision();

create function matters_keep_tombstone() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.sealed_at is null and new.sealed_at is not null
        and to_jsonb(new) - '{counts,files,sealed_at}'::text[]
            = to_jsonb(old) - '{counts,files,sealed_at}'::text[] then
        return new;
    end if;
    raise exception 'a tombstone stays as it is' using errcode = 'restrict_violation';
end
$$;
create trigger tombstone_stays before update or delete on matters_tombstone
    for each row execute function matters_keep_tombstone();
"""

BACKWARD = """
drop trigger tombstone_stays on matters_tombstone;
drop function matters_keep_tombstone();
drop trigger rules_decision_immutable on rules_decision;
create trigger rules_decision_immutable before update or delete on rules_decision
    for each row execute function rules_refuse_change();
drop function matters_keep_decision();
create or replace function matters_refuse_rewriting() returns trigger language plpgsql as $$
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
drop function matters_is_being_forgotten(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("matters", "0014_tombstones"), ("rules", "0002_immutable")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
