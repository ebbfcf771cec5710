"""Articles that agents and citizens find answers in (HL-11, HL-19)."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.hotline.enums import ArticleState


class Article(models.Model):
    """A question with its official answer; its wordings are versions.

    title, body, version: the wording in force; version 0: none was ever approved, title and
    body are then those of the first draft. A version above ``version`` waits for approval.
    valid_to: after this day it is no longer offered. is_public: citizens may read it.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    class_code = models.CharField(_("诉求分类"), max_length=40, blank=True, default="")
    state = models.CharField(
        _("状态"), max_length=10, choices=ArticleState, default=ArticleState.DRAFT
    )
    title = models.CharField(_("标题"), max_length=120)
    body = models.TextField(_("正文"), max_length=8000)
    version = models.PositiveIntegerField(_("版本"), default=0)
    is_public = models.BooleanField(_("对市民公开"), default=True)
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True, blank=True)
    hit_count = models.PositiveIntegerField(_("引用次数"), default=0)
    useful_count = models.PositiveIntegerField(_("有用"), default=0)
    useless_count = models.PositiveIntegerField(_("无用"), default=0)
    updated_at = models.DateTimeField(_("更新时间"))
    approved_by_name = models.CharField(_("审核人"), max_length=100, blank=True, default="")
    search = SearchVectorField(null=True)

    class Meta:
        verbose_name = _("知识条目")
        verbose_name_plural = _("知识库")
        default_permissions = ("view",)
        permissions = [
            ("edit_knowledge", _("编写知识")),
            ("approve_knowledge", _("审核知识")),
        ]
        indexes = [
            GinIndex(fields=["search"], name="article_search"),
            models.Index(fields=["class_code", "-hit_count"], name="article_class"),
        ]

    def __str__(self) -> str:
        return self.title


class ArticleVersion(models.Model):
    """One wording of an article, proposed ``at``; in force from ``approved_at`` on.

    The author never approves: a database constraint keeps the two persons apart.
    """

    article = models.ForeignKey(Article, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("版本"))
    title = models.CharField(_("标题"), max_length=120)
    body = models.TextField(_("正文"), max_length=8000)
    at = models.DateTimeField(_("时间"))
    author_id = models.BigIntegerField(_("编写人编号"), null=True)
    author_name = models.CharField(_("编写人"), max_length=100)
    note = models.CharField(_("修改说明"), max_length=200, blank=True, default="")
    approved_at = models.DateTimeField(_("审核时间"), null=True)
    approved_by_id = models.BigIntegerField(_("审核人编号"), null=True)
    approved_by_name = models.CharField(_("审核人"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("知识版本")
        verbose_name_plural = _("知识版本")
        default_permissions = ()
        ordering = ["article", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="article_version_once"),
            models.CheckConstraint(
                condition=models.Q(approved_by_id__isnull=True)
                | models.Q(author_id__isnull=True)
                | ~models.Q(approved_by_id=models.F("author_id")),
                name="article_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.article} v{self.number}"


class ArticleFeedback(models.Model):
    """Whether an article helped; once per reader."""

    article = models.ForeignKey(Article, models.PROTECT, related_name="feedback")
    reader_key = models.CharField(_("读者"), max_length=64)
    useful = models.BooleanField(_("有用"))
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("知识反馈")
        verbose_name_plural = _("知识反馈")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["article", "reader_key"], name="article_feedback_once"),
        ]

    def __str__(self) -> str:
        return f"{self.article_id} {self.useful}"
