"""What OGC SensorThings knows beyond devices, series and readings.

Thing, Datastream and Observation are rows of ``sensing``; ``*Note`` says beside them what has no
home there. The others have tables here. Source: OGC 18-088, docs/decisions/0061.
"""

from django.contrib.gis.db import models
from django.db.models import ForeignObject, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.assets.models import Asset
from apps.gateway.models import ApiClient
from apps.sensing.models import Datastream, Device, DeviceProfile, ProfileField


class _Entity(models.Model):
    """What an entity of its own carries. owner: whose it is; null: everybody's.

    is_removed: taken away by a client; kept, because others refer to it.
    """

    name = models.CharField(_("名称"), max_length=300)
    description = models.TextField(_("说明"), blank=True, default="")
    properties = models.JSONField(_("属性"), default=dict, blank=True)
    owner = models.ForeignKey(
        Organization, models.PROTECT, null=True, related_name="+", verbose_name=_("所属单位")
    )
    is_removed = models.BooleanField(_("已删除"), default=False)

    class Meta:
        abstract = True
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class FeatureOfInterest(_Entity):
    """What observations are about, mostly the place of the thing."""

    encoding_type = models.CharField(_("编码"), max_length=100)
    feature = models.JSONField(_("要素"))
    shape = models.GeometryField(_("图形"), srid=4326, null=True)

    class Meta(_Entity.Meta):
        verbose_name = _("观测对象")
        verbose_name_plural = _("观测对象")


class Location(_Entity):
    """A place things stand at, as it was told.

    asset: whose point, as it is now, goes before what was told. made_feature: made of it, once.
    """

    encoding_type = models.CharField(_("编码"), max_length=100)
    location = models.JSONField(_("位置"))
    shape = models.GeometryField(_("图形"), srid=4326, null=True)
    made_feature = models.ForeignKey(
        FeatureOfInterest, models.PROTECT, null=True, related_name="+", verbose_name=_("观测对象")
    )
    asset = models.OneToOneField(
        Asset, models.CASCADE, null=True, related_name="+", verbose_name=_("部件")
    )
    things = models.ManyToManyField(
        Device, related_name="sta_locations", verbose_name=_("感知设备")
    )

    class Meta(_Entity.Meta):
        verbose_name = _("设备位置")
        verbose_name_plural = _("设备位置")


class HistoricalLocation(models.Model):
    """Where a thing was since a moment."""

    device = models.ForeignKey(
        Device, models.CASCADE, related_name="sta_history", verbose_name=_("感知设备")
    )
    at = models.DateTimeField(_("时间"))
    locations = models.ManyToManyField(
        Location, related_name="sta_history", verbose_name=_("设备位置")
    )
    is_removed = models.BooleanField(_("已删除"), default=False)

    class Meta:
        verbose_name = _("历史位置")
        verbose_name_plural = _("历史位置")
        default_permissions = ()
        indexes = [models.Index(fields=["device", "-at"], name="sta_history_of")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.at}"


class Sensor(_Entity):
    """An instrument or procedure. profile: the kind of device it stands for; then shared."""

    encoding_type = models.CharField(_("编码"), max_length=100)
    metadata = models.JSONField(_("元数据"))
    profile = models.OneToOneField(
        DeviceProfile, models.CASCADE, null=True, related_name="sta_sensor",
        verbose_name=_("设备型号"),
    )  # fmt: skip

    class Meta(_Entity.Meta):
        verbose_name = _("传感器")
        verbose_name_plural = _("传感器")


class ObservedProperty(_Entity):
    """What is observed. code: of the fields it stands for; null: told by a client."""

    definition = models.TextField(_("定义"))
    code = models.SlugField(_("字段代码"), max_length=40, null=True, unique=True)

    class Meta(_Entity.Meta):
        verbose_name = _("观测属性")
        verbose_name_plural = _("观测属性")


class FieldNote(models.Model):
    """What a field of a kind observes."""

    field = models.OneToOneField(
        ProfileField, models.CASCADE, primary_key=True, related_name="sta",
        verbose_name=_("字段"),
    )  # fmt: skip
    observed_property = models.ForeignKey(
        ObservedProperty, models.PROTECT, related_name="fields", verbose_name=_("观测属性")
    )

    class Meta:
        verbose_name = _("字段的观测属性")
        verbose_name_plural = _("字段的观测属性")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.field_id} {self.observed_property_id}"


