"""Words of the algorithm warehouse."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Task(models.TextChoices):
    """What an algorithm is for. Source: VD-09, CP-07."""

    LINE_COUNT = "line_count", _("过线计数")
    CROWDING = "crowding", _("拥挤度")
    INTRUSION = "intrusion", _("区域入侵")
    LOITERING = "loitering", _("徘徊滞留")
    ABSENCE = "absence", _("离岗")
    OCCUPATION = "occupation", _("通道占用与违停")
    LEFT_OBJECT = "left_object", _("遗留与移除")
    SMOKE_FIRE = "smoke_fire", _("烟火（提示级）")
    WATER_LEVEL = "water_level", _("水位读数（提示级）")
    DETECTION = "detection", _("目标检测")
    CLASSIFICATION = "classification", _("画面分类")
    TEXT = "text", _("文字识别")


class OutputKind(models.TextChoices):
    """The closed list of what an algorithm may give for one picture. Source: CP-05."""

    BOXES = "boxes", _("目标框")
    CLASSES = "classes", _("类别")
    MASK = "mask", _("掩膜")
    SCALAR = "scalar", _("数值")
    COUNTS = "counts", _("计数")


class Origin(models.TextChoices):
    """Who wrote the algorithm."""

    BUILTIN = "builtin", _("内置算法")
    ONNX = "onnx", _("厂商模型（ONNX）")


class State(models.TextChoices):
    """How far a version is: registered, checked, tried, evaluated, published, retired."""

    REGISTERED = "registered", _("已登记")
    CHECKED = "checked", _("校验通过")
    FAILED = "failed", _("校验未过")
    TRIED = "tried", _("试用通过")
    EVALUATED = "evaluated", _("已评测")
    PUBLISHED = "published", _("已发布")
    RETIRED = "retired", _("已停用")


class AliasName(models.TextChoices):
    """Under which name work asks for an algorithm."""

    PRODUCTION = "production", _("生产")
    CANARY = "canary", _("灰度")


class WorkState(models.TextChoices):
    """How far a piece of work is."""

    WAITING = "waiting", _("排队")
    RUNNING = "running", _("运行中")
    DONE = "done", _("已完成")
    FAILED = "failed", _("失败")
    CANCELLED = "cancelled", _("已取消")


class CapabilityKind(models.TextChoices):
    """What another department's service does. Source: CP-07, CP-08, CP-09, VD-11, VD-12.

    PROBE is a slot for what the police collects: nothing of this installation collects it (IO-15).
    """

    TEXT = "text", _("文字识别")
    VIDEO = "video", _("视频理解")
    MODEL = "model", _("模型计算")
    BUSINESS = "business", _("业务能力")
    FACE = "face", _("人脸识别")
    VEHICLE = "vehicle", _("车辆识别")
    WATCH = "watch", _("布控与轨迹")
    DIGEST = "digest", _("视频摘要与检索")
    PROBE = "probe", _("终端标识采集（公安）")


#: Never called without a law, a purpose and a second person; shipped switched off.
SENSITIVE = (
    CapabilityKind.FACE,
    CapabilityKind.VEHICLE,
    CapabilityKind.WATCH,
    CapabilityKind.DIGEST,
    CapabilityKind.PROBE,
)


class RequestState(models.TextChoices):
    """How far a request for a capability is."""

    WAITING = "waiting", _("待审批")
    APPROVED = "approved", _("已批准")
    REFUSED = "refused", _("未批准")
    REVOKED = "revoked", _("已收回")


class DataPurpose(models.TextChoices):
    """What a data set is for. Source: CP-02."""

    TRAINING = "training", _("训练")
    TEST = "test", _("评测")
    BOTH = "both", _("训练和评测")


class DataState(models.TextChoices):
    """How far a data set is: drafted, in force by a second person, ended."""

    DRAFT = "draft", _("待审核")
    IN_FORCE = "in_force", _("可用")
    RETIRED = "retired", _("已停用")
    DESTROYED = "destroyed", _("已销毁")


class Privacy(models.TextChoices):
    """What a data set tells of people."""

    NONE = "none", _("不含个人信息")
    MASKED = "masked", _("已去标识化")
    PERSONAL = "personal", _("含个人信息")
