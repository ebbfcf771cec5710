from django.db import models
from django.utils.translation import gettext_lazy as _


class FileKind(models.TextChoices):
    """The five kinds of files. Source: RG-08."""

    PERSON = "person", _("人员")
    PREMISES = "premises", _("房屋")
    FIRM = "firm", _("企业")
    SITE = "site", _("场所")
    GOODS = "goods", _("物品")


class Household(models.TextChoices):
    """How a person is registered here."""

    RESIDENT = "resident", _("常住")
    FLOATING = "floating", _("流动")
    OVERSEAS = "overseas", _("境外")


class EditState(models.TextChoices):
    """What became of an edit somebody sent."""

    APPLIED = "applied", _("已生效")
    MERGED = "merged", _("已合并生效")
    CONFLICT = "conflict", _("待核对")
    REFUSED = "refused", _("未采用")
    SETTLED = "settled", _("已核对")


class Utility(models.TextChoices):
    """What a house uses."""

    WATER = "water", _("用水")
    POWER = "power", _("用电")
    GAS = "gas", _("用气")


class TargetState(models.TextChoices):
    """How far one target of a collection task is."""

    OPEN = "open", _("待采集")
    DONE = "done", _("已采集")
    GOOD = "good", _("抽查合格")
    BAD = "bad", _("抽查不合格")


class FieldGroup(models.TextChoices):
    """Fields of files as they are given to departments: each group is a right of its own."""

    BASIC = "basic", _("基本信息")
    CONTACT = "contact", _("联系方式")
    IDENTITY = "identity", _("证件")
    LINKS = "links", _("关联关系")
    EXTRA = "extra", _("扩展信息")