class ThingNote(models.Model):
    """What was told of a thing. feature: what its observations are about unless they say so."""

    device = models.OneToOneField(
        Device, models.CASCADE, primary_key=True, related_name="sta", verbose_name=_("感知设备")
    )
    name = models.CharField(_("名称"), max_length=300, blank=True, default="")
    description = models.TextField(_("说明"), blank=True, default="")
    properties = models.JSONField(_("属性"), default=dict, blank=True)
    feature = models.ForeignKey(
        FeatureOfInterest, models.PROTECT, null=True, related_name="things",
        verbose_name=_("观测对象"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("设备的附加说明")
        verbose_name_plural = _("设备的附加说明")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.device_id)


class SeriesNote(models.Model):
    """What was told of a datastream. sensor: null for that of the device's kind."""

    series = models.OneToOneField(
        Datastream, models.CASCADE, primary_key=True, related_name="sta", verbose_name=_("数据流")
    )
    name = models.CharField(_("名称"), max_length=300, blank=True, default="")
    description = models.TextField(_("说明"), blank=True, default="")
    properties = models.JSONField(_("属性"), default=dict, blank=True)
    observation_type = models.CharField(_("观测类型"), max_length=120, blank=True, default="")
    unit = models.JSONField(_("单位"), default=dict, blank=True)
    sensor = models.ForeignKey(
        Sensor, models.PROTECT, null=True, related_name="series_notes", verbose_name=_("传感器")
    )
    is_removed = models.BooleanField(_("已删除"), default=False)

    class Meta:
        verbose_name = _("数据流的附加说明")
        verbose_name_plural = _("数据流的附加说明")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.series_id)


class ObservationNote(models.Model):
    """What was told of one reading beyond its value. is_removed: withdrawn by a client.

    until: end of its phenomenonTime where that is a span. feature: null for the thing's.
    """

    series = models.ForeignKey(
        Datastream, models.CASCADE, related_name="+", verbose_name=_("数据流")
    )
    at = models.DateTimeField(_("时间"))
    until = models.DateTimeField(_("止"), null=True)
    result_at = models.DateTimeField(_("结果时间"), null=True)
    valid_since = models.DateTimeField(_("有效自"), null=True)
    valid_until = models.DateTimeField(_("有效至"), null=True)
    result_quality = models.JSONField(_("结果质量"), null=True)
    parameters = models.JSONField(_("参数"), null=True)
    feature = models.ForeignKey(
        FeatureOfInterest, models.PROTECT, null=True, related_name="notes",
        verbose_name=_("观测对象"),
    )  # fmt: skip
    is_removed = models.BooleanField(_("已撤回"), default=False)

    class Meta:
        verbose_name = _("读数的附加说明")
        verbose_name_plural = _("读数的附加说明")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["series", "at"], name="sta_note_once"),
        ]

    def __str__(self) -> str:
        return f"{self.series_id} {self.at}"


class Observation(models.Model):
    """A reading with its ways to the series and the note, for reading alone."""

    pk = models.CompositePrimaryKey("series_id", "at")
    series = models.ForeignKey(Datastream, models.DO_NOTHING, related_name="sta_observations")
    at = models.DateTimeField()
    value = models.FloatField(null=True)
    quality = models.SmallIntegerField()
    flaw = models.SmallIntegerField()
    label = models.TextField(null=True)
    note = ForeignObject(
        ObservationNote,
        models.DO_NOTHING,
        from_fields=["series", "at"],
        to_fields=["series", "at"],
        related_name="readings",
        null=True,
    )

    class Meta:
        managed = False
        db_table = "sensing_reading"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.series_id} {self.at}"


class Follower(models.Model):
    """A program that is told of the observations of a datastream by MQTT. Source: IO-09."""

    client = models.ForeignKey(
        ApiClient, models.CASCADE, related_name="+", verbose_name=_("接口客户端")
    )
    series = models.ForeignKey(
        Datastream, models.CASCADE, related_name="sta_followers", verbose_name=_("数据流")
    )
    since = models.DateTimeField(_("订阅时间"))

    class Meta:
        verbose_name = _("观测值订阅")
        verbose_name_plural = _("观测值订阅")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["client", "series"], name="sta_follower_once")
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.series_id}"


#: A note that is not there withdraws nothing.
NOT_WITHDRAWN = Q(note__id__isnull=True) | Q(note__is_removed=False)
