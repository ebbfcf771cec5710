"""The register of what is installed in the city: one thing, one row.

Cameras, sensors and servers of higher layers are one-to-one with an asset.
"""

from django.contrib.gis.db import models
from django.db.models import Value
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.assets.enums import AssetState, Finding, Hold
from apps.common.models import StoredFile
from apps.places.models import Area

#: An empty answer as the database writes it, for rows that come by COPY.
NOTHING = Value({}, models.JSONField())


class AssetClass(models.Model):
    """A kind of street furniture (部件小类) within a large class (部件大类).

    code: 2 digits of the large class and 2 of the kind. icon: name of a line icon. form: the
    fields things of this class have beside the common ones, a form as data (``own_fields``).
    """

    code = models.CharField(_("代码"), max_length=4, unique=True)
    name = models.CharField(_("名称"), max_length=40)
    large_class = models.CharField(_("大类"), max_length=40)
    icon = models.SlugField(_("图标"), blank=True, default="")
    form = models.JSONField(_("自有字段"), blank=True, default=dict, db_default=NOTHING)

    class Meta:
        verbose_name = _("部件类别")
        verbose_name_plural = _("部件类别")
        permissions = [("define_classes", _("维护部件类别的自有字段"))]
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Asset(models.Model):
    """One thing with a place, an owner and a state.

    The 16-digit code (6 region, 2 large class, 2 kind, 6 serial) is computed from
    region_code, kind and serial. Source: CJ/T 214, GB/T 30428.2.
    owner_unit: who it belongs to (权属单位). maintainer: who repairs it (养护单位).
    since: the day it was put into use; null if nobody knows. vendor, contract: who keeps it under
    contract and which; expires_on: when it is to be replaced. finding, surveyed_at: of the last
    survey that counts, see ``AssetSurvey``. details: what it answers to the fields of its class.
    """

    kind = models.ForeignKey(
        AssetClass, models.PROTECT, related_name="assets", verbose_name=_("类别")
    )
    region_code = models.CharField(_("区划代码"), max_length=6)
    serial = models.PositiveIntegerField(_("序号"))
    code = models.CharField(_("编码"), max_length=16, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    point = models.PointField(_("位置"), srid=4326)
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, related_name="+", verbose_name=_("所在区域")
    )
    owner_unit = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("权属单位"),
    )
    maintainer = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("养护单位"),
    )
    state = models.CharField(
        _("状态"), max_length=10, choices=AssetState, default=AssetState.IN_USE
    )
    since = models.DateField(_("启用日期"), null=True, blank=True)
    source = models.CharField(_("来源"), max_length=120, blank=True, default="")
    maker = models.CharField(_("生产厂家"), max_length=80, blank=True, default="")
    model = models.CharField(_("规格型号"), max_length=60, blank=True, default="")
    vendor = models.CharField(_("维保单位"), max_length=80, blank=True, default="")
    contract = models.CharField(_("维保合同号"), max_length=60, blank=True, default="")
    installed_on = models.DateField(_("安装日期"), null=True, blank=True)
    expires_on = models.DateField(_("到期日期"), null=True, blank=True)
    details = models.JSONField(_("自有字段"), blank=True, default=dict, db_default=NOTHING)
    finding = models.CharField(
        _("最近普查结果"), max_length=10, choices=Finding, blank=True, default=""
    )
    surveyed_at = models.DateTimeField(_("最近普查时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("部件")
        verbose_name_plural = _("部件")
        permissions = [
            ("register_asset", _("登记部件")),
            ("survey_asset", _("普查部件")),
            ("rule_survey", _("确认部件普查")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["region_code", "kind", "serial"], name="asset_serial_once"
            ),
            models.CheckConstraint(
                condition=models.Q(serial__gte=1, serial__lte=999_999), name="asset_serial_range"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AssetSurvey(models.Model):
    """What somebody found of one thing, on the spot (部件普查). Written once.

    asset: null for a thing the register does not hold. point: where the phone was, or where
    the thing now stands. distance_m: from there to where the register had it. hold: why it waits
    for a keeper, "" if it counts at once. key: the phone's own, the same survey sent twice is one.
    Source: GR-11, CJ/T 214.
    """

    asset = models.ForeignKey(
        Asset, models.PROTECT, null=True, related_name="surveys", verbose_name=_("部件")
    )
    kind = models.ForeignKey(AssetClass, models.PROTECT, related_name="+", verbose_name=_("类别"))
    finding = models.CharField(_("结果"), max_length=10, choices=Finding)
    point = models.PointField(_("位置"), srid=4326)
    accuracy_m = models.FloatField(_("定位精度（米）"), null=True)
    distance_m = models.FloatField(_("与台账位置相距（米）"), null=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("所在区域"))
    made_at = models.DateTimeField(_("普查时间"))
    received_at = models.DateTimeField(_("收到时间"))
    surveyor = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("普查人"))
    note = models.CharField(_("说明"), max_length=500, blank=True, default="")
    hold = models.CharField(_("待确认的原因"), max_length=10, choices=Hold, blank=True, default="")
    files = models.ManyToManyField(StoredFile, related_name="+", verbose_name=_("照片"))
    key = models.UUIDField(_("手机端编号"))

    class Meta:
        verbose_name = _("部件普查")
        verbose_name_plural = _("部件普查")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["surveyor", "key"], name="asset_survey_once"),
            models.CheckConstraint(
                condition=models.Q(asset__isnull=False) | models.Q(finding=Finding.NEW),
                name="asset_survey_of_something",
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], name="asset_survey_held", condition=~models.Q(hold="")),
        ]

    def __str__(self) -> str:
        return f"{self.asset or self.kind} {self.get_finding_display()}"

    @property
    def state_label(self) -> str:
        """Whether it counts: at once, confirmed, refused, or still waiting."""
        ruling: SurveyRuling | None = getattr(self, "ruling", None)
        if not self.hold:
            return str(_("已生效"))
        if ruling is None:
            return str(_("待确认"))
        return str(_("已确认") if ruling.is_accepted else _("已驳回"))


