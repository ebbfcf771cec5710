"""Word lists, kept by staff, from which proposals are made, and the models trained beside them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.common.phrases import labelled
from apps.nlp.enums import DangerKind, ModelState, Severity


class Vocabulary(models.TextChoices):
    """What a word points at."""

    CLASS = "class", _("诉求类别")
    NATURE = "nature", _("诉求性质")


class ClassWord(models.Model):
    """A word that speaks for a code. weight: 1 hints, 3 nearly decides, negative speaks against."""

    vocabulary = models.CharField(
        _("词表"), max_length=10, choices=Vocabulary, default=Vocabulary.CLASS
    )
    class_code = models.CharField(_("代码"), max_length=40)
    word = models.CharField(_("词语"), max_length=40)
    weight = models.DecimalField(_("权重"), max_digits=4, decimal_places=1, default=1)

    class Meta:
        verbose_name = _("分类词语")
        verbose_name_plural = _("分类词语")
        ordering = ["vocabulary", "class_code", "word"]
        permissions = [("edit_words", _("维护分类词表"))]
        constraints = [
            models.UniqueConstraint(
                fields=["vocabulary", "class_code", "word"], name="class_word_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.class_code}:{self.word}"


class DangerWord(models.Model):
    """A word that warns: somebody looks at once, whatever class the text has.

    A word in ``unless`` (comma-separated) around it takes the warning back: 烟花爆竹 is no bomb.
    """

    kind = models.CharField(_("类别"), max_length=12, choices=DangerKind)
    word = models.CharField(_("词语"), max_length=20)
    severity = models.PositiveSmallIntegerField(
        _("程度"), choices=Severity, default=Severity.URGENT
    )
    unless = models.CharField(_("除非出现"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("警示词语")
        verbose_name_plural = _("警示词语")
        ordering = ["kind", "word"]
        permissions = [("see_alerts", _("处置警示诉求"))]
        constraints = [models.UniqueConstraint(fields=["kind", "word"], name="danger_word_once")]

    def __str__(self) -> str:
        return labelled(self.get_kind_display(), self.word)


class TextModel(models.Model):
    """A version of the class model; its bytes are in ``TextModelBody``.

    percent: how far training is. claimed_at: when a trainer took it up; one that is silent for
    long is taken up again. sheet: held-out figures, see ``apps.nlp.training``; thresholds: the
    least probability, per class, at which a class is filled in without being asked.
    """

    number = models.PositiveIntegerField(_("版本"), unique=True)
    state = models.CharField(_("状态"), max_length=10, choices=ModelState)
    note = models.CharField(_("说明"), max_length=200, blank=True, default="")
    percent = models.PositiveSmallIntegerField(_("进度"), default=0)
    claimed_at = models.DateTimeField(_("开始训练时间"), null=True)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    problem = models.CharField(_("失败原因"), max_length=200, blank=True, default="")
    examples = models.PositiveIntegerField(_("样本数"), default=0)
    sheet = models.JSONField(_("成绩单"), default=dict)
    thresholds = models.JSONField(_("自动填写阈值"), default=dict)
    digest = models.CharField(_("摘要"), max_length=64, blank=True, default="")
    created_at = models.DateTimeField(_("建立时间"))
    trained_at = models.DateTimeField(_("训练完成时间"), null=True)
    shadow_at = models.DateTimeField(_("开始试用时间"), null=True)
    released_at = models.DateTimeField(_("发布时间"), null=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    submitter = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    releaser = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("文本模型")
        verbose_name_plural = _("文本模型")
        ordering = ["-number"]
        default_permissions = ()
        permissions = [
            ("keep_models", _("训练文本模型")),
            ("release_models", _("发布文本模型")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="released"), name="text_model_one_serves"
            ),
            models.UniqueConstraint(
                models.Value(1),
                condition=models.Q(state__in=["shadow", "submitted"]),
                name="text_model_one_challenges",
            ),
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="training"), name="text_model_one_trains"
            ),
            models.CheckConstraint(
                condition=~models.Q(releaser=models.F("submitter"))
                & ~models.Q(releaser=models.F("author")),
                name="text_model_second_person",
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"


class TextModelBody(models.Model):
    """The bytes of a model: arrays of numbers, never a pickle."""

    model = models.OneToOneField(TextModel, models.CASCADE, primary_key=True, related_name="body")
    content = models.BinaryField(_("内容"))

    class Meta:
        verbose_name = _("文本模型内容")
        verbose_name_plural = _("文本模型内容")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.model_id)
