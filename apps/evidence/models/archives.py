from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.evidence.models.checkpoints import SigningKey


class Archive(models.Model):
    """One month of the log in a file of its own, signed; the rows stay where they are.

    path: below the export folder. digest: SHA-256 of the file. statement: the signed text.
    Source: AU-02.
    """

    month_on = models.DateField(_("月份"), unique=True)
    rows = models.PositiveBigIntegerField(_("记录数"))
    first_seal = models.PositiveBigIntegerField(_("首个封存"))
    last_seal = models.PositiveBigIntegerField(_("末个封存"))
    path = models.CharField(_("文件"), max_length=200)
    size_bytes = models.PositiveBigIntegerField(_("大小（字节）"))
    digest = models.CharField(_("摘要"), max_length=64)
    statement = models.TextField(_("内容"))
    signature = models.CharField(_("签名"), max_length=120)
    key = models.ForeignKey(SigningKey, models.PROTECT, related_name="archives")
    made_at = models.DateTimeField(_("归档时间"))

    class Meta:
        verbose_name = _("日志归档")
        verbose_name_plural = _("日志归档")
        default_permissions = ()
        ordering = ["-month_on"]

    def __str__(self) -> str:
        return f"{self.month_on:%Y-%m}"
