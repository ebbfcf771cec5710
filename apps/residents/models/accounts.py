"""Natural persons outside the house, how they sign in, and how they were proved. AC-04, AC-05."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.common.masking import mask_name, mask_phone
from apps.gateway.models import ApiClient
from apps.residents.enums import (
    LIVING,
    AccountState,
    CheckKind,
    CheckOutcome,
    CodePurpose,
    EndReason,
    Proofing,
)


class PublicAccount(models.Model):
    """A person known to one body by a telephone they hold in their hand.

    phone: 11 digits, once among the living accounts of a body. name: as checked, or as stated
    while the level is 1. identity_sealed, identity_digest: of the identity number, both empty
    before a check; see ``residents.identity_numbers``. proofing_level: 1-3, only ever raised.
    merged_into: where everything went. ended_at: when it was closed or merged.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    phone = models.CharField(_("手机"), max_length=11)
    name = models.CharField(_("姓名"), max_length=60, blank=True, default="")
    identity_sealed = models.TextField(_("证件号码（加密）"), blank=True, default="")
    identity_digest = models.CharField(_("证件号码摘要"), max_length=64, blank=True, default="")
    proofing_level = models.PositiveSmallIntegerField(_("核验等级"), default=1)
    proofing_method = models.CharField(
        _("核验方式"), max_length=10, choices=Proofing, default=Proofing.PHONE
    )
    proofed_at = models.DateTimeField(_("核验时间"))
    state = models.CharField(
        _("状态"), max_length=8, choices=AccountState, default=AccountState.ACTIVE
    )
    state_reason = models.CharField(_("事由"), max_length=200, blank=True, default="")
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")
    created_at = models.DateTimeField(_("创建时间"))
    ended_at = models.DateTimeField(_("终止时间"), null=True)
    last_seen_at = models.DateTimeField(_("最近登录"), null=True)

    class Meta:
        verbose_name = _("公众账户")
        verbose_name_plural = _("公众账户")
        default_permissions = ()
        permissions = [
            ("view_accounts", _("查看公众账户")),
            ("manage_accounts", _("管理公众账户")),
        ]
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "phone"],
                condition=models.Q(state__in=LIVING),
                name="public_account_phone_once",
            ),
            models.CheckConstraint(
                condition=models.Q(proofing_level__gte=1, proofing_level__lte=3),
                name="public_account_level_1_to_3",
            ),
            models.CheckConstraint(
                condition=models.Q(state=AccountState.MERGED, merged_into__isnull=False)
                | (~models.Q(state=AccountState.MERGED) & models.Q(merged_into__isnull=True)),
                name="public_account_merged_into_one",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=LIVING, ended_at__isnull=True)
                | (~models.Q(state__in=LIVING) & models.Q(ended_at__isnull=False)),
                name="public_account_ended_or_not",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "phone"], name="public_account_phone"),
            models.Index(
                fields=["tenant", "identity_digest"],
                condition=~models.Q(identity_digest=""),
                name="public_account_identity",
            ),
        ]

    def __str__(self) -> str:
        return f"{mask_name(self.name)} {mask_phone(self.phone)}".strip()

    @property
    def is_living(self) -> bool:
        """Whether the account still owns its phone number."""
        return self.state in LIVING

    @property
    def is_real_name(self) -> bool:
        """Whether name and identity number were checked against the authority."""
        return self.proofing_level >= 2


class FormerPhone(models.Model):
    """A number an account had from one moment to another, before its owner changed it.

    What was reported by that number in that time is still this person's; what is reported
    later is whoever's has the number then.
    """

    account = models.ForeignKey(PublicAccount, models.PROTECT, related_name="former_phones")
    phone = models.CharField(_("手机"), max_length=11)
    taken_at = models.DateTimeField(_("启用时间"))
    left_at = models.DateTimeField(_("更换时间"))

    class Meta:
        verbose_name = _("原手机")
        verbose_name_plural = _("原手机")
        default_permissions = ()
        indexes = [models.Index(fields=["phone", "left_at"], name="former_phone")]

    def __str__(self) -> str:
        return mask_phone(self.phone)


