"""Algorithms, their versions, the names they are called by, what they are measured on."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.algorithms.enums import AliasName, Origin, OutputKind, State, Task
from apps.common.models import StoredFile
from apps.places.models import Area


class Algorithm(models.Model):
    """One algorithm of one maker; what it does stands in its versions. Source: CP-05.

    vendor_key: the maker's public key (PEM); where there is one, every version must be signed.
    """

    code = models.SlugField(_("代码"), max_length=60, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    vendor = models.CharField(_("厂商"), max_length=60)
    task = models.CharField(_("用途"), max_length=20, choices=Task)
    origin = models.CharField(_("来源"), max_length=10, choices=Origin)
    vendor_key = models.TextField(_("厂商公钥"), blank=True, default="")
    created_at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = _("算法")
        verbose_name_plural = _("算法")
        default_permissions = ()
        ordering = ["code"]
        permissions = [
            ("view_algorithms", _("查看算法仓库")),
            ("keep_algorithms", _("登记、校验和评测算法")),
            ("publish_algorithms", _("发布和停用算法、审批能力申请")),
            ("use_capabilities", _("申请和调用外部能力")),
        ]

    def __str__(self) -> str:
        return self.name


class AlgorithmVersion(models.Model):
    """One version, never changed after it was registered; only its state moves. Source: CP-03.

    manifest: what its maker said. model_path: below MEDIA_ROOT, "" for built-in ones.
    check_sheet: what the check found, line by line; trial_sheet: what a trial did. score: the
    figures of the last evaluation.
    """

    algorithm = models.ForeignKey(
        Algorithm, models.PROTECT, related_name="versions", verbose_name=_("算法")
    )
    version = models.CharField(_("版本"), max_length=20)
    output = models.CharField(_("输出"), max_length=10, choices=OutputKind)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.REGISTERED)
    manifest = models.JSONField(_("清单"), default=dict)
    sha256 = models.CharField(_("SHA-256 摘要"), max_length=64, blank=True, default="")
    sm3 = models.CharField(_("SM3 摘要"), max_length=64, blank=True, default="")
    model_path = models.CharField(_("模型文件"), max_length=200, blank=True, default="")
    size_bytes = models.PositiveBigIntegerField(_("大小（字节）"), default=0)
    check_sheet = models.JSONField(_("校验单"), default=list)
    trial_sheet = models.JSONField(_("试用单"), default=list)
    score = models.JSONField(_("评分"), default=dict)
    made_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("登记人")
    )
    published_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("发布人")
    )
    created_at = models.DateTimeField(_("登记时间"))
    published_at = models.DateTimeField(_("发布时间"), null=True)
    retired_at = models.DateTimeField(_("停用时间"), null=True)

    class Meta:
        verbose_name = _("算法版本")
        verbose_name_plural = _("算法版本")
        default_permissions = ()
        ordering = ["algorithm", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["algorithm", "version"], name="algorithms_version_once"
            ),
            models.CheckConstraint(
                condition=Q(made_by=None) | Q(published_by=None) | ~Q(published_by=F("made_by")),
                name="algorithms_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.PUBLISHED) | Q(published_at__isnull=False),
                name="algorithms_published_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.algorithm_id} {self.version}"


class Alias(models.Model):
    """Which version is meant by a name, everywhere or in one area. Source: CP-05.

    area: None for everywhere; within an area its own alias is meant first, canary before
    production. share: of the cameras there, in percent, that a canary is meant by; which ones is
    settled by their codes. before: where it pointed last, so that it can be moved back at once.
    """

    algorithm = models.ForeignKey(
        Algorithm, models.PROTECT, related_name="aliases", verbose_name=_("算法")
    )
    name = models.CharField(_("别名"), max_length=12, choices=AliasName)
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, related_name="+", verbose_name=_("区域")
    )
    version = models.ForeignKey(
        AlgorithmVersion, models.PROTECT, related_name="aliases", verbose_name=_("版本")
    )
    before = models.ForeignKey(
        AlgorithmVersion, models.PROTECT, null=True, related_name="+", verbose_name=_("先前版本")
    )
    share = models.PositiveSmallIntegerField(_("摄像机份额（%）"), default=100)
    moved_at = models.DateTimeField(_("移动时间"))

    class Meta:
        verbose_name = _("算法别名")
        verbose_name_plural = _("算法别名")
        default_permissions = ()
        ordering = ["algorithm", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["algorithm", "name", "area"],
                name="algorithms_alias_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(share=100) | Q(name=AliasName.CANARY, share__lte=100),
                name="algorithms_alias_share",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.algorithm_id}@{self.name}"


class AliasMove(models.Model):
    """That an alias was moved: by whom, from where, why. Never changed.

    after: null where a canary ended. share: of the cameras from then on, in percent.
    """

    algorithm = models.ForeignKey(
        Algorithm, models.PROTECT, related_name="moves", verbose_name=_("算法")
    )
    name = models.CharField(_("别名"), max_length=12, choices=AliasName)
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, related_name="+", verbose_name=_("区域")
    )
    before = models.ForeignKey(
        AlgorithmVersion, models.PROTECT, null=True, related_name="+", verbose_name=_("先前版本")
    )
    after = models.ForeignKey(
        AlgorithmVersion, models.PROTECT, null=True, related_name="+", verbose_name=_("新版本")
    )
    share = models.PositiveSmallIntegerField(_("摄像机份额（%）"), null=True)
    reason = models.CharField(_("理由"), max_length=200)
    is_back = models.BooleanField(_("回退"), default=False)
    moved_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("操作人")
    )
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("别名移动")
        verbose_name_plural = _("别名移动")
        default_permissions = ()
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.algorithm_id}@{self.name}"


class SampleSet(models.Model):
    """Labelled pictures that every version of a task is measured on; fixed once used.

    Source: CP-03 (evaluation on fixed sets). clips: name of registered clips that are the set
    instead of pictures. is_fixed: something was measured on it, nothing is added any more.
    """

    code = models.SlugField(_("代码"), max_length=60, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    task = models.CharField(_("用途"), max_length=20, choices=Task)
    output = models.CharField(_("输出"), max_length=10, choices=OutputKind)
    clips = models.SlugField(_("标注片段"), max_length=40, blank=True, default="")
    is_fixed = models.BooleanField(_("已固定"), default=False)
    created_at = models.DateTimeField(_("建立时间"))

    class Meta:
        verbose_name = _("评测集")
        verbose_name_plural = _("评测集")
        default_permissions = ()
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Sample(models.Model):
    """One labelled picture. truth: what a right output says, by the kind of output."""

    sample_set = models.ForeignKey(
        SampleSet, models.CASCADE, related_name="samples", verbose_name=_("评测集")
    )
    picture = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", verbose_name=_("图片")
    )
    truth = models.JSONField(_("标注"), default=dict)

    class Meta:
        verbose_name = _("评测样本")
        verbose_name_plural = _("评测样本")
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["sample_set", "picture"], name="algorithms_sample_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Evaluation(models.Model):
    """A version measured on a set. sheet: figures and each picture's verdict. Never changed."""

    version = models.ForeignKey(
        AlgorithmVersion, models.PROTECT, related_name="evaluations", verbose_name=_("版本")
    )
    sample_set = models.ForeignKey(
        SampleSet, models.PROTECT, related_name="evaluations", verbose_name=_("评测集")
    )
    sheet = models.JSONField(_("评分单"), default=dict)
    made_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("评测人")
    )
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("评测")
        verbose_name_plural = _("评测")
        default_permissions = ()
        ordering = ["-pk"]

    def __str__(self) -> str:
        return str(self.pk)
