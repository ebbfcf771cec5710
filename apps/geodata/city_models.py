"""3D models shown by outside viewers, and which of their objects is which thing here.

Source: GE-09.
"""

from urllib.parse import quote

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant

OBJECT = "{object}"


class CityModel(models.Model):
    """A 3D model (三维模型) of part of the city; its viewer is an outside page.

    viewer_url: address of the viewer, ``{object}`` where the object's id goes. Nothing is ever
    fetched from it; it is a link for people. edition: of the model, as its makers count.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", verbose_name=_("租户"))
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("责任单位")
    )
    name = models.CharField(_("名称"), max_length=80)
    edition = models.CharField(_("版本"), max_length=40)
    viewer_url = models.CharField(_("浏览地址"), max_length=500)
    description = models.CharField(_("说明"), max_length=400, blank=True, default="")
    created_by_name = models.CharField(_("登记人"), max_length=100)
    created_at = models.DateTimeField(_("登记时间"))
    retired_at = models.DateTimeField(_("停用时间"), null=True)

    class Meta:
        verbose_name = _("三维模型")
        verbose_name_plural = _("三维模型")
        ordering = ["name", "pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    def url_of(self, object_id: str) -> str:
        """The address that shows one object."""
        return self.viewer_url.replace(OBJECT, quote(object_id, safe=""))


class ModelLink(models.Model):
    """One object of a model is one asset or case (模型对象关联).

    kind: a registered ``registry.Target``. target_code: its code or number, by value, because
    cases lie above this app.
    """

    model = models.ForeignKey(
        CityModel, models.CASCADE, related_name="links", verbose_name=_("三维模型")
    )
    object_id = models.CharField(_("模型对象编号"), max_length=120)
    kind = models.CharField(_("关联类别"), max_length=20)
    target_code = models.CharField(_("编码"), max_length=40)
    made_by_name = models.CharField(_("关联人"), max_length=100)
    made_at = models.DateTimeField(_("关联时间"))

    class Meta:
        verbose_name = _("模型对象关联")
        verbose_name_plural = _("模型对象关联")
        ordering = ["object_id", "kind", "target_code"]
        default_permissions = ()
        indexes = [models.Index(fields=["kind", "target_code"], name="model_link_target")]
        constraints = [
            models.UniqueConstraint(
                fields=["model", "object_id", "kind", "target_code"], name="model_link_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.object_id} → {self.target_code}"
