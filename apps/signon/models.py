"""Applications of other bodies that sign on through us, who is signed on where, and our keys.

allauth keeps its own ``Client`` and ``Token`` rows. A ``Client`` exists exactly as long as its
application is live, so that every one of its endpoints knows nothing of the others.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Role, User
from apps.signon.enums import (
    ASKED,
    AccessMode,
    ApplicationState,
    CheckItem,
    DeliveryState,
    GrantKind,
    Protocol,
    ended_because,
)


class Application(models.Model):
    """A system whose users sign on here, or a link on the start page.

    owner: the unit that answers for it; only its body may see and use it unless ``is_shared``.
    roles, units: who sees it and may sign on to it; both empty: everybody of the body.
    minimum_level: trust level (1-4, AC-03) a session must have proved.
    redirect_uris: exact addresses; for CAS the service addresses, without their queries.
    secret_hash: of a random secret of 256 bits, "" before one was issued; a public client has
    none. Source: AC-02.
    """

    owner = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("归属单位")
    )
    name = models.CharField(_("名称"), max_length=40)
    description = models.CharField(_("说明"), max_length=200, blank=True, default="")
    icon = models.CharField(_("图标"), max_length=40, default="briefcase")
    position = models.PositiveSmallIntegerField(_("顺序"), default=100)
    start_url = models.CharField(_("入口地址"), max_length=500, blank=True, default="")
    roles = models.ManyToManyField(Role, related_name="+", blank=True, verbose_name=_("可用角色"))
    units = models.ManyToManyField(
        Organization, related_name="+", blank=True, verbose_name=_("可用单位")
    )
    is_shared = models.BooleanField(_("全市可用"), default=False)
    mode = models.CharField(_("接入方式"), max_length=8, choices=AccessMode)
    protocol = models.CharField(_("协议"), max_length=8, choices=Protocol, default=Protocol.OIDC)
    is_public = models.BooleanField(_("无法保管密钥"), default=False)
    asks_consent = models.BooleanField(_("登录时征得本人同意"), default=False)
    allows_refresh = models.BooleanField(_("可续期"), default=True)
    allows_device = models.BooleanField(_("可用设备登录"), default=False)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    minimum_level = models.PositiveSmallIntegerField(_("最低可信等级"), default=1)
    redirect_uris = ArrayField(models.CharField(max_length=500), default=list)
    post_logout_uris = ArrayField(models.CharField(max_length=500), default=list)
    logout_url = models.CharField(_("退出通知地址"), max_length=500, blank=True, default="")
    state = models.CharField(_("状态"), max_length=10, choices=ApplicationState)
    client_id = models.CharField(_("客户端编号"), max_length=40, unique=True)
    secret_hash = models.CharField(max_length=200, blank=True, default="", editable=False)
    secret_issued_at = models.DateTimeField(_("密钥签发时间"), null=True)
    version = models.PositiveIntegerField(_("版本"), default=1)
    applied_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    applied_at = models.DateTimeField(_("申请时间"))
    approved_at = models.DateTimeField(_("批准时间"), null=True)
    live_at = models.DateTimeField(_("上线时间"), null=True)
    suspended_at = models.DateTimeField(_("停用时间"), null=True)
    suspended_reason = models.CharField(_("停用原因"), max_length=200, blank=True, default="")
    # A receiver that does not answer is left alone for a while (see services.logouts).
    quiet_until = models.DateTimeField(_("暂缓通知至"), null=True)
    failures = models.PositiveSmallIntegerField(_("连续未送达"), default=0)

    class Meta:
        verbose_name = _("接入应用")
        verbose_name_plural = _("接入应用")
        default_permissions = ()
        permissions = [("manage_applications", _("管理接入应用"))]
        ordering = ["position", "name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(minimum_level__gte=1, minimum_level__lte=4),
                name="application_level_1_to_4",
            ),
            models.CheckConstraint(
                condition=models.Q(state=ApplicationState.APPLIED)
                | models.Q(approved_by__isnull=False),
                name="application_approved_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True)
                | ~models.Q(approved_by=models.F("applied_by")),
                name="application_two_people",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_live(self) -> bool:
        return self.state == ApplicationState.LIVE

    @property
    def asked(self) -> tuple[CheckItem, ...]:
        """What its way of access has to settle before it goes live."""
        return ASKED[AccessMode(self.mode)]


class ApplicationCheck(models.Model):
    """An item of the check list that somebody settled. Source: GW-04.

    note: what was settled, 4-300 characters. undone_at: taken back since; the row is kept.
    """

    application = models.ForeignKey(
        Application, models.PROTECT, related_name="checks", verbose_name=_("接入应用")
    )
    item = models.CharField(_("核对项"), max_length=12, choices=CheckItem)
    note = models.CharField(_("核对情况"), max_length=300)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("核对人"))
    at = models.DateTimeField(_("核对时间"))
    undone_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("撤销人")
    )
    undone_at = models.DateTimeField(_("撤销时间"), null=True)
    undone_reason = models.CharField(_("撤销原因"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("接入核对")
        verbose_name_plural = _("接入核对")
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "item"],
                condition=models.Q(undone_at__isnull=True),
                name="application_check_once",
            ),
            models.CheckConstraint(
                condition=models.Q(undone_at__isnull=True) | models.Q(undone_by__isnull=False),
                name="application_check_undone_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} · {self.get_item_display()}"


class Grant(models.Model):
    """One sign-on of one person at one application out of one browser session.

    code_hash: SHA-256 of the code, device code or ticket that stands for it; spent once.
    sid: names the browser session to the application without telling its key. acr, amr,
    auth_time: what the session had proved at that moment (AC-03). Whatever token was given
    out of this sign-on belongs to it and ends with it.
    """

    application = models.ForeignKey(Application, models.CASCADE, related_name="grants")
    user = models.ForeignKey(User, models.PROTECT, related_name="sign_on_grants")
    kind = models.CharField(_("方式"), max_length=8, choices=GrantKind)
    code_hash = models.CharField(max_length=64, unique=True)
    code_expires_at = models.DateTimeField(_("凭据有效至"))
    sid = models.CharField(max_length=64)
    issuer = models.CharField(max_length=200)
    service = models.CharField(_("服务地址"), max_length=1000, blank=True, default="")
    # Of CAS, once it was exchanged: the application knows its session by it.
    ticket = models.CharField(max_length=80, blank=True, default="", editable=False)
    acr = models.PositiveSmallIntegerField(_("可信等级"))
    amr = ArrayField(models.CharField(max_length=20), default=list)
    auth_time = models.DateTimeField(_("验证时间"))
    created_at = models.DateTimeField(_("登录时间"))
    redeemed_at = models.DateTimeField(_("兑换时间"), null=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    ended_reason = models.CharField(_("结束原因"), max_length=40, blank=True, default="")

    class Meta:
        verbose_name = _("应用登录")
        verbose_name_plural = _("应用登录")
        default_permissions = ()
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["user", "sid"],
                name="grant_open",
                condition=models.Q(ended_at__isnull=True),
            ),
            models.Index(fields=["application", "-id"], name="grant_application"),
            models.Index(fields=["created_at"], name="grant_created"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.application}"

    @property
    def why_ended(self) -> str:
        """Why it ended, in words."""
        return ended_because(self.ended_reason)


class GivenToken(models.Model):
    """A token given out of a sign-on, by its digest; a spent refresh token stays known."""

    class Kind(models.TextChoices):
        ACCESS = "access", _("访问令牌")
        REFRESH = "refresh", _("续期令牌")

    grant = models.ForeignKey(Grant, models.CASCADE, related_name="tokens")
    kind = models.CharField(_("类别"), max_length=8, choices=Kind)
    hash = models.CharField(max_length=64, unique=True)
    given_at = models.DateTimeField(_("签发时间"))
    spent_at = models.DateTimeField(_("用掉时间"), null=True)

    class Meta:
        verbose_name = _("已签发令牌")
        verbose_name_plural = _("已签发令牌")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.hash[:8]}"


class SigningKey(models.Model):
    """A key that signs identity tokens. sealed: the private half, encrypted (``sealing``).

    Published from ``created_at``, signs from ``not_before`` until a newer one does, and stays
    published until ``expires_at`` so that what it signed can still be checked.
    """

    sealed = models.TextField(editable=False)
    fingerprint = models.CharField(_("指纹"), max_length=64, unique=True)
    created_at = models.DateTimeField(_("生成时间"))
    not_before = models.DateTimeField(_("启用时间"))
    expires_at = models.DateTimeField(_("失效时间"), null=True)

    class Meta:
        verbose_name = _("签名密钥")
        verbose_name_plural = _("签名密钥")
        default_permissions = ()
        ordering = ["-not_before", "-id"]

    def __str__(self) -> str:
        return self.fingerprint[:12]


class LogoutDelivery(models.Model):
    """The duty to tell one application that one sign-on is over; kept as a visible list."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="logouts")
    grant = models.OneToOneField(Grant, models.CASCADE, related_name="logout")
    url = models.CharField(_("通知地址"), max_length=1000)
    jti = models.UUIDField(_("编号"), unique=True)
    reason = models.CharField(_("原因"), max_length=40)
    state = models.CharField(_("状态"), max_length=8, choices=DeliveryState)
    attempts = models.PositiveSmallIntegerField(_("次数"), default=0)
    last_status = models.PositiveSmallIntegerField(_("答复状态"), null=True)
    last_error = models.CharField(_("最近错误"), max_length=300, blank=True, default="")
    created_at = models.DateTimeField(_("产生时间"))
    next_at = models.DateTimeField(_("下次发送"))
    sent_at = models.DateTimeField(_("送达时间"), null=True)

    class Meta:
        verbose_name = _("退出通知")
        verbose_name_plural = _("退出通知")
        default_permissions = ()
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["application", "-id"], name="logout_application"),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.jti}"

    @property
    def why(self) -> str:
        """Why the sign-on ended, in words."""
        return ended_because(self.reason)


