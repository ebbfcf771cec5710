"""Files of people, premises, firms, places and goods: one thing, one file (RG-01..04)."""

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GinIndex
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.common.models import StoredFile
from apps.places.models import Area, GazetteerEntry
from apps.registry.enums import EditState, FileKind, Household


class FieldSet(models.Model):
    """A version of the further fields of one kind of file; never changed once it stands.

    body: a definition of ``apps.common.forms_data``.
    """

    kind = models.CharField(_("档案类型"), max_length=8, choices=FileKind)
    number = models.PositiveIntegerField(_("版本"))
    body = models.JSONField(_("字段定义"))
    made_at = models.DateTimeField(_("启用时间"))
    made_by_name = models.CharField(_("启用人"), max_length=100)

    class Meta:
        verbose_name = _("扩展字段版本")
        verbose_name_plural = _("扩展字段版本")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["kind", "number"], name="registry_fieldset_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class RegistryFile(models.Model):
    """One file. What is peculiar to its kind stands in ``Person``, ``Premises`` …

    title: name of a person, firm, place or goods; of premises what they are called, or the
    address. same_as: by what the same thing is known again, see ``services.identity``; "" where
    nothing says so for sure. extra: values of the fields of ``fields_number``.
    version: grows by one with each edit in force. from_on, to_on: since and until when the
    thing is here; to_on, exclusive, closes the file. confirmed_at: somebody saw it to be so.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    kind = models.CharField(_("档案类型"), max_length=8, choices=FileKind)
    title = models.CharField(_("名称"), max_length=120)
    phone = models.CharField(_("电话"), max_length=30, blank=True, default="")
    address = models.CharField(_("地址"), max_length=200, blank=True, default="")
    address_key = models.CharField(_("地址检索键"), max_length=200, blank=True, default="")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("所在区域"))
    area_path = models.CharField(_("区域路径"), max_length=200)
    point = models.PointField(_("位置"), srid=4326, null=True)
    same_as = models.CharField(_("同一性"), max_length=64, blank=True, default="")
    note = models.CharField(_("备注"), max_length=500, blank=True, default="")
    extra = models.JSONField(_("扩展信息"), default=dict)
    fields_number = models.PositiveIntegerField(_("扩展字段版本"), default=0)
    version = models.PositiveIntegerField(_("版本"), default=1)
    from_on = models.DateField(_("起始日期"))
    to_on = models.DateField(_("终止日期"), null=True)
    source = models.CharField(_("来源"), max_length=40)
    created_at = models.DateTimeField(_("建档时间"))
    created_by_name = models.CharField(_("建档人"), max_length=100)
    confirmed_at = models.DateTimeField(_("最近核实时间"))

    class Meta:
        verbose_name = _("档案")
        verbose_name_plural = _("档案")
        default_permissions = ()
        permissions = [
            ("view_files", _("查看人房企场物档案")),
            ("collect_files", _("采集本辖区档案")),
            ("keep_files", _("维护档案、核对冲突、下达采集任务")),
            ("reveal_files", _("查看档案完整信息")),
            ("export_files", _("导出档案")),
            ("share_files", _("管理档案数据分发")),
            ("define_files", _("维护扩展字段和重点人员类型")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kind", "same_as"],
                condition=~models.Q(same_as=""),
                name="registry_same_thing_once",
            ),
            models.CheckConstraint(
                condition=models.Q(to_on__isnull=True) | models.Q(to_on__gte=models.F("from_on")),
                name="registry_file_span",
            ),
        ]
        indexes = [
            models.Index(
                fields=["kind", "area_path"],
                name="registry_file_area",
                opclasses=["varchar_ops", "text_pattern_ops"],
            ),
            models.Index(
                fields=["phone"], name="registry_file_phone", condition=~models.Q(phone="")
            ),
            GinIndex(fields=["title"], name="registry_file_title", opclasses=["gin_trgm_ops"]),
            GinIndex(
                fields=["address_key"], name="registry_file_address", opclasses=["gin_trgm_ops"]
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """The number under which lists and the log name the file."""
        return f"{self.kind[:2].upper()}{self.pk:07d}"

    @property
    def is_open(self) -> bool:
        return self.to_on is None


class Person(models.Model):
    """What only a person has.

    id_sealed: the identity number, encrypted; id_digest: keyed, to find the person by the whole
    number; id_shown: as lists show it.
    """

    file = models.OneToOneField(
        RegistryFile, models.CASCADE, primary_key=True, related_name="person"
    )
    sex = models.CharField(_("性别"), max_length=1, blank=True, default="")
    born_on = models.DateField(_("出生日期"), null=True)
    id_kind = models.CharField(_("证件类型"), max_length=10, blank=True, default="")
    id_sealed = models.TextField(_("证件号码（加密）"), blank=True, default="")
    id_digest = models.CharField(_("证件号码摘要"), max_length=64, blank=True, default="")
    id_shown = models.CharField(_("证件号码（脱敏）"), max_length=40, blank=True, default="")
    household = models.CharField(
        _("户籍类别"), max_length=8, choices=Household, default=Household.RESIDENT
    )

    class Meta:
        verbose_name = _("人员档案")
        verbose_name_plural = _("人员档案")
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["id_digest"],
                name="registry_person_id",
                condition=~models.Q(id_digest=""),
            ),
            models.Index(fields=["household"], name="registry_person_household"),
        ]

    def __str__(self) -> str:
        return self.file.ref


class Premises(models.Model):
    """What only a house or flat has. door_point: the device at its door."""

    file = models.OneToOneField(
        RegistryFile, models.CASCADE, primary_key=True, related_name="premises"
    )
    code = models.CharField(_("房屋编码"), max_length=40)
    organisation = models.CharField(_("管理单位"), max_length=80, blank=True, default="")
    nature = models.CharField(_("房屋性质"), max_length=10, default="own")
    entry = models.ForeignKey(
        GazetteerEntry, models.SET_NULL, null=True, related_name="+", verbose_name=_("门牌地名")
    )
    police_beat = models.CharField(_("警务区"), max_length=60, blank=True, default="")
    door_point = models.CharField(_("关联门禁点"), max_length=60, blank=True, default="")
    building = models.CharField(_("楼栋"), max_length=30, blank=True, default="")
    unit_number = models.CharField(_("单元"), max_length=20, blank=True, default="")
    floor = models.SmallIntegerField(_("楼层"), null=True)
    room = models.CharField(_("房号"), max_length=20, blank=True, default="")

    class Meta:
        verbose_name = _("房屋档案")
        verbose_name_plural = _("房屋档案")
        default_permissions = ()
        indexes = [models.Index(fields=["code"], name="registry_premises_code")]

    def __str__(self) -> str:
        return self.code


class Firm(models.Model):
    """What only a firm has."""

    file = models.OneToOneField(RegistryFile, models.CASCADE, primary_key=True, related_name="firm")
    credit_code = models.CharField(_("统一社会信用代码"), max_length=18, blank=True, default="")
    trade = models.CharField(_("行业"), max_length=60, blank=True, default="")
    staff_count = models.PositiveIntegerField(_("从业人数"), null=True)

    class Meta:
        verbose_name = _("企业档案")
        verbose_name_plural = _("企业档案")
        default_permissions = ()
        indexes = [models.Index(fields=["credit_code"], name="registry_firm_code")]

    def __str__(self) -> str:
        return self.file.title


class Site(models.Model):
    """What only a place has: a school, a hospital, a place of worship, a market."""

    file = models.OneToOneField(RegistryFile, models.CASCADE, primary_key=True, related_name="site")
    site_kind = models.CharField(_("场所类别"), max_length=20)
    capacity = models.PositiveIntegerField(_("容纳人数"), null=True)

    class Meta:
        verbose_name = _("场所档案")
        verbose_name_plural = _("场所档案")
        default_permissions = ()

    def __str__(self) -> str:
        return self.file.title


class Goods(models.Model):
    """What only goods have: hazardous, flammable and the like, kept somewhere in some quantity."""

    file = models.OneToOneField(
        RegistryFile, models.CASCADE, primary_key=True, related_name="goods"
    )
    goods_kind = models.CharField(_("物品类别"), max_length=20)
    quantity = models.DecimalField(_("数量"), max_digits=14, decimal_places=3, null=True)
    measure = models.CharField(_("计量单位"), max_length=20, blank=True, default="")

    class Meta:
        verbose_name = _("物品档案")
        verbose_name_plural = _("物品档案")
        default_permissions = ()

    def __str__(self) -> str:
        return self.file.title


class Edit(models.Model):
    """What somebody sent of a file, for good: the file's history, and what waits to be settled.

    key: the sender's own id; the same key again gives this row. file: None while a refused
    new file has none. base_version: what the sender had before them; None for a new file.
    values: what was sent, an identity number sealed. changed: {field: [before, after]} of what
    came into force. conflicts: fields both sides changed: {field: [base, theirs, ours]}.
    version: of the file after it. happened_at: by the sender's clock; received_at: by ours.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    key = models.CharField(_("操作编号"), max_length=64)
    file = models.ForeignKey(RegistryFile, models.PROTECT, null=True, related_name="edits")
    kind = models.CharField(_("档案类型"), max_length=8, choices=FileKind)
    base_version = models.PositiveIntegerField(_("基准版本"), null=True)
    values = models.JSONField(_("填报内容"), default=dict)
    changed = models.JSONField(_("变更"), default=dict)
    conflicts = models.JSONField(_("冲突"), default=dict)
    version = models.PositiveIntegerField(_("生效版本"), null=True)
    pictures = models.ManyToManyField(StoredFile, related_name="+", verbose_name=_("照片"))
    state = models.CharField(_("状态"), max_length=8, choices=EditState)
    reason = models.CharField(_("说明"), max_length=300, blank=True, default="")
    area_path = models.CharField(_("区域路径"), max_length=200)
    happened_at = models.DateTimeField(_("填报时间"))
    received_at = models.DateTimeField(_("收到时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(_("填报人"), max_length=100)
    settled_at = models.DateTimeField(_("核对时间"), null=True)
    settled_by_name = models.CharField(_("核对人"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("档案填报")
        verbose_name_plural = _("档案填报")
        default_permissions = ()
        ordering = ["-received_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="registry_edit_key_once"),
        ]
        indexes = [
            models.Index(fields=["file", "-received_at"], name="registry_edit_file"),
            models.Index(
                fields=["tenant", "received_at"],
                name="registry_edit_waiting",
                condition=models.Q(state="conflict"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