class SignInCode(models.Model):
    """A code sent to a telephone: one live per phone of a body, for the client that asked.

    purpose: what it is good for, as its message said. code_hash: keyed, because a million codes
    are tried in a blink. tries: wrong ones. ended_at: used, used up, or replaced by a newer one.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    client = models.ForeignKey(ApiClient, models.PROTECT, related_name="+")
    phone = models.CharField(_("手机"), max_length=11)
    purpose = models.CharField(
        _("用途"),
        max_length=20,
        choices=CodePurpose,
        default=CodePurpose.SIGN_IN,
        db_default=CodePurpose.SIGN_IN.value,
    )
    code_hash = models.CharField(_("验证码摘要"), max_length=64)
    tries = models.PositiveSmallIntegerField(_("试错次数"), default=0)
    created_at = models.DateTimeField(_("发送时间"))
    expires_at = models.DateTimeField(_("有效至"))
    ended_at = models.DateTimeField(_("终止时间"), null=True)

    class Meta:
        verbose_name = _("公众短信验证码")
        verbose_name_plural = _("公众短信验证码")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "phone"],
                condition=models.Q(ended_at__isnull=True),
                name="sign_in_code_one_live",
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="sign_in_code_age")]

    def __str__(self) -> str:
        return mask_phone(self.phone)


class PublicToken(models.Model):
    """A citizen signed in on one device, through one client.

    token_hash: of 256 bits of chance. acting_for: the legal person they act for at present;
    whether they still may is asked at every request.
    """

    account = models.ForeignKey(PublicAccount, models.PROTECT, related_name="tokens")
    client = models.ForeignKey(ApiClient, models.PROTECT, related_name="+")
    token_hash = models.CharField(_("令牌摘要"), max_length=64, unique=True)
    device = models.CharField(_("设备"), max_length=80, blank=True, default="")
    acting_for = models.ForeignKey(
        "residents.LegalPerson", models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("登录时间"))
    expires_at = models.DateTimeField(_("有效至"))
    last_used_at = models.DateTimeField(_("最近使用"))
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    end_reason = models.CharField(
        _("结束原因"), max_length=8, choices=EndReason, blank=True, default=""
    )

    class Meta:
        verbose_name = _("公众登录")
        verbose_name_plural = _("公众登录")
        default_permissions = ()
        ordering = ["-id"]
        indexes = [models.Index(fields=["account", "-id"], name="public_token_account")]

    def __str__(self) -> str:
        return self.device or str(self.pk)


class MiniProgramBinding(models.Model):
    """A user of a client's mini-program, known by the platform's open id, is this account."""

    client = models.ForeignKey(ApiClient, models.PROTECT, related_name="+")
    open_id = models.CharField(_("小程序用户标识"), max_length=80)
    account = models.ForeignKey(PublicAccount, models.PROTECT, related_name="bindings")
    bound_at = models.DateTimeField(_("绑定时间"))

    class Meta:
        verbose_name = _("小程序绑定")
        verbose_name_plural = _("小程序绑定")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["client", "open_id"], name="mini_program_user_once"),
        ]

    def __str__(self) -> str:
        return f"{self.client} · {self.account_id}"


class IdentityCheck(models.Model):
    """One question to the authority and its answer; holds neither number nor picture.

    provider: the adapter that was asked. reason: for people, "" where it passed.
    """

    account = models.ForeignKey(PublicAccount, models.PROTECT, related_name="checks")
    client = models.ForeignKey(ApiClient, models.PROTECT, related_name="+")
    kind = models.CharField(_("核验种类"), max_length=10, choices=CheckKind)
    provider = models.CharField(_("核验渠道"), max_length=40)
    outcome = models.CharField(_("结果"), max_length=14, choices=CheckOutcome)
    reason = models.CharField(_("原因"), max_length=200, blank=True, default="")
    level_before = models.PositiveSmallIntegerField(_("核验前等级"))
    level_after = models.PositiveSmallIntegerField(_("核验后等级"))
    checked_at = models.DateTimeField(_("核验时间"))

    class Meta:
        verbose_name = _("身份核验")
        verbose_name_plural = _("身份核验")
        default_permissions = ()
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome=CheckOutcome.PASSED)
                | models.Q(level_after=models.F("level_before")),
                name="identity_check_only_passing_raises",
            ),
            models.CheckConstraint(
                condition=models.Q(level_after__gte=models.F("level_before")),
                name="identity_check_never_lowers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.get_outcome_display()}"
