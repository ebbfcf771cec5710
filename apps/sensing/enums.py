"""Words of devices and of what they report."""

from django.db import models
from django.utils.translation import gettext_lazy as _

#: Code of the shipped kind whose devices bring fields of their own, one by one.
OPEN_PROFILE = "open"


class Link(models.TextChoices):
    """How devices of a profile are connected. Source: IO-02."""

    ETHERNET = "ethernet", _("以太网")
    PON = "pon", _("光纤（PON）")
    RS485 = "rs485", "RS485"
    NB_IOT = "nb_iot", "NB-IoT"
    LORA = "lora", "LoRa"
    ZIGBEE = "zigbee", "ZigBee"
    CELLULAR = "cellular", _("4G/5G")


class FieldKind(models.TextChoices):
    """What the values of a field are."""

    NUMBER = "number", _("数值")
    BOOLEAN = "boolean", _("是否")
    CATEGORY = "category", _("类别")


class DeviceState(models.TextChoices):
    """Whether a device is heard. Silence is never recovery: a faulty one goes to unknown."""

    UNKNOWN = "unknown", _("未知")
    ONLINE = "online", _("在线")
    OFFLINE = "offline", _("离线")
    FAULT = "fault", _("故障")


#: How the map paints a device, the city's own or a district's.
DEVICE_COLORS = {
    DeviceState.ONLINE.value: "#2e7d32",
    DeviceState.OFFLINE.value: "#b26a00",
    DeviceState.FAULT.value: "#c62828",
    DeviceState.UNKNOWN.value: "#6b7280",
}


class Quality(models.IntegerChoices):
    """How far a reading can be trusted. Source: IO-05."""

    VALID = 0, _("有效")
    SUSPECT = 1, _("可疑")
    MISSING = 2, _("缺测")
    LATE = 3, _("补传")


class Flaw(models.IntegerChoices):
    """Why a reading is suspect."""

    NONE = 0, _("无")
    RANGE = 1, _("超出合理范围")
    STEP = 2, _("变化过快")
    STUCK = 3, _("长时间不变")
    TOLD = 4, _("设备自报可疑")
    NEIGHBOURS = 5, _("与邻近设备不符")


class Refusal(models.TextChoices):
    """Why something sent was not taken."""

    UNKNOWN_NODE = "unknown_node", _("节点未登记")
    OTHER_NODE = "other_node", _("凭据不属于该节点")
    STOPPED = "stopped", _("设备已停用")
    BAD_KEY = "bad_key", _("凭据无效")
    BAD_CLAIM = "bad_claim", _("领取码无效")
    SHAPE = "shape", _("格式有误")
    UNKNOWN_FIELD = "unknown_field", _("型号没有该字段")
    NOT_A_VALUE = "not_a_value", _("不是有效值")
    WRONG_UNIT = "wrong_unit", _("单位不符")
    TOO_OLD = "too_old", _("时间过早")
    AHEAD = "ahead", _("时间超前")
    REPLAYED = "replayed", _("同一时刻重复上报")
    FLOOD = "flood", _("上报过于频繁")
    TOO_LARGE = "too_large", _("内容过大")
