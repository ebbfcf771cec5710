"""An index in the order the piles of several categories are read in, made while people work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index is not made concurrently within a transaction

    dependencies = [("matters", "0015_words_may_go")]

    operations = [
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                condition=models.Q(("category", "ended"), _negated=True),
                fields=["tenant", "due_at", "id"],
                name="case_open_due",
            ),
        ),
    ]
