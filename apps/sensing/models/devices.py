"""Kinds of devices as data, and the devices: one beside one asset."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.assets.models import Asset
from apps.sensing.enums import DeviceState, FieldKind, Link


class DeviceProfile(models.Model):
    """A kind of device: what it reports, how often, and when it counts as gone.

    report_every_s: a reading is expected so often; offline_after_s: silent for so long it is
    offline; late_after_s: a reading that comes so long after its moment is late (补传).
    asset_class: code of the class a device of this kind is entered under in the register of assets.
    A new kind needs no code. Source: IO-03, IO-17.
    """

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    description = models.CharField(_("说明"), max_length=300, blank=True, default="")
    link = models.CharField(_("连接方式"), max_length=12, choices=Link)
    asset_class = models.CharField(_("部件类别代码"), max_length=4, blank=True, default="")
    report_every_s = models.PositiveIntegerField(_("上报周期（秒）"))
    offline_after_s = models.PositiveIntegerField(_("多久无数据判离线（秒）"))
    late_after_s = models.PositiveIntegerField(_("多久之后到达判补传（秒）"))
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("设备型号")
        verbose_name_plural = _("设备型号")
        default_permissions = ()
        permissions = [("keep_profiles", _("维护设备型号"))]
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(report_every_s__gte=1, offline_after_s__gte=F("report_every_s")),
                name="sensing_profile_times",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProfileField(models.Model):
    """One thing devices of a profile report.

    unit: as shown, "μg/m³"; "" for none. low, high: beyond them a value is suspect. max_step:
    a jump by more from one reading to the next is suspect. stuck_after_s: unchanged for so
    long it is suspect; 0: never asked. choices: code -> words of a category. fault_values:
    values (as text) by which the device itself says it is at fault.
    """

    profile = models.ForeignKey(
        DeviceProfile, models.CASCADE, related_name="fields", verbose_name=_("设备型号")
    )
    code = models.SlugField(_("代码"), max_length=40)
    name = models.CharField(_("名称"), max_length=40)
    unit = models.CharField(_("单位"), max_length=20, blank=True, default="")
    kind = models.CharField(_("类型"), max_length=10, choices=FieldKind, default=FieldKind.NUMBER)
    precision = models.PositiveSmallIntegerField(_("小数位数"), default=1)
    low = models.FloatField(_("合理下限"), null=True, blank=True)
    high = models.FloatField(_("合理上限"), null=True, blank=True)
    max_step = models.FloatField(_("最大变化"), null=True, blank=True)
    stuck_after_s = models.PositiveIntegerField(_("不变多久可疑（秒）"), default=0)
    choices = models.JSONField(_("类别取值"), default=dict, blank=True)
    fault_values = models.JSONField(_("故障取值"), default=list, blank=True)
    position = models.PositiveSmallIntegerField(_("顺序"), default=0)

    class Meta:
        verbose_name = _("型号字段")
        verbose_name_plural = _("型号字段")
        default_permissions = ()
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["profile", "code"], name="sensing_field_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.unit}）" if self.unit else self.name


class Device(models.Model):
    """What hangs on an asset and reports. node: the name it sends under, unique in the city."""

    asset = models.OneToOneField(
        Asset, models.PROTECT, related_name="device", verbose_name=_("部件")
    )
    profile = models.ForeignKey(
        DeviceProfile, models.PROTECT, related_name="devices", verbose_name=_("设备型号")
    )
    node = models.CharField(_("节点编号"), max_length=64, unique=True)
    is_active = models.BooleanField(_("启用"), default=True)
    registered_at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = _("感知设备")
        verbose_name_plural = _("感知设备")
        default_permissions = ()
        permissions = [
            ("view_devices", _("查看感知设备")),
            ("keep_devices", _("维护感知设备")),
        ]
        ordering = ["node"]

    def __str__(self) -> str:
        return self.node


class Presence(models.Model):
    """Whether a device is heard, apart from its card: it changes with every batch.

    seen_at: the newest moment it reported of, never ahead of our clock.
    """

    device = models.OneToOneField(
        Device, models.CASCADE, primary_key=True, related_name="presence",
        verbose_name=_("感知设备"),
    )  # fmt: skip
    state = models.CharField(
        _("状态"), max_length=8, choices=DeviceState, default=DeviceState.UNKNOWN
    )
    since = models.DateTimeField(_("自"))
    seen_at = models.DateTimeField(_("最近上报"), null=True)

    class Meta:
        verbose_name = _("设备状态")
        verbose_name_plural = _("设备状态")
        default_permissions = ()
        indexes = [
            models.Index(fields=["state"], name="sensing_not_online", condition=~Q(state="online")),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.get_state_display()}"


class StateChange(models.Model):
    """One change of state of a device, with why. Written once."""

    device = models.ForeignKey(
        Device, models.CASCADE, related_name="changes", verbose_name=_("感知设备")
    )
    before = models.CharField(_("原状态"), max_length=8, choices=DeviceState)
    after = models.CharField(_("状态"), max_length=8, choices=DeviceState)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("状态变化")
        verbose_name_plural = _("状态变化")
        default_permissions = ()
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["device", "-at"], name="sensing_change_of")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.get_after_display()}"


class DeviceKey(models.Model):
    """What a device proves itself with; kept as a digest. At most two are live. Source: IO-20."""

    device = models.ForeignKey(
        Device, models.CASCADE, related_name="keys", verbose_name=_("感知设备")
    )
    prefix = models.CharField(_("前缀"), max_length=12, unique=True)
    digest = models.CharField(_("摘要"), max_length=64)
    issued_at = models.DateTimeField(_("签发时间"))
    issued_by_name = models.CharField(_("签发人"), max_length=100)
    ends_at = models.DateTimeField(_("有效至"), null=True)

    class Meta:
        verbose_name = _("设备凭据")
        verbose_name_plural = _("设备凭据")
        default_permissions = ()
        ordering = ["-issued_at", "-pk"]

    def __str__(self) -> str:
        return self.prefix