class PushTarget(models.Model):
    """Where the people meant for an application are told to it, before they ever sign on.

    base_url: SCIM 2.0 root of the other side. sealed_token: its bearer token, encrypted
    (``sealing``). is_on: only with a second person's approval of exactly this address; another
    address switches it off. held_back: how many would have been switched off over there when
    the nightly comparison stopped for a person to look; null while nothing waits.
    Source: AC-13, RFC 7644.
    """

    application = models.OneToOneField(Application, models.CASCADE, related_name="push")
    base_url = models.CharField(_("SCIM 地址"), max_length=500)
    sealed_token = models.TextField(editable=False)
    is_on = models.BooleanField(_("推送中"), default=False)
    version = models.PositiveIntegerField(_("版本"), default=1)
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField(_("设置时间"))
    compared_at = models.DateTimeField(_("最近全量比对"), null=True)
    held_back = models.PositiveIntegerField(_("待确认停用人数"), null=True)
    quiet_until = models.DateTimeField(_("暂缓推送至"), null=True)
    failures = models.PositiveSmallIntegerField(_("连续未送达"), default=0)

    class Meta:
        verbose_name = _("人员推送")
        verbose_name_plural = _("人员推送")
        default_permissions = ()

    def __str__(self) -> str:
        return self.base_url


