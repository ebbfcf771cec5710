"""Words of cameras, recorders and what is done with their pictures."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Network(models.TextChoices):
    """Where a camera comes from: that decides who may change it. Source: VD-05."""

    NETWORKED = "networked", _("联网点位")
    SOCIAL = "social", _("社会点位")


class Shape(models.TextChoices):
    """How a camera is built."""

    BULLET = "bullet", _("枪机")
    DOME = "dome", _("半球")
    BALL = "ball", _("球机")
    PANORAMA = "panorama", _("全景")
    OTHER = "other", _("其他")


class Protocol(models.TextChoices):
    """How a picture is got from a camera."""

    RTSP = "rtsp", "RTSP"
    HTTP_PICTURE = "picture", _("HTTP 抓图")
    HTTP_STREAM = "stream", _("HTTP 视频流")
    ONVIF = "onvif", "ONVIF"
    GB28181 = "gb28181", _("GB/T 28181 网关")
    FILE = "file", _("视频文件")


class Delivery(models.TextChoices):
    """How the media server sends what is played. Source: VD-03."""

    MJPEG = "mjpeg", "MJPEG"
    HLS = "hls", "HLS"
    MP4 = "mp4", "MP4"


class RecorderKind(models.TextChoices):
    """What stands behind cameras and keeps their pictures."""

    DVR = "dvr", _("硬盘录像机")
    NVR = "nvr", _("网络录像机")
    PLATFORM = "platform", _("视频平台存储")


class PlatformKind(models.TextChoices):
    """What an outside platform is to us."""

    GATEWAY = "gateway", _("GB/T 28181 网关")
    CATALOGUE = "catalogue", _("公安视频图像平台")


class PictureState(models.TextChoices):
    """Whether a standard picture counts."""

    WAITING = "waiting", _("待审核")
    APPROVED = "approved", _("已审核")
    REFUSED = "refused", _("未通过")
    REPLACED = "replaced", _("已更换")


class Light(models.TextChoices):
    """In which light a standard picture was taken: cameras see otherwise by infrared."""

    DAY = "day", _("白天")
    NIGHT = "night", _("夜间")


class Purpose(models.TextChoices):
    """Why somebody looks through a camera. Source: VD-03, VD-14."""

    DUTY = "duty", _("日常值守")
    EVENT = "event", _("事件处置")
    CHECK = "check", _("设备检查")
    EVIDENCE = "evidence", _("取证")
    COMMAND = "command", _("指挥调度")


class PlayKind(models.TextChoices):
    """What is played."""

    LIVE = "live", _("实时")
    RECORD = "record", _("录像")


class RequestState(models.TextChoices):
    """Where a request for a camera stands."""

    WAITING = "waiting", _("待审核")
    APPROVED = "approved", _("已同意")
    REFUSED = "refused", _("未同意")
    WITHDRAWN = "withdrawn", _("已撤回")


class Direction(models.TextChoices):
    """Which way a catalogue went."""

    PULL = "pull", _("接收")
    PUSH = "push", _("上报")


class RunState(models.TextChoices):
    """How an exchange went."""

    RUNNING = "running", _("进行中")
    DONE = "done", _("完成")
    FAILED = "failed", _("失败")


class MediaClass(models.TextChoices):
    """What enforcement media show. Each class is kept for its own time. Source: VD-15."""

    INSPECTION = "inspection", _("现场检查")
    INQUIRY = "inquiry", _("调查询问")
    PENALTY = "penalty", _("行政处罚")
    FORCE = "force", _("行政强制")
    DISPUTE = "dispute", _("争议现场")


#: Days a class is kept from the moment it was recorded, unless somebody holds it for a case.
RETENTION_DAYS = {
    MediaClass.INSPECTION: 183,
    MediaClass.INQUIRY: 730,
    MediaClass.PENALTY: 1096,
    MediaClass.FORCE: 1827,
    MediaClass.DISPUTE: 730,
}
