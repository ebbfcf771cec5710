"""Parts of day tables are made and dropped by the owner, for whoever the processes sign in as.

The role of the processes owns no table and makes none; without these two functions the first row
of a new day would be refused. Both take the name of a table that is partitioned by range in our
schema, and touch parts named after it and a day only. ``protect_audit`` lets the role call them.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION common_day_table(name text) RETURNS void LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
        WHERE c.relname = name AND c.relnamespace = 'public'::regnamespace AND p.partstrat = 'r'
    ) THEN
        RAISE EXCEPTION '% is no table in parts', name USING ERRCODE = 'undefined_table';
    END IF;
    -- Only one session makes or drops parts of a table at a time.
    PERFORM pg_advisory_xact_lock(hashtext(name || '.partitions'));
END $$;

CREATE FUNCTION common_make_day_part(name text, day date, since timestamptz, until timestamptz)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE part text := name || '_' || to_char(day, 'YYYYMMDD');
BEGIN
    PERFORM common_day_table(name);
    IF EXISTS (
        SELECT FROM pg_class WHERE relname = part AND relnamespace = 'public'::regnamespace
    ) THEN
        RETURN false;
    END IF;
    -- Attached, not made as a part: that would wait for all who read the table.
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', part, name);
    EXECUTE format(
        'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, part, since, until
    );
    RETURN true;
END $$;

CREATE FUNCTION common_drop_day_parts(name text, before date) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    part text;
BEGIN
    PERFORM common_day_table(name);
    FOR part IN
        SELECT child.relname FROM pg_inherits
        JOIN pg_class child ON child.oid = inhrelid
        WHERE inhparent = format('public.%I', name)::regclass
            AND child.relname ~ ('^' || name || '_[0-9]{8}$')
            AND child.relname < name || '_' || to_char(before, 'YYYYMMDD')
        ORDER BY 1
    LOOP
        EXECUTE format('DROP TABLE %I', part);
        RETURN NEXT part;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION common_make_day_part(text, date, timestamptz, timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION common_drop_day_parts(text, date) FROM PUBLIC;
"""
BACKWARD = """
DROP FUNCTION common_drop_day_parts(text, date);
DROP FUNCTION common_make_day_part(text, date, timestamptz, timestamptz);
DROP FUNCTION common_day_table(text);
"""


class Migration(migrations.Migration):
    dependencies = [("common", "0003_more_ground")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
