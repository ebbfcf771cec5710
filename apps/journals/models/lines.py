"""Lines of logs as they are kept, and what is counted of them. Source: OP-07."""

from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.assets.models import Asset
from apps.journals.enums import Origin, Severity
from apps.places.models import Area


class Host(models.Model):
    """A machine that writes. area: decides who reads its lines; asset: whose alarms they are.

    Known by itself from its first line on, then in the area of the city's first body.
    """

    name = models.CharField(_("主机"), max_length=64, unique=True)
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, related_name="+", verbose_name=_("区域")
    )
    asset = models.ForeignKey(
        Asset, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("部件")
    )
    seen_at = models.DateTimeField(_("首次出现"))

    class Meta:
        verbose_name = _("日志主机")
        verbose_name_plural = _("日志主机")
        default_permissions = ()
        permissions = [
            ("view_lines", _("检索运行日志")),
            ("keep_rules", _("维护日志规则和主机")),
            ("send_lines", _("上报运行日志")),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Line(models.Model):
    """One line of a log. Partitioned by day (``partitions``), dropped by the day.

    key: the same line of the same batch has the same, so that what is sent twice is kept once.
    host_id is no foreign key: a check per row would cost more than the row. text: personal data
    and secrets covered already. fields: what else the line said, bounded. search: bigrams.
    """

    pk = models.CompositePrimaryKey("at", "key")
    at = models.DateTimeField(_("时间"))
    key = models.UUIDField()
    host_id = models.BigIntegerField(_("主机"))
    program = models.CharField(_("程序"), max_length=60)
    level = models.SmallIntegerField(_("级别"), choices=Severity)
    origin = models.CharField(_("来源"), max_length=6, choices=Origin)
    text = models.TextField(_("内容"))
    fields = models.JSONField(_("字段"), default=dict)
    search = SearchVectorField(null=True)

    class Meta:
        verbose_name = _("日志")
        verbose_name_plural = _("日志")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.program} {self.text[:60]}"


class HourCount(models.Model):
    """How many lines of one level a program of a host wrote in an hour. Kept for 400 days."""

    host = models.ForeignKey(Host, models.CASCADE, related_name="+", verbose_name=_("主机"))
    program = models.CharField(_("程序"), max_length=60)
    level = models.SmallIntegerField(_("级别"), choices=Severity)
    hour = models.DateTimeField(_("小时"))
    count = models.PositiveIntegerField(_("条数"))

    class Meta:
        verbose_name = _("日志小时数")
        verbose_name_plural = _("日志小时数")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["host", "program", "level", "hour"], name="journals_hour_once"
            ),
        ]
        indexes = [models.Index(fields=["hour"], name="journals_by_hour")]

    def __str__(self) -> str:
        return f"{self.program} {self.hour:%m-%d %H} {self.count}"


class FollowedFile(models.Model):
    """How far one of our own files was read; moved on with the lines in one transaction."""

    path = models.CharField(_("文件"), max_length=300)
    inode = models.BigIntegerField()
    offset = models.BigIntegerField(_("已读字节"), default=0)
    read_at = models.DateTimeField(_("读取时间"))

    class Meta:
        verbose_name = _("日志文件")
        verbose_name_plural = _("日志文件")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["path", "inode"], name="journals_file_once"),
        ]

    def __str__(self) -> str:
        return self.path
