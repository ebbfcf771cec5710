"""Seals, their impressions with certificates, their history, who may use them."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Post, User
from apps.seals.enums import Algorithm, KeepingLevel, SealKind, SealState

_ALIVE = ("made", "filed", "active", "suspended")


class Seal(models.Model):
    """The seal of a unit, from application to destruction.

    unit_name: as the unit was called when the seal was applied for; a seal of another name
    vouches for nobody. matter: what it may be used for, "" for everything. key_store: which
    store holds its keys. level: what is embedded with each use. attention: what happened to the
    unit and must be acted upon.
    pending_request: what the city's certificate authority is asked, while a making waits for it.
    Source: ES-05, 国办发〔2025〕33号.
    """

    code = models.CharField(_("印章编码"), max_length=20, unique=True)
    name = models.CharField(_("印章名称"), max_length=60)
    kind = models.CharField(_("类别"), max_length=8, choices=SealKind)
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="seals", verbose_name=_("所属单位")
    )
    unit_name = models.CharField(_("申请时单位名称"), max_length=100)
    purpose = models.CharField(_("用途"), max_length=200)
    basis = models.CharField(_("刻制依据"), max_length=200)
    algorithm = models.CharField(_("签名算法"), max_length=5, choices=Algorithm)
    key_store = models.CharField(_("密钥存储"), max_length=10, default="software")
    level = models.CharField(
        _("保存级别"), max_length=5, choices=KeepingLevel, default=KeepingLevel.BASIC
    )
    width_mm = models.FloatField(_("印面宽（毫米）"))
    height_mm = models.FloatField(_("印面高（毫米）"))
    picture = models.BinaryField(_("印模"))
    state = models.CharField(_("状态"), max_length=10, choices=SealState, default=SealState.APPLIED)
    applied_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("申请人"))
    applied_at = models.DateTimeField(_("申请时间"))
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("审批人")
    )
    approved_at = models.DateTimeField(_("审批时间"), null=True)
    filing_number = models.CharField(_("备案编号"), max_length=60, blank=True, default="")
    filing_authority = models.CharField(_("备案机关"), max_length=100, blank=True, default="")
    filed_on = models.DateField(_("备案日期"), null=True)
    attention = models.CharField(_("需处理事项"), max_length=200, blank=True, default="")
    ending_asked_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("提出销毁")
    )
    ending_reason = models.CharField(_("销毁原因"), max_length=200, blank=True, default="")
    ended_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("批准销毁")
    )
    ended_at = models.DateTimeField(_("销毁时间"), null=True)
    pending_label = models.CharField(_("制作中的密钥"), max_length=60, blank=True, default="")
    pending_request = models.TextField(_("证书请求"), blank=True, default="")
    pending_certificate = models.TextField(_("待装入的证书"), blank=True, default="")
    ordered_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("制作人")
    )
    failure = models.CharField(_("最近失败原因"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("电子印章")
        verbose_name_plural = _("电子印章")
        default_permissions = ()
        permissions = [
            ("view_seals", _("查看电子印章")),
            ("apply_seals", _("申请电子印章")),
            ("approve_seals", _("审批电子印章和用印")),
            ("keep_seals", _("管理电子印章和密钥介质")),
            ("use_seals", _("申请用印")),
        ]
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("applied_by")),
                name="seals_two_people_begin",
            ),
            models.CheckConstraint(
                condition=Q(ended_by__isnull=True) | ~Q(ended_by=F("ending_asked_by")),
                name="seals_two_people_end",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=_ALIVE) | Q(approved_by__isnull=False),
                name="seals_made_when_approved",
            ),
            models.CheckConstraint(
                condition=Q(width_mm__gte=10, height_mm__gte=10)
                & Q(width_mm__lte=80, height_mm__lte=80),
                name="seals_true_size",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.code}）"


class SealIssue(models.Model):
    """One making of a seal: its key, certificate and impression; the next replaces it.

    structure: the signed seal of GB/T 38540 (DER). proof: SHA-256 of the destroyed key.
    """

    seal = models.ForeignKey(Seal, models.PROTECT, related_name="issues")
    number = models.PositiveSmallIntegerField(_("版次"))
    key_label = models.CharField(_("密钥名称"), max_length=60, unique=True)
    key_store = models.CharField(_("密钥存储"), max_length=10)
    algorithm = models.CharField(_("签名算法"), max_length=5, choices=Algorithm)
    certificate = models.TextField(_("证书"))
    chain = models.TextField(_("上级证书"), blank=True, default="")
    serial = models.CharField(_("证书序列号"), max_length=60)
    fingerprint = models.CharField(_("证书指纹"), max_length=64, unique=True)
    not_before = models.DateTimeField(_("有效期起"))
    not_after = models.DateTimeField(_("有效期止"))
    picture = models.BinaryField(_("印模"))
    structure = models.BinaryField(_("印章数据"))
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("制作人"))
    made_at = models.DateTimeField(_("制作时间"))
    ended_at = models.DateTimeField(_("作废时间"), null=True)
    end_reason = models.CharField(_("作废原因"), max_length=200, blank=True, default="")
    proof = models.CharField(_("密钥销毁证明"), max_length=64, blank=True, default="")

    class Meta:
        verbose_name = _("印章制作记录")
        verbose_name_plural = _("印章制作记录")
        default_permissions = ()
        ordering = ["seal", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["seal", "number"], name="seals_issue_number"),
            models.UniqueConstraint(
                fields=["seal"], condition=Q(ended_at__isnull=True), name="seals_one_issue"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seal_id} v{self.number}"


class SealEvent(models.Model):
    """What happened to a seal; append-only. state: in which it was afterwards."""

    seal = models.ForeignKey(Seal, models.PROTECT, related_name="events")
    at = models.DateTimeField(_("时间"))
    deed = models.CharField(_("事项"), max_length=30)
    state = models.CharField(_("此后状态"), max_length=10, choices=SealState)
    actor_name = models.CharField(_("办理人"), max_length=100)
    note = models.CharField(_("说明"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("印章履历")
        verbose_name_plural = _("印章履历")
        default_permissions = ()
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.seal_id} {self.deed}"


class SealGrant(models.Model):
    """Whoever holds this post may ask for the seal, for this matter, so often, so long.

    matter: code of a matter type, "" for any. quota: uses in all, None for no limit.
    """

    seal = models.ForeignKey(Seal, models.PROTECT, related_name="grants")
    post = models.ForeignKey(Post, models.PROTECT, related_name="+", verbose_name=_("岗位"))
    matter = models.CharField(_("事项"), max_length=80, blank=True, default="")
    quota = models.PositiveIntegerField(_("次数"), null=True)
    used = models.PositiveIntegerField(_("已用"), default=0)
    from_on = models.DateField(_("起"))
    to_on = models.DateField(_("止"), null=True)
    granted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(_("终止时间"), null=True)

    class Meta:
        verbose_name = _("用印授权")
        verbose_name_plural = _("用印授权")
        default_permissions = ()
        ordering = ["seal", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quota__isnull=True) | Q(used__lte=F("quota")),
                name="seals_grant_quota",
            ),
            models.UniqueConstraint(
                fields=["seal", "post", "matter"],
                condition=Q(ended_at__isnull=True),
                name="seals_grant_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seal_id} {self.post_id}"
