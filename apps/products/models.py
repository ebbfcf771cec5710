"""Figures of the city's devices as products others find, ask for and read. Source: IO-05."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.common import clock
from apps.common.phrases import bracketed
from apps.places.models import Area
from apps.products.enums import LIVE_STATES, Grain, GrantState, ProductState, Step
from apps.sensing.models import DeviceProfile


class DataProduct(models.Model):
    """Hourly or daily figures of one field over an area. Source: IO-05.

    unit: who keeps it and decides who gets it. field_code, field_name, field_unit: what is
    measured, the same in every profile. area: devices in it and below. is_open: every unit of
    the body reads it without asking.
    """

    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("提供单位")
    )
    code = models.SlugField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    description = models.CharField(_("说明"), max_length=500, blank=True, default="")
    terms = models.CharField(_("使用要求"), max_length=500, blank=True, default="")
    profiles = models.ManyToManyField(DeviceProfile, related_name="+", verbose_name=_("设备型号"))
    field_code = models.SlugField(_("监测量代码"), max_length=40)
    field_name = models.CharField(_("监测量"), max_length=40)
    field_unit = models.CharField(_("单位"), max_length=20, blank=True, default="")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("区域"))
    grain = models.CharField(_("粒度"), max_length=8, choices=Grain, default=Grain.DEVICE)
    step = models.CharField(_("时间步长"), max_length=4, choices=Step, default=Step.HOUR)
    is_open = models.BooleanField(_("本市各单位无须申请"), default=False)
    state = models.CharField(
        _("状态"), max_length=10, choices=ProductState, default=ProductState.DRAFT
    )
    author_name = models.CharField(_("编制人"), max_length=100)
    created_at = models.DateTimeField(_("建立时间"))
    published_at = models.DateTimeField(_("发布时间"), null=True)
    publisher_name = models.CharField(_("发布人"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("数据产品")
        verbose_name_plural = _("数据产品")
        default_permissions = ()
        permissions = [
            ("view_products", _("查看数据产品目录")),
            ("keep_products", _("维护数据产品并审批申请")),
        ]
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=ProductState.PUBLISHED) | Q(published_at__isnull=False),
                name="products_published_at",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_published(self) -> bool:
        return self.state == ProductState.PUBLISHED

    @property
    def measured(self) -> str:
        """What is measured, with its unit where it has one."""
        return self.field_name + (bracketed(self.field_unit) if self.field_unit else "")


class ProductGrant(models.Model):
    """A unit asks for a product and gets it or not; units below it read it as well.

    reason: of the decision or of the end. until: the last day, None for no end.
    """

    product = models.ForeignKey(
        DataProduct, models.PROTECT, related_name="grants", verbose_name=_("数据产品")
    )
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("申请单位")
    )
    purpose = models.CharField(_("用途"), max_length=300)
    state = models.CharField(
        _("状态"), max_length=8, choices=GrantState, default=GrantState.WAITING
    )
    asker = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("申请人"))
    asked_at = models.DateTimeField(_("申请时间"))
    decider = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("审批人")
    )
    decided_at = models.DateTimeField(_("审批时间"), null=True)
    reason = models.CharField(_("理由"), max_length=300, blank=True, default="")
    until = models.DateField(_("有效至"), null=True)
    ended_at = models.DateTimeField(_("终止时间"), null=True)

    class Meta:
        verbose_name = _("数据产品申请")
        verbose_name_plural = _("数据产品申请")
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "unit"],
                condition=Q(state__in=LIVE_STATES),
                name="products_one_live_grant",
            ),
            models.CheckConstraint(
                condition=Q(decider__isnull=True) | ~Q(decider=F("asker")),
                name="products_another_decides",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[GrantState.GRANTED, GrantState.REFUSED])
                | Q(decider__isnull=False, decided_at__isnull=False),
                name="products_decided_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.unit}"

    @property
    def is_over(self) -> bool:
        """Whether its last day has passed; it holds no more and the unit may ask again."""
        is_past = self.until is not None and self.until < clock.today()
        return self.state == GrantState.GRANTED and is_past


class ProductUse(models.Model):
    """How often a unit read a product on a day, by page, sheet or program."""

    product = models.ForeignKey(DataProduct, models.PROTECT, related_name="uses")
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("使用单位")
    )
    day = models.DateField(_("日期"))
    times = models.PositiveIntegerField(_("次数"), default=0)
    rows = models.PositiveBigIntegerField(_("行数"), default=0)

    class Meta:
        verbose_name = _("数据产品使用")
        verbose_name_plural = _("数据产品使用")
        default_permissions = ()
        ordering = ["-day", "unit_id"]
        constraints = [
            models.UniqueConstraint(fields=["product", "unit", "day"], name="products_use_once"),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.day}"
