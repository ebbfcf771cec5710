"""How often firms, places and goods are visited (GR-06); people follow the grade of their group."""

from django.contrib.gis.db import models
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from apps.registry.models.files import RegistryFile


class FileCycle(models.Model):
    """A file that is visited every so many days. due_on: by when the next visit is to be made."""

    file = models.OneToOneField(
        RegistryFile, models.CASCADE, primary_key=True, related_name="cycle"
    )
    days = models.PositiveSmallIntegerField(
        _("走访周期（天）"), validators=[MinValueValidator(1), MaxValueValidator(366)]
    )
    due_on = models.DateField(_("应完成日期"))
    set_at = models.DateTimeField(_("设定时间"))
    set_by_name = models.CharField(_("设定人"), max_length=100)

    class Meta:
        verbose_name = _("走访周期")
        verbose_name_plural = _("走访周期")
        default_permissions = ()
        ordering = ["due_on", "file"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(days__gte=1, days__lte=366), name="registry_cycle_days"
            ),
        ]
        indexes = [models.Index(fields=["due_on"], name="registry_cycle_due")]

    def __str__(self) -> str:
        return f"{self.file} {self.due_on}"
