"""Cameras beside assets, what they hang on, and how a picture is got from them."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.assets.models import Asset
from apps.common.models import StoredFile
from apps.places.models import Area
from apps.video.enums import (
    Light,
    Network,
    PictureState,
    PlatformKind,
    Protocol,
    RecorderKind,
    Shape,
)


class Platform(models.Model):
    """An outside platform: a GB/T 28181 gateway, or the police's register of cameras.

    url: where its REST interface begins. secret: sealed JSON (``gateway.sealing``): "token" we
    call a gateway with, "key" catalogues are signed with. pulls, pushes: whether its catalogue is
    taken, whether ours is sent. area: cameras below it belong to this exchange (city or district
    level). last_error: "" when the last exchange went well. Source: VD-01.
    """

    name = models.CharField(_("名称"), max_length=60)
    kind = models.CharField(_("类型"), max_length=10, choices=PlatformKind)
    url = models.CharField(_("接口地址"), max_length=300)
    secret = models.TextField(_("凭据（密文）"), blank=True, default="")
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("责任单位")
    )
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("所在区域"))
    pulls = models.BooleanField(_("接收目录"), default=False)
    pushes = models.BooleanField(_("上报目录"), default=False)
    is_active = models.BooleanField(_("启用"), default=True)
    created_at = models.DateTimeField(_("登记时间"))
    exchanged_at = models.DateTimeField(_("最近交换"), null=True)
    last_error = models.CharField(_("最近错误"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("视频平台")
        verbose_name_plural = _("视频平台")
        default_permissions = ()
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "url"], name="video_platform_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Recorder(models.Model):
    """What keeps the pictures of cameras: a DVR, an NVR, a platform's store.

    url: where its REST interface begins, "" where it has none. secret: sealed JSON ("username",
    "password"). channels: how many it has. concurrency: so many pictures are taken through it at
    once. asset: its own entry in the register, where it has one. asked_at: when what it recorded
    was asked last.
    """

    name = models.CharField(_("名称"), max_length=60)
    gb_code = models.CharField(_("国标编码"), max_length=20, unique=True)
    kind = models.CharField(_("类型"), max_length=10, choices=RecorderKind)
    maker = models.CharField(_("生产厂家"), max_length=80, blank=True, default="")
    url = models.CharField(_("接口地址"), max_length=300, blank=True, default="")
    secret = models.TextField(_("凭据（密文）"), blank=True, default="")
    channels = models.PositiveSmallIntegerField(_("通道数"), default=16)
    concurrency = models.PositiveSmallIntegerField(_("并发取流数"), default=2)
    asset = models.OneToOneField(
        Asset, models.PROTECT, null=True, related_name="recorder", verbose_name=_("部件")
    )
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("责任单位")
    )
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("所在区域"))
    is_active = models.BooleanField(_("启用"), default=True)
    created_at = models.DateTimeField(_("登记时间"))
    asked_at = models.DateTimeField(_("最近核对录像"), null=True)
    last_error = models.CharField(_("最近错误"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("录像机")
        verbose_name_plural = _("录像机")
        default_permissions = ()
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(concurrency__gte=1, concurrency__lte=16)
                & Q(channels__gte=1, channels__lte=1024),
                name="video_recorder_bounded",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CameraLabel(models.Model):
    """A mark the city puts on cameras (标签), such as 学校周边."""

    name = models.CharField(_("名称"), max_length=20, unique=True)

    class Meta:
        verbose_name = _("摄像机标签")
        verbose_name_plural = _("摄像机标签")
        default_permissions = ()
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class CameraForm(models.Model):
    """What the city asks of a camera besides (动态表单): a definition of ``common.forms_data``.

    Written once; the newest version counts. Source: CO-03, VD-04.
    """

    version = models.PositiveIntegerField(_("版本"), unique=True)
    definition = models.JSONField(_("表单定义"))
    made_by_name = models.CharField(_("制定人"), max_length=100)
    made_at = models.DateTimeField(_("制定时间"))

    class Meta:
        verbose_name = _("摄像机表单")
        verbose_name_plural = _("摄像机表单")
        default_permissions = ()
        ordering = ["-version"]

    def __str__(self) -> str:
        return str(self.version)


class Camera(models.Model):
    """One camera beside its asset, which holds its place, owner, maker and keeper (一机一档).

    gb_code: 20 digits, GB/T 28181 annex. network: a networked point is written by its platform
    (place locked, never deleted), a social one by people. outside_id: what its platform calls
    it; gone_at: since when the platform no longer names it. heading_deg: the way it looks,
    clockwise from north; tilt_deg: below the horizon; view_deg: how wide. details: answers to
    the form of ``form_version``. consent_*: that the owner of a social camera agreed. is_isolated:
    its pictures leave the unit that registered it for nobody. Source: VD-02, VD-04, VD-05.
    """

    asset = models.OneToOneField(
        Asset, models.PROTECT, related_name="camera", verbose_name=_("部件")
    )
    gb_code = models.CharField(_("国标编码"), max_length=20, unique=True)
    network = models.CharField(_("点位性质"), max_length=10, choices=Network)
    platform = models.ForeignKey(
        Platform, models.PROTECT, null=True, related_name="cameras", verbose_name=_("来源平台")
    )
    outside_id = models.CharField(_("平台编号"), max_length=64, blank=True, default="")
    gone_at = models.DateTimeField(_("平台撤点时间"), null=True)
    recorder = models.ForeignKey(
        Recorder, models.PROTECT, null=True, related_name="cameras", verbose_name=_("录像机")
    )
    channel = models.PositiveSmallIntegerField(_("通道号"), null=True)
    shape = models.CharField(_("外形"), max_length=10, choices=Shape, default=Shape.BULLET)
    has_ptz = models.BooleanField(_("有云台"), default=False)
    is_day_night = models.BooleanField(_("日夜型"), default=True)
    heading_deg = models.FloatField(_("朝向（度）"), null=True)
    tilt_deg = models.FloatField(_("俯角（度）"), null=True)
    view_deg = models.FloatField(_("视场角（度）"), null=True)
    height_m = models.FloatField(_("安装高度（米）"), null=True)
    address = models.CharField(_("安装地址"), max_length=200, blank=True, default="")
    labels = models.ManyToManyField(
        CameraLabel, blank=True, related_name="cameras", verbose_name=_("标签")
    )
    details = models.JSONField(_("补充信息"), default=dict, blank=True)
    form_version = models.PositiveIntegerField(_("表单版本"), default=0)
    consent_owner = models.CharField(_("同意接入的业主"), max_length=80, blank=True, default="")
    consent_on = models.DateField(_("同意日期"), null=True)
    consent_file = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, related_name="+", verbose_name=_("同意书")
    )
    is_isolated = models.BooleanField(_("隔离"), default=False)
    is_active = models.BooleanField(_("启用"), default=True)
    registered_at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = _("摄像机")
        verbose_name_plural = _("摄像机")
        default_permissions = ()
        permissions = [
            ("view_cameras", _("查看摄像机档案")),
            ("play_cameras", _("观看视频")),
            ("steer_cameras", _("控制摄像机云台")),
            ("keep_cameras", _("维护摄像机档案")),
            ("approve_cameras", _("审核视频共享和标准画面")),
            ("keep_media", _("管理执法视音频")),
            ("view_media", _("查看执法视音频")),
        ]
        ordering = ["gb_code"]
        constraints = [
            models.UniqueConstraint(fields=["recorder", "channel"], name="video_channel_once"),
            models.CheckConstraint(
                condition=Q(gb_code__regex=r"^[0-9]{20}$"), name="video_camera_code"
            ),
            models.CheckConstraint(
                condition=Q(heading_deg__isnull=True) | Q(heading_deg__gte=0, heading_deg__lt=360),
                name="video_camera_heading",
            ),
            models.CheckConstraint(
                condition=~Q(network=Network.SOCIAL)
                | (~Q(consent_owner="") & Q(consent_on__isnull=False)),
                name="video_social_consent",
            ),
        ]

    def __str__(self) -> str:
        return self.asset.name


class Source(models.Model):
    """One way to a camera's picture; the first that is in use is tried first.

    url: of RTSP, HTTP and ONVIF the address (ONVIF: of the device service), without credentials.
    secret: sealed JSON ("username", "password"), see ``gateway.sealing``. platform, channel_id:
    of GB/T 28181 the gateway and what it calls the channel. file: of a file its bytes.
    profile: of ONVIF the token of the media profile, "" for the first.
    """

    camera = models.ForeignKey(
        Camera, models.CASCADE, related_name="sources", verbose_name=_("摄像机")
    )
    protocol = models.CharField(_("接入方式"), max_length=10, choices=Protocol)
    url = models.CharField(_("地址"), max_length=300, blank=True, default="")
    secret = models.TextField(_("凭据（密文）"), blank=True, default="")
    platform = models.ForeignKey(
        Platform, models.PROTECT, null=True, related_name="+", verbose_name=_("网关")
    )
    channel_id = models.CharField(_("通道编码"), max_length=64, blank=True, default="")
    profile = models.CharField(_("媒体配置"), max_length=64, blank=True, default="")
    file = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, related_name="+", verbose_name=_("文件")
    )
    position = models.PositiveSmallIntegerField(_("顺序"), default=0)
    is_active = models.BooleanField(_("启用"), default=True)
    tried_at = models.DateTimeField(_("最近试取"), null=True)
    last_error = models.CharField(_("最近错误"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("取流方式")
        verbose_name_plural = _("取流方式")
        default_permissions = ()
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"{self.camera_id} {self.get_protocol_display()}"


class StandardPicture(models.Model):
    """How a camera is meant to see (标准画面), by day or by night.

    Proposed by one person and approved by another; one approved at a time and light.
    Source: VD-04, VD-06.
    """

    camera = models.ForeignKey(
        Camera, models.CASCADE, related_name="pictures", verbose_name=_("摄像机")
    )
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("画面"))
    light = models.CharField(_("光照"), max_length=5, choices=Light, default=Light.DAY)
    taken_at = models.DateTimeField(_("拍摄时间"))
    state = models.CharField(
        _("状态"), max_length=8, choices=PictureState, default=PictureState.WAITING
    )
    proposed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("提交人")
    )
    proposed_at = models.DateTimeField(_("提交时间"))
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("审核人")
    )
    decided_at = models.DateTimeField(_("审核时间"), null=True)
    note = models.CharField(_("审核意见"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("标准画面")
        verbose_name_plural = _("标准画面")
        default_permissions = ()
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["camera", "light"],
                condition=Q(state=PictureState.APPROVED),
                name="video_picture_approved_once",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="video_picture_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.camera_id} {self.get_light_display()}"
