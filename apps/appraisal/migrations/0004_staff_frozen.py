"""The database keeps the rating of people and posts of a frozen month as it keeps the rest."""

from django.db import migrations

_CHILDREN = ("staffline", "stafffact")
FORWARD = "\n".join(
    f"""
CREATE TRIGGER appraisal_{name}_written BEFORE UPDATE ON appraisal_{name}
    FOR EACH ROW EXECUTE FUNCTION appraisal_refuse();
CREATE TRIGGER appraisal_{name}_in AFTER INSERT ON appraisal_{name}
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION appraisal_keep();
CREATE TRIGGER appraisal_{name}_out AFTER DELETE ON appraisal_{name}
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION appraisal_keep();
"""
    for name in _CHILDREN
)
BACKWARD = "\n".join(
    f"DROP TRIGGER appraisal_{name}_{what} ON appraisal_{name};"
    for name in _CHILDREN
    for what in ("written", "in", "out")
)


class Migration(migrations.Migration):
    dependencies = [("appraisal", "0003_staff")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
