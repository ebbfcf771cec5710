"""Fixed words of governance. Numbers, weights and lists of a city are data, never here."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DisputeKind(models.TextChoices):
    """What people quarrel about (GR-16)."""

    FAMILY = "family", _("婚姻家庭")
    NEIGHBOUR = "neighbour", _("邻里关系")
    PROPERTY = "property", _("物业管理")
    LABOUR = "labour", _("劳动争议")
    LAND = "land", _("土地山林")
    HOUSING = "housing", _("房屋宅基地")
    DAMAGES = "damages", _("损害赔偿")
    CONTRACT = "contract", _("合同借贷")
    CONSUMER = "consumer", _("消费纠纷")
    MEDICAL = "medical", _("医疗纠纷")
    TRAFFIC = "traffic", _("道路交通")
    OTHER = "other", _("其他")


class PartyRole(models.TextChoices):
    """On which side a party stands."""

    APPLICANT = "applicant", _("申请人")
    RESPONDENT = "respondent", _("被申请人")
    THIRD = "third", _("第三人")


class PartyKind(models.TextChoices):
    """A person or a firm."""

    PERSON = "person", _("个人")
    FIRM = "firm", _("单位")


class SessionOutcome(models.TextChoices):
    """How one session of mediation ended."""

    ADJOURNED = "adjourned", _("择期再调")
    AGREED = "agreed", _("达成一致")
    FAILED = "failed", _("未达成一致")


class DisputeResult(models.TextChoices):
    """How the whole mediation ended."""

    AGREED = "agreed", _("达成协议")
    SPOKEN = "spoken", _("口头和解")
    FAILED = "failed", _("调解不成")
    WITHDRAWN = "withdrawn", _("撤回申请")
    REFERRED = "referred", _("引导仲裁诉讼")


class ConsentWay(models.TextChoices):
    """How a party agreed to the text."""

    SIGNED = "signed", _("本人签字")
    SEALED = "sealed", _("单位盖章")
    PROXY = "proxy", _("代理人签字")


class Fulfilment(models.TextChoices):
    """What a follow-up visit found of the agreement."""

    FULL = "full", _("已履行")
    PARTLY = "partly", _("部分履行")
    NOT_YET = "not_yet", _("尚未履行")
    BROKEN = "broken", _("反悔")


class CentreLevel(models.TextChoices):
    """The four levels of centres (GR-17), from the top."""

    CITY = "city", _("市级")
    DISTRICT = "district", _("区县级")
    STREET = "street", _("街道（镇）级")
    VILLAGE = "village", _("社区（村）级")


#: The higher the number, the lower the centre.
LEVEL_ORDER = {level: number for number, level in enumerate(CentreLevel)}


class Direction(models.TextChoices):
    """Which way a dispute went between centres."""

    UP = "up", _("上交")
    DOWN = "down", _("下交")


class TextState(models.TextChoices):
    """Where a version of a template or formula is."""

    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("待审批")
    PUBLISHED = "published", _("已发布")
    RETIRED = "retired", _("已停用")


class RiskLevel(models.TextChoices):
    """What an assessment of a major decision concludes (GR-19)."""

    LOW = "low", _("低风险")
    MEDIUM = "medium", _("中风险")
    HIGH = "high", _("高风险")


class AssessmentState(models.TextChoices):
    """Where an assessment is; a conclusion waits for its second person in the approvals."""

    DRAFT = "draft", _("评估中")
    APPROVED = "approved", _("已审定")


class OpinionSource(models.TextChoices):
    """Who was asked about a decision."""

    PUBLIC = "public", _("群众")
    UNIT = "unit", _("单位")
    EXPERT = "expert", _("专家")


class Subject(models.TextChoices):
    """Whom an appraisal ranks."""

    WORKER = "worker", _("网格员")
    STREET = "street", _("街道")


class RunState(models.TextChoices):
    """Where an appraisal of a month is."""

    COMPUTED = "computed", _("待公布")
    PUBLISHED = "published", _("已公布")


class AppealState(models.TextChoices):
    """What became of an appeal against one counted row."""

    PENDING = "pending", _("待裁定")
    GRANTED = "granted", _("予以剔除")
    REFUSED = "refused", _("维持原计")


class AskedAgainFor(models.TextChoices):
    """Why a form may ask what the city holds already."""

    CHANGED = "changed", _("可能已变化，须当场核对")
    LAW = "law", _("法规要求本人再次填写")
    ELSEWHERE = "elsewhere", _("已有数据属于他人或他处，不能通用")
    CONFIRM = "confirm", _("以预填值请本人确认")
