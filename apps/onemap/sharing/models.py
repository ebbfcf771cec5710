"""Requests for layers, their use, and the map services of others. Source: GE-01, GE-06, GE-08."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.places.models import Area


class RequestState(models.TextChoices):
    """Where a request for a layer stands."""

    WAITING = "waiting", _("待审核")
    APPROVED = "approved", _("已同意")
    REFUSED = "refused", _("未同意")
    WITHDRAWN = "withdrawn", _("已撤回")


class ServiceKind(models.TextChoices):
    """What others serve."""

    XYZ = "xyz", _("瓦片（XYZ）")
    WMTS = "wmts", _("WMTS")
    WMS = "wms", _("WMS")
    ARCGIS = "arcgis", _("ArcGIS 切片")
    FEATURE = "feature", _("要素服务")


class ServiceState(models.TextChoices):
    """How an outside service answered last."""

    UNKNOWN = "unknown", _("未检查")
    WELL = "well", _("正常")
    ILL = "ill", _("异常")


class LayerRequest(models.Model):
    """A department asks for a layer of another (图层申请).

    unit: who asks; owner_unit: who decides, by the layer's card at that moment; None: whoever
    administers the whole body. grant: what came of it, with its own end.
    """

    code = models.SlugField(_("图层代码"), max_length=80)
    layer_name = models.CharField(_("图层"), max_length=80)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", verbose_name=_("租户"))
    unit = models.ForeignKey(
        Organization, models.CASCADE, related_name="+", verbose_name=_("申请单位")
    )
    owner_unit = models.ForeignKey(
        Organization, models.CASCADE, null=True, related_name="+", verbose_name=_("责任单位")
    )
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, related_name="+", verbose_name=_("区域")
    )
    purpose = models.CharField(_("用途"), max_length=300)
    since = models.DateField(_("起始日期"))
    until = models.DateField(_("截止日期"))
    state = models.CharField(
        _("状态"), max_length=10, choices=RequestState, default=RequestState.WAITING
    )
    asked_by_id = models.CharField(_("申请人编号"), max_length=40)
    asked_by_name = models.CharField(_("申请人"), max_length=100)
    asked_at = models.DateTimeField(_("申请时间"))
    decided_by_name = models.CharField(_("审核人"), max_length=100, blank=True, default="")
    decided_at = models.DateTimeField(_("审核时间"), null=True)
    note = models.CharField(_("审核意见"), max_length=300, blank=True, default="")
    grant = models.OneToOneField(
        "onemap.LayerGrant", models.SET_NULL, null=True, related_name="request"
    )

    class Meta:
        verbose_name = _("图层申请")
        verbose_name_plural = _("图层申请")
        ordering = ["-pk"]
        default_permissions = ()
        permissions = [("approve_sharing", _("审核图层共享"))]
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=models.F("since")), name="request_span"),
            models.UniqueConstraint(
                fields=["code", "unit"],
                condition=Q(state="waiting"),
                name="layer_request_waits_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.layer_name} → {self.unit}"


class LayerUse(models.Model):
    """How often a grant was used on a day."""

    grant = models.ForeignKey("onemap.LayerGrant", models.CASCADE, related_name="uses")
    on = models.DateField(_("日期"))
    count = models.PositiveIntegerField(_("次数"), default=0)

    class Meta:
        verbose_name = _("图层使用")
        verbose_name_plural = _("图层使用")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["grant", "on"], name="layer_use_once")]

    def __str__(self) -> str:
        return f"{self.grant_id} {self.on}: {self.count}"


class OutsideService(models.Model):
    """A map service of somebody else, registered by us (外部地图服务).

    url: with {z} {x} {y}, {bbox} (EPSG:3857; of features degrees, CRS84) or {L} {R} {C} (ArcGIS
    names) where the tile is named, {key} where the key goes. sealed_key: see
    ``gateway.sealing``. is_base: may be the ground of the map. is_public: also for people not
    signed in.
    """

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", verbose_name=_("租户"))
    name = models.CharField(_("名称"), max_length=80)
    kind = models.CharField(_("类型"), max_length=8, choices=ServiceKind)
    url = models.CharField(_("地址"), max_length=800)
    crs = models.CharField(_("坐标系"), max_length=20, default="EPSG:3857")
    sealed_key = models.TextField(_("密钥（加密）"), blank=True, default="")
    min_zoom = models.PositiveSmallIntegerField(_("最小级别"), default=0)
    max_zoom = models.PositiveSmallIntegerField(_("最大级别"), default=18)
    attribution = models.CharField(_("来源说明"), max_length=200, blank=True, default="")
    approval_number = models.CharField(_("审图号"), max_length=40, blank=True, default="")
    is_base = models.BooleanField(_("可作底图"), default=True)
    is_public = models.BooleanField(_("公众可见"), default=False)
    state = models.CharField(
        _("状态"), max_length=8, choices=ServiceState, default=ServiceState.UNKNOWN
    )
    checked_at = models.DateTimeField(_("检查时间"), null=True)
    retired_at = models.DateTimeField(_("停用时间"), null=True)

    class Meta:
        verbose_name = _("外部地图服务")
        verbose_name_plural = _("外部地图服务")
        ordering = ["name", "pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class OutsideCheck(models.Model):
    """One look at an outside service. note: why it was not well."""

    service = models.ForeignKey(OutsideService, models.CASCADE, related_name="checks")
    at = models.DateTimeField(_("时间"))
    is_well = models.BooleanField(_("正常"))
    milliseconds = models.PositiveIntegerField(_("耗时（毫秒）"))
    note = models.CharField(_("说明"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("外部服务检查")
        verbose_name_plural = _("外部服务检查")
        ordering = ["-at"]
        default_permissions = ()
        indexes = [models.Index(fields=["service", "-at"], name="outside_check_recent")]

    def __str__(self) -> str:
        return f"{self.service_id} {self.at:%Y-%m-%d %H:%M}"
