"""The words of seals. Source: 《电子印章管理办法》 国办发〔2025〕33号; GB/T 38540-2020."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SealKind(models.TextChoices):
    """What a seal stands for."""

    UNIT = "unit", _("单位公章")
    LEGAL = "legal", _("法定名称章")
    SPECIAL = "special", _("业务专用章")
    FINANCE = "finance", _("财务专用章")
    CONTRACT = "contract", _("合同专用章")
    PERSON = "person", _("负责人名章")


class Algorithm(models.TextChoices):
    """How a seal signs."""

    SM2 = "sm2", _("SM2 / SM3（国密）")
    RSA = "rsa", _("RSA-2048 / SHA-256")
    ECDSA = "ecdsa", _("ECDSA P-256 / SHA-256")


class KeepingLevel(models.TextChoices):
    """How long what a seal signed stays verifiable (ETSI EN 319 142-1)."""

    BASIC = "basic", _("基本（B-B / B-T）")
    LONG = "lt", _("长期（B-LT）")
    ARCHIVE = "lta", _("归档（B-LTA）")


class SealState(models.TextChoices):
    """Where a seal stands in its life."""

    APPLIED = "applied", _("待审批")
    REFUSED = "refused", _("未批准")
    APPROVED = "approved", _("待制作")
    MAKING = "making", _("制作中")
    MADE = "made", _("待备案")
    FILED = "filed", _("待启用")
    ACTIVE = "active", _("使用中")
    SUSPENDED = "suspended", _("停用")
    DESTROYING = "destroying", _("销毁中")
    DESTROYED = "destroyed", _("已销毁")


class Rule(models.TextChoices):
    """Where a seal is put on a document."""

    POINT = "point", _("指定位置")
    KEYWORD = "keyword", _("关键字")
    EVERY_PAGE = "every_page", _("每页")
    ACROSS = "across", _("骑缝")


class SignedForm(models.TextChoices):
    """What a request makes: a document with pictures of seals, or a signature beside a record."""

    # Beside PDF the national format of fixed pages; its seals are those of GB/T 38540.

    PDF = "pdf", _("版式文件（PDF）")
    OFD = "ofd", _("版式文件（OFD，GB/T 33190）")
    CMS = "cms", _("数据签名（CMS，.p7s）")
    JWS = "jws", _("数据签名（JWS，.jws）")


class UseState(models.TextChoices):
    """Where a request to use seals stands."""

    READING = "reading", _("转换中")
    DRAFT = "draft", _("待放置")
    WAITING = "waiting", _("待审批")
    REFUSED = "refused", _("未批准")
    WITHDRAWN = "withdrawn", _("已撤回")
    APPROVED = "approved", _("待盖章")
    SEALED = "sealed", _("已盖章")
    FAILED = "failed", _("未能盖章")


class MediumKind(models.TextChoices):
    """What a private key lies in."""

    DISK = "disk", _("密钥盘")
    MODULE = "module", _("服务器密码机")
    DEVICE = "device", _("GM/T 0016 密码设备")
    SOFTWARE = "software", _("软件密钥库")


class MediumState(models.TextChoices):
    """Where a key medium is."""

    ISSUED = "issued", _("在库")
    BOUND = "bound", _("已绑定")
    LENT = "lent", _("借出")
    LOST = "lost", _("挂失")
    REVOKED = "revoked", _("已注销")