class SurveyRuling(models.Model):
    """What a keeper decided of a survey that waited. Written once.

    asset: what it became: the thing surveyed, or the new entry of the register.
    """

    survey = models.OneToOneField(
        AssetSurvey, models.PROTECT, related_name="ruling", verbose_name=_("普查")
    )
    is_accepted = models.BooleanField(_("已确认"))
    asset = models.ForeignKey(
        Asset, models.PROTECT, null=True, related_name="+", verbose_name=_("部件")
    )
    note = models.CharField(_("说明"), max_length=200, blank=True, default="")
    ruled_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("确认人"))
    ruled_at = models.DateTimeField(_("确认时间"))

    class Meta:
        verbose_name = _("普查确认")
        verbose_name_plural = _("普查确认")

    def __str__(self) -> str:
        return str(self.survey)


class SurveySample(models.Model):
    """Surveys drawn at random to be made again by somebody else (抽查). Written once.

    since, until: days on which the surveys drawn from were made. population: how many those
    were; digest: SHA-256 of their keys in order, joined by commas. With the seed anybody draws
    the same again. Source: GR-11.
    """

    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("抽查范围"))
    since = models.DateField(_("普查起始日"))
    until = models.DateField(_("普查截止日"))
    seed = models.CharField(_("随机种子"), max_length=32)
    population = models.PositiveIntegerField(_("总体数"))
    digest = models.CharField(_("总体摘要"), max_length=64)
    size = models.PositiveIntegerField(_("抽取数"))
    surveys = models.ManyToManyField(AssetSurvey, related_name="samples", verbose_name=_("普查"))
    drawn_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("抽取人"))
    drawn_at = models.DateTimeField(_("抽取时间"))

    class Meta:
        verbose_name = _("普查抽查")
        verbose_name_plural = _("普查抽查")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.area} {self.since}–{self.until}"


class AssetPast(models.Model):
    """What the register said of a thing before it was changed (台账历史).

    Written by the database itself (a trigger), whoever changes the row. until: the moment of the
    change; card: the values before, by column, the point as lon and lat. What a survey found is
    not in it: surveys have their own history. Source: IO-02, "what did it say on that day".
    """

    asset = models.ForeignKey(Asset, models.CASCADE, related_name="past", verbose_name=_("部件"))
    until = models.DateTimeField(_("变更时间"))
    card = models.JSONField(_("变更前内容"))

    class Meta:
        verbose_name = _("台账历史")
        verbose_name_plural = _("台账历史")
        default_permissions = ()
        ordering = ["-until", "-pk"]
        indexes = [models.Index(fields=["asset", "until"], name="asset_past")]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.until}"


class AssetPicture(models.Model):
    """A picture of a thing (部件照片). Re-encoded like every upload; taken away, not deleted.

    Source: IO-02, OP-08.
    """

    asset = models.ForeignKey(
        Asset, models.PROTECT, related_name="pictures", verbose_name=_("部件")
    )
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("照片"))
    added_by_name = models.CharField(_("上传人"), max_length=100)
    added_at = models.DateTimeField(_("上传时间"))
    removed_at = models.DateTimeField(_("移除时间"), null=True)

    class Meta:
        verbose_name = _("部件照片")
        verbose_name_plural = _("部件照片")
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["asset", "file"],
                condition=models.Q(removed_at__isnull=True),
                name="asset_picture_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.added_at}"
