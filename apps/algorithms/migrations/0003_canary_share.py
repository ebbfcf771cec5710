from typing import Any

from django.db import migrations, models
from django.db.models import Q


def keep_meaning(apps: Any, schema_editor: Any) -> None:
    """A canary without an area was meant by nobody; it stays so until somebody gives it a share."""
    alias = apps.get_model("algorithms", "Alias")
    alias.objects.filter(name="canary", area=None).update(share=0)


class Migration(migrations.Migration):
    dependencies = [("algorithms", "0002_model_calls")]

    operations = [
        migrations.AddField(
            model_name="alias",
            name="share",
            field=models.PositiveSmallIntegerField(default=100, verbose_name="摄像机份额（%）"),
        ),
        migrations.AddField(
            model_name="aliasmove",
            name="share",
            field=models.PositiveSmallIntegerField(null=True, verbose_name="摄像机份额（%）"),
        ),
        migrations.RunPython(keep_meaning, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name="alias",
            constraint=models.CheckConstraint(
                condition=Q(share=100) | Q(name="canary", share__lte=100),
                name="algorithms_alias_share",
            ),
        ),
    ]
