"""What is looked at in readings: how far neighbours may differ."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.sensing.models import ProfileField


class NeighbourRule(models.Model):
    """How the values of a field are held against those of the nearest devices of the kind.

    nearest: so many at most, within radius_m of the device. z_limit: so many robust deviations
    from their median are too many. least_spread: a deviation is never taken for smaller, in the
    field's unit, so that stations which agree to the digit do not make each other suspect.
    Source: IO-05, decision 0063.
    """

    field = models.OneToOneField(
        ProfileField,
        models.CASCADE,
        primary_key=True,
        related_name="neighbour_rule",
        verbose_name=_("字段"),
    )
    radius_m = models.PositiveIntegerField(_("范围（米）"))
    nearest = models.PositiveSmallIntegerField(_("最多比较几台"), default=8)
    z_limit = models.FloatField(_("偏离倍数上限"), default=6)
    least_spread = models.FloatField(_("最小离散度"))
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("邻近比对规则")
        verbose_name_plural = _("邻近比对规则")
        default_permissions = ()
        ordering = ["field_id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(radius_m__gte=1, nearest__gte=4, z_limit__gt=0, least_spread__gt=0),
                name="observing_neighbour_limits",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field_id}"
