from django.db import models
from django.utils.translation import gettext_lazy as _


class Indicator(models.TextChoices):
    """The four indicators of the appraisal of operations. Source: OP-16."""

    ONLINE = "online", _("在线率")
    RECORDING = "recording", _("录像完好率")
    REPAIR = "repair", _("修复率")
    PICTURE = "picture", _("视频完好率")


class StaffPart(models.TextChoices):
    """The parts of the rating of people and posts. Source: OP-17."""

    QUANTITY = "quantity", _("完成数量")
    TIME = "time", _("修复时长")
    COST = "cost", _("费用控制")
    ON_TIME = "on_time", _("服务时限")
    ABILITY = "ability", _("岗位能力")


class StaffKind(models.TextChoices):
    """Who is rated beside areas and vendors."""

    PERSON = "person", _("人员")
    POST = "post", _("岗位")


class StaffFactKind(models.TextChoices):
    """What a rating of somebody is made of."""

    REPAIR = "repair", _("维修")
    TARGET = "target", _("岗位指标")
    COURSE = "course", _("岗位培训")


class Cause(models.TextChoices):
    """Why a point was out; decides whether it is held against anybody."""

    POWER = "power", _("停电")
    NETWORK = "network", _("网络")
    WORKS = "works", _("施工")
    EQUIPMENT = "equipment", _("设备")
    VENDOR = "vendor", _("维保")


class FactKind(models.TextChoices):
    """Where a counted row comes from."""

    OUTAGE = "outage", _("中断")
    RECORDING = "recording", _("录像")
    ORDER = "order", _("工单")
    LOOK = "look", _("画面诊断")


class SchemeState(models.TextChoices):
    """The way of a scheme: written by one person, published by another."""

    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("待审批")
    PUBLISHED = "published", _("已发布")
    RETIRED = "retired", _("已停用")


class RunState(models.TextChoices):
    """Where the appraisal of a month is."""

    DRAFT = "draft", _("计算中")
    APPEALING = "appealing", _("申诉期")
    FROZEN = "frozen", _("已封存")


class PassState(models.TextChoices):
    """Where one computation is."""

    QUEUED = "queued", _("排队中")
    RUNNING = "running", _("计算中")
    DONE = "done", _("已完成")
    FAILED = "failed", _("未完成")


OPEN_PASSES = (PassState.QUEUED, PassState.RUNNING)


class SubjectKind(models.TextChoices):
    """What is ranked."""

    DISTRICT = "district", _("区县")
    STREET = "street", _("街道")
    VENDOR = "vendor", _("维保单位")


class Wish(models.TextChoices):
    """What an appeal asks for."""

    LEAVE_OUT = "leave_out", _("不计入")
    RECAUSE = "recause", _("更正原因")


class AppealState(models.TextChoices):
    """What became of an appeal."""

    PENDING = "pending", _("待裁定")
    GRANTED = "granted", _("申诉成立")
    REFUSED = "refused", _("维持原计")


class Grade(models.TextChoices):
    """How a target was met. Source: OP-17."""

    EXCELLENT = "excellent", _("优秀")
    GOOD = "good", _("良好")
    PASSED = "passed", _("合格")
    FAILED = "failed", _("不合格")
