"""An index of the few cases with a request to rule on, made while people work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index is not made concurrently within a transaction

    dependencies = [("matters", "0016_open_by_due")]

    operations = [
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                condition=models.Q(("pending_request", ""), _negated=True),
                fields=["tenant", "pending_request"],
                name="case_asked",
            ),
        ),
    ]
