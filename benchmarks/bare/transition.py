"""The yardstick of ``engine``: a row is locked, moved and the move logged."""

from django.db import models, transaction

from apps.common import clock


class BareCase(models.Model):
    """The table is made by the benchmark, not by a migration."""

    state = models.CharField(max_length=20)
    version = models.IntegerField()

    class Meta:
        app_label = "bench"
        db_table = "bench_bare_case"

    def __str__(self) -> str:
        return self.state


class BareLog(models.Model):
    """One line per move."""

    case = models.ForeignKey(BareCase, models.PROTECT)
    action = models.CharField(max_length=20)
    actor = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        app_label = "bench"
        db_table = "bench_bare_log"

    def __str__(self) -> str:
        return self.action


@transaction.atomic
def move(case_id: int, action: str) -> None:
    """Will move a case to the state named after the action."""
    case = BareCase.objects.select_for_update().get(pk=case_id)
    case.state, case.version = action, case.version + 1
    case.save(update_fields=["state", "version"])
    BareLog.objects.create(case=case, action=action, actor="测试", at=clock.now())
