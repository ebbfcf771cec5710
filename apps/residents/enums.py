"""Words of the public's accounts, and the names both sides of the interface use."""

from django.db import models
from django.utils.translation import gettext_lazy as _

#: What an API client needs to speak for citizens, and where a citizen's token stands.
SCOPE = "public.accounts"
TOKEN_HEADER = "X-Citizen-Token"  # noqa: S105  the name of a header

MANAGE = "residents.manage_accounts"
VIEW = "residents.view_accounts"

#: In the scope of an agency: every matter.
EVERYTHING = "*"
AGENCY_DAYS_MOST = 365


class AccountState(models.TextChoices):
    """Where an account stands. A frozen one may come back, the last two never do."""

    ACTIVE = "active", _("正常")
    FROZEN = "frozen", _("已冻结")
    CLOSED = "closed", _("已注销")
    MERGED = "merged", _("已并入")


#: An account in one of these owns its phone number.
LIVING = (AccountState.ACTIVE, AccountState.FROZEN)


class Proofing(models.TextChoices):
    """How the person behind an account was proved; see ``LEVEL_OF_PROOFING``."""

    PHONE = "phone", _("手机验证码")
    REAL_NAME = "real_name", _("实名核验")
    FACE = "face", _("人像核验")


#: Levels 0-3 of ``accounts.assurance.levels``: phone, document against authority, certified face.
LEVEL_OF_PROOFING = {Proofing.PHONE: 1, Proofing.REAL_NAME: 2, Proofing.FACE: 3}


class CodePurpose(models.TextChoices):
    """What a code by text message is good for: never for anything else."""

    SIGN_IN = "sign_in", _("登录")
    PHONE_CHANGE = "phone_change", _("更换手机号")


class CheckKind(models.TextChoices):
    """What the authority is asked."""

    REAL_NAME = "real_name", _("实名核验")
    FACE = "face", _("人像核验")


class CheckOutcome(models.TextChoices):
    """What the authority said. Only ``passed`` raises a level."""

    PASSED = "passed", _("通过")
    NOT_PASSED = "not_passed", _("未通过")
    NOT_AVAILABLE = "not_available", _("暂不可用")


class PersonState(models.TextChoices):
    """Where a legal person stands: only a confirmed one can be acted for."""

    CLAIMED = "claimed", _("待确认")
    CONFIRMED = "confirmed", _("已确认")
    REJECTED = "rejected", _("未确认")
    ENDED = "ended", _("已停用")


class AgencyState(models.TextChoices):
    """Where an agency stands. An accepted one is in force between its days only."""

    OFFERED = "offered", _("待接受")
    ACCEPTED = "accepted", _("已接受")
    DECLINED = "declined", _("已谢绝")
    REVOKED = "revoked", _("已撤销")


class EndReason(models.TextChoices):
    """Why a session ended before its day."""

    OWNER = "owner", _("本人退出")
    STAFF = "staff", _("工作人员结束")
    FROZEN = "frozen", _("账户冻结")
    CLOSED = "closed", _("账户注销")
    MERGED = "merged", _("账户合并")
