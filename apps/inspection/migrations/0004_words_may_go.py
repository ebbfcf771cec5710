"""The words of a result or a record may be changed while its case's tombstone is being written.

As with the history of cases (matters 0015): a tombstone is open only within the transaction that
forgets the case. What was found, by whom and when stays.
"""

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION inspection_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    words text[] := '{items,text,public_text,returned_reason,file_id,file_name,withdrawn_reason}';
    about bigint;
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME IN (
        'inspection_checkresult', 'inspection_behaviourrecord'
    ) AND to_jsonb(NEW) - words = to_jsonb(OLD) - words THEN
        IF TG_TABLE_NAME = 'inspection_checkresult' THEN
            SELECT case_id INTO about FROM inspection_drawresult
            WHERE id = (to_jsonb(OLD) ->> 'result_id')::bigint;
        ELSE
            about := (to_jsonb(OLD) ->> 'case_id')::bigint;
        END IF;
        IF about IS NOT NULL AND matters_is_being_forgotten(about) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""
BACKWARD = """
CREATE OR REPLACE FUNCTION inspection_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("inspection", "0003_returns_scales_and_units"),
        ("matters", "0015_words_may_go"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
