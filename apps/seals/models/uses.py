"""Requests to use seals, what was put where, and the log of every try."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.common.models import StoredFile
from apps.seals.enums import Rule, SignedForm, UseState
from apps.seals.models.seals import Seal, SealGrant, SealIssue


class UseBatch(models.Model):
    """Several documents asked for together.

    plan: reason, matter, level and seals (key, rule, place) of every document in it.
    """

    name = models.CharField(_("名称"), max_length=100)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(_("提交时间"))
    total = models.PositiveIntegerField(_("份数"), default=0)
    plan = models.JSONField(_("用印方案"), default=dict)

    class Meta:
        verbose_name = _("批量用印")
        verbose_name_plural = _("批量用印")
        default_permissions = ()
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name


class SealUse(models.Model):
    """A request to put seals on one document; it works on the approved bytes alone.

    digest: SHA-256 of the document asked for; approved_digest: of what the approver saw.
    code: by which anybody verifies the sealed copy. key: of the caller, the same key is the
    same request. level: of the requester's sign-on. matter, case_number: what it is for.
    pages: width, height (points as shown) and rotation of each; [] for a record, whose "sealed
    copy" is the detached signature. earlier: signatures of others the document brings.
    source: the office file a worker makes the document of. hands_in: submitted once it is made.
    stamped_until: when the certificate of the last archive stamp ends, None without one.
    Source: ES-01, ES-05, ES-07.
    """

    number = models.CharField(_("用印编号"), max_length=20, unique=True)
    title = models.CharField(_("文件名称"), max_length=120)
    form = models.CharField(_("签名格式"), max_length=3, choices=SignedForm, default=SignedForm.PDF)
    document = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    stamped_until = models.DateTimeField(_("归档时间戳有效至"), null=True)
    source = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    hands_in = models.BooleanField(_("转换后提交"), default=False)
    digest = models.CharField(_("文件摘要"), max_length=64)
    pages = models.JSONField(_("页面"), default=list)
    earlier = models.PositiveSmallIntegerField(_("已有签名"), default=0)
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("申请单位")
    )
    requested_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("申请人")
    )
    requested_at = models.DateTimeField(_("申请时间"))
    reason = models.CharField(_("用印事由"), max_length=200)
    matter = models.CharField(_("事项"), max_length=80, blank=True, default="")
    case_number = models.CharField(_("案件编号"), max_length=40, blank=True, default="")
    level = models.PositiveSmallIntegerField(_("登录可信等级"), default=0)
    key = models.CharField(_("请求标识"), max_length=80, blank=True, default="")
    batch = models.ForeignKey(UseBatch, models.PROTECT, null=True, related_name="uses")
    state = models.CharField(_("状态"), max_length=9, choices=UseState, default=UseState.DRAFT)
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("审批人")
    )
    approved_at = models.DateTimeField(_("审批时间"), null=True)
    approved_digest = models.CharField(_("批准的文件摘要"), max_length=64, blank=True, default="")
    approval_level = models.PositiveSmallIntegerField(_("审批登录可信等级"), default=0)
    note = models.CharField(_("审批意见"), max_length=200, blank=True, default="")
    code = models.CharField(_("验证码"), max_length=20, unique=True)
    sealed = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    sealed_digest = models.CharField(_("盖章文件摘要"), max_length=64, blank=True, default="")
    sealed_at = models.DateTimeField(_("盖章时间"), null=True)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    due_at = models.DateTimeField(_("下次尝试"), null=True)
    failure = models.CharField(_("未能盖章的原因"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("用印申请")
        verbose_name_plural = _("用印申请")
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("requested_by")),
                name="seals_use_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("approved", "sealed"))
                | Q(approved_digest=F("digest"), approved_by__isnull=False),
                name="seals_use_approved_version",
            ),
            models.UniqueConstraint(
                fields=["requested_by", "key"], condition=~Q(key=""), name="seals_use_key_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=Q(state="approved"), name="seals_use_due"
            ),
            models.Index(
                fields=["due_at", "id"], condition=Q(state="reading"), name="seals_use_reading"
            ),
            models.Index(
                fields=["stamped_until"],
                condition=Q(stamped_until__isnull=False),
                name="seals_use_stamped",
            ),
            models.Index(fields=["sealed_digest"], name="seals_use_sealed"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def is_record(self) -> bool:
        """Whether the signature lies beside the data and no seal is seen on a page."""
        return self.form in (SignedForm.CMS, SignedForm.JWS)


class SealRenewal(models.Model):
    """An archived document stamped again before its last stamp ran out; append-only.

    before, after: SHA-256 of the sealed copy. until: to when the new stamp holds. Source: ES-06.
    """

    use = models.ForeignKey(SealUse, models.PROTECT, related_name="renewals")
    at = models.DateTimeField(_("时间"))
    before = models.CharField(_("续章前摘要"), max_length=64)
    after = models.CharField(_("续章后摘要"), max_length=64)
    until = models.DateTimeField(_("有效至"))

    class Meta:
        verbose_name = _("归档续章")
        verbose_name_plural = _("归档续章")
        default_permissions = ()
        ordering = ["use", "-at"]
        indexes = [models.Index(fields=["before"], name="seals_renewal_before")]

    def __str__(self) -> str:
        return f"{self.use_id} {self.at:%Y-%m-%d}"


class BatchPaper(models.Model):
    """One document of a batch on its way to a request.

    use: the request it became. trouble: why it became none. due_at: when a worker reads it, None
    once it was read. file: None where it was no document at all.
    """

    batch = models.ForeignKey(UseBatch, models.PROTECT, related_name="papers")
    position = models.PositiveSmallIntegerField(_("次序"))
    title = models.CharField(_("文件名称"), max_length=120)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    use = models.OneToOneField(SealUse, models.PROTECT, null=True, related_name="paper")
    trouble = models.CharField(_("未能提交的原因"), max_length=200, blank=True, default="")
    due_at = models.DateTimeField(_("下次处理"), null=True)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)

    class Meta:
        verbose_name = _("批次文件")
        verbose_name_plural = _("批次文件")
        default_permissions = ()
        ordering = ["batch", "position"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "position"], name="seals_paper_once"),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=Q(due_at__isnull=False), name="seals_paper_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.title}"


class Placement(models.Model):
    """One seal of a request and where it is put. Lengths in mm from the page's top left.

    page: from 1, 0 for the last. issue: the making of the seal that signed. grant: by which.
    """

    use = models.ForeignKey(SealUse, models.CASCADE, related_name="placements")
    seal = models.ForeignKey(Seal, models.PROTECT, related_name="placements")
    position = models.PositiveSmallIntegerField(_("次序"))
    rule = models.CharField(_("方式"), max_length=10, choices=Rule, default=Rule.POINT)
    page = models.PositiveSmallIntegerField(_("页码"), default=0)
    x_mm = models.FloatField(_("左边距（毫米）"), default=0)
    y_mm = models.FloatField(_("上边距（毫米）"), default=0)
    keyword = models.CharField(_("关键字"), max_length=40, blank=True, default="")
    grant = models.ForeignKey(SealGrant, models.PROTECT, null=True, related_name="+")
    issue = models.ForeignKey(SealIssue, models.PROTECT, null=True, related_name="placements")

    class Meta:
        verbose_name = _("用印位置")
        verbose_name_plural = _("用印位置")
        default_permissions = ()
        ordering = ["use", "position"]
        constraints = [
            models.UniqueConstraint(fields=["use", "position"], name="seals_placement_order"),
            models.UniqueConstraint(fields=["use", "seal"], name="seals_placement_once"),
        ]

    def __str__(self) -> str:
        return f"{self.use_id} {self.position}"


class SealLog(models.Model):
    """Every try to use a seal, done or refused; append-only.

    key_digest: SHA-256 of the bytes the key store signed, as its journal has it; "" where no
    key was used. Source: ES-03.
    """

    at = models.DateTimeField(_("时间"))
    use_number = models.CharField(_("用印编号"), max_length=20, blank=True, default="")
    seal = models.ForeignKey(Seal, models.PROTECT, null=True, related_name="log")
    issue = models.ForeignKey(SealIssue, models.PROTECT, null=True, related_name="+")
    digest = models.CharField(_("文件摘要"), max_length=64, blank=True, default="")
    sealed_digest = models.CharField(_("盖章后摘要"), max_length=64, blank=True, default="")
    person_id = models.BigIntegerField(_("人员编号"), null=True)
    person_name = models.CharField(_("人员"), max_length=100)
    unit_path = models.CharField(_("单位路径"), max_length=255, blank=True, default="")
    level = models.PositiveSmallIntegerField(_("登录可信等级"), default=0)
    matter = models.CharField(_("事项"), max_length=80, blank=True, default="")
    is_done = models.BooleanField(_("已盖章"))
    reason = models.CharField(_("拒绝原因"), max_length=200, blank=True, default="")
    key_label = models.CharField(_("密钥名称"), max_length=60, blank=True, default="")
    key_digest = models.CharField(_("签名内容摘要"), max_length=64, blank=True, default="")

    class Meta:
        verbose_name = _("用印日志")
        verbose_name_plural = _("用印日志")
        default_permissions = ()
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["key_digest"], name="seals_log_key"),
            models.Index(fields=["-at"], name="seals_log_at"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.use_number}"