class PushedPerson(models.Model):
    """One person at one application: what the other side was told last, and what it owes us.

    remote_id: the other side's identifier, "" while it knows nobody of that name. digest: of
    the last body it took. is_active: as told then. revision: grows with each order.
    """

    target = models.ForeignKey(PushTarget, models.CASCADE, related_name="people")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    remote_id = models.CharField(_("对方编号"), max_length=200, blank=True, default="")
    digest = models.CharField(max_length=64, blank=True, default="")
    is_active = models.BooleanField(_("已启用"), default=False)
    state = models.CharField(_("状态"), max_length=8, choices=DeliveryState)
    revision = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(_("次数"), default=0)
    last_status = models.PositiveSmallIntegerField(_("答复状态"), null=True)
    last_error = models.CharField(_("最近错误"), max_length=300, blank=True, default="")
    next_at = models.DateTimeField(_("下次发送"))
    sent_at = models.DateTimeField(_("送达时间"), null=True)

    class Meta:
        verbose_name = _("推送人员")
        verbose_name_plural = _("推送人员")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["target", "user"], name="pushed_person_once"),
        ]
        indexes = [models.Index(fields=["target", "state"], name="pushed_state")]

    def __str__(self) -> str:
        return f"{self.target} {self.user}"


class UpstreamLink(models.Model):
    """Who somebody is to the platform above us; made by an administrator, never by signing in.

    Source: AC-15.
    """

    user = models.OneToOneField(User, models.PROTECT, related_name="upstream_link")
    issuer = models.CharField(_("签发方"), max_length=200)
    subject = models.CharField(_("标识"), max_length=200)
    linked_at = models.DateTimeField(_("绑定时间"))
    linked_by = models.CharField(_("绑定人"), max_length=100)

    class Meta:
        verbose_name = _("上级平台身份")
        verbose_name_plural = _("上级平台身份")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="upstream_subject_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.subject}"


class UpstreamSession(models.Model):
    """A browser session that came in through the platform above us. sid, sub: its words."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40, unique=True)
    sid = models.CharField(max_length=200, blank=True, default="", db_index=True)
    sub = models.CharField(max_length=200, db_index=True)
    begun_at = models.DateTimeField(_("登录时间"))

    class Meta:
        verbose_name = _("上级平台会话")
        verbose_name_plural = _("上级平台会话")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user} {self.begun_at:%Y-%m-%d %H:%M}"


class SeenToken(models.Model):
    """The number of a logout token the platform above us sent; a repeat is refused."""

    issuer = models.CharField(max_length=200)
    jti = models.CharField(max_length=200)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("已收退出令牌")
        verbose_name_plural = _("已收退出令牌")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["issuer", "jti"], name="seen_token_once"),
        ]

    def __str__(self) -> str:
        return self.jti[:12]
