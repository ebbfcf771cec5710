"""What a unit asks the public about a plan, and what the public says to it (PT-08)."""

from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.common.models import StoredFile
from apps.opinions.enums import Adoption, Audience, PaperState, Phase
from apps.places.models import Area


def phase_of(opens_on: date, closes_on: date, today: date) -> Phase:
    """Will tell where a window stands on a day of the city; both ends are inside."""
    if today < opens_on:
        return Phase.AHEAD
    return Phase.OPEN if today <= closes_on else Phase.OVER


class Collection(models.Model):
    """A notice that asks for opinions (意见征集).

    opens_on, closes_on: days of the city, both inside. area: whom it concerns, None the whole
    city. note: why it was sent back. summary: what was adopted and why, in public words,
    written by one person and published by another.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    unit_path = models.CharField(max_length=255)
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    title = models.CharField(_("标题"), max_length=80)
    text = models.TextField(_("征集公告"))
    audience = models.CharField(
        _("征集对象"), max_length=10, choices=Audience, default=Audience.ANYONE
    )
    opens_on = models.DateField(_("开始日期"))
    closes_on = models.DateField(_("截止日期"))
    state = models.CharField(_("状态"), max_length=10, choices=PaperState, default=PaperState.DRAFT)
    note = models.CharField(_("退回原因"), max_length=300, blank=True, default="")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    published_at = models.DateTimeField(_("发布时间"), null=True)
    summary = models.TextField(_("采纳情况说明"), blank=True, default="")
    summary_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    concluded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    concluded_at = models.DateTimeField(_("公布时间"), null=True)
    created_at = models.DateTimeField(_("创建时间"))

    class Meta:
        verbose_name = _("意见征集")
        verbose_name_plural = _("意见征集")
        default_permissions = ()
        permissions = [
            ("draft_papers", _("起草意见征集和问卷，处理意见")),
            ("publish_papers", _("发布意见征集、问卷和采纳情况")),
            ("view_papers", _("查看全市的意见征集、问卷和创意")),
            ("moderate_ideas", _("审核市民创意")),
            ("answer_ideas", _("答复市民创意")),
        ]
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closes_on__gte=models.F("opens_on")),
                name="opinion_collection_window",
            ),
            models.CheckConstraint(
                condition=~models.Q(published_by=models.F("author")),
                name="opinion_collection_two_people",
            ),
            models.CheckConstraint(
                condition=~models.Q(concluded_by=models.F("summary_by")),
                name="opinion_summary_two_people",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "state", "-closes_on"], name="collection_open")]

    def __str__(self) -> str:
        return self.title

    def phase(self, today: date) -> Phase:
        """Will tell where the window stands on a day of the city."""
        return phase_of(self.opens_on, self.closes_on, today)


class CollectionFile(models.Model):
    """A paper that stands with the notice."""

    collection = models.ForeignKey(Collection, models.CASCADE, related_name="files")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    name = models.CharField(_("名称"), max_length=200)

    class Meta:
        verbose_name = _("征集公告附件")
        verbose_name_plural = _("征集公告附件")
        default_permissions = ()
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["collection", "file"], name="collection_file_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Opinion(models.Model):
    """What one person wrote to a collection (市民意见).

    person: keyed digest of the confirmed phone, "" where none was confirmed; two opinions of a
    person are known to be, and nobody reads from it who that is. phone: only to answer to; shown
    masked. source_key: of the form; sent twice it is one. theme: under which staff sorted it.
    reason: in public words; never names a person.
    """

    collection = models.ForeignKey(Collection, models.PROTECT, related_name="opinions")
    text = models.TextField(_("意见"))
    name = models.CharField(_("称呼"), max_length=60, blank=True, default="")
    phone = models.CharField(_("联系电话"), max_length=20, blank=True, default="")
    person = models.CharField(max_length=64, blank=True, default="")
    text_digest = models.CharField(max_length=64)
    source_key = models.CharField(max_length=80)
    at = models.DateTimeField(_("提交时间"))
    theme = models.CharField(_("归类"), max_length=40, blank=True, default="")
    adoption = models.CharField(
        _("采纳情况"), max_length=10, choices=Adoption, default=Adoption.PENDING
    )
    reason = models.CharField(_("理由"), max_length=500, blank=True, default="")
    decided_by_name = models.CharField(_("处理人"), max_length=60, blank=True, default="")
    decided_at = models.DateTimeField(_("处理时间"), null=True)

    class Meta:
        verbose_name = _("市民意见")
        verbose_name_plural = _("市民意见")
        default_permissions = ()
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["collection", "source_key"], name="opinion_sent_once"),
            models.UniqueConstraint(
                fields=["collection", "person", "text_digest"],
                condition=~models.Q(person=""),
                name="opinion_same_words_once",
            ),
        ]
        indexes = [models.Index(fields=["collection", "adoption", "-id"], name="opinion_waiting")]

    def __str__(self) -> str:
        return str(self.pk)
