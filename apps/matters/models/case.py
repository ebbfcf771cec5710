"""The case: current values, and every fact and event that led to them.

TLDR: write nothing here directly. ``matters.services.open_case`` and ``perform`` are the only
writers; they lock the row, keep facts and events, and move clocks in one transaction.
"""

from typing import TYPE_CHECKING

from django.apps import apps as registry
from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.common.journeys import Statement
from apps.common.models import StoredFile
from apps.common.questions import Question
from apps.matters.enums import (
    OPEN_TASK_STATES,
    AttachmentPurpose,
    Channel,
    FactKind,
    LinkKind,
    Priority,
    StateCategory,
    TaskKind,
)
from apps.matters.models.matter import MatterType, MatterVersion
from apps.places.models import Area
from apps.rules.models import Decision

if TYPE_CHECKING:
    from apps.matters.models.work import Task


class Case(models.Model):
    """Something that must be handled.

    lock_version: rises by one with every event; a page that shows an older one is stale.
    unit, unit_path: the unit now responsible. area_path, unit_path: path prefixes for scoping.
    due_at: the projection of the clock that matters now; ``clocks`` holds the truth.
    round: 1 at first, one more at each redo (重办).
    unit_is_final: an arbiter named the unit (最终裁定); it cannot send the case back.
    open_orders: orders that wait for a reply. archived_at: read-only since then.
    source_key: the outside identity of the report ("web:<uuid>", "import:<file>:<row>"), which
    makes reporting the same thing twice harmless.
    title, text: as the citizen or the agent put it; never changed by handling.
    """

    number = models.CharField(_("受理编号"), max_length=20, unique=True)
    matter_type = models.ForeignKey(MatterType, models.PROTECT, related_name="cases")
    version = models.ForeignKey(MatterVersion, models.PROTECT, related_name="+")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(_("来源渠道"), max_length=10, choices=Channel)
    source_key = models.CharField(_("来源编号"), max_length=160, null=True)
    title = models.CharField(_("标题"), max_length=120)
    text = models.TextField(_("内容"), max_length=4000)
    form_data = models.JSONField(_("表单内容"), default=dict)

    state = models.CharField(_("状态"), max_length=40)
    category = models.CharField(_("状态类别"), max_length=10, choices=StateCategory)
    class_code = models.CharField(_("分类"), max_length=40, blank=True, default="")
    class_label = models.CharField(_("分类名称"), max_length=80, blank=True, default="")
    priority = models.CharField(
        _("紧急程度"), max_length=8, choices=Priority, default=Priority.NORMAL
    )
    point = models.PointField(_("位置"), srid=4326, null=True)
    address = models.CharField(_("地址"), max_length=200, blank=True, default="")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", db_index=False)
    area_path = models.CharField(_("区域路径"), max_length=200)
    unit = models.ForeignKey(
        Organization, models.PROTECT, null=True, related_name="+", db_index=False
    )
    unit_path = models.CharField(_("单位路径"), max_length=200, blank=True, default="")
    proposal = models.ForeignKey(
        Decision, models.PROTECT, null=True, related_name="+", db_index=False
    )

    is_confidential = models.BooleanField(_("反映人要求保密"), default=False)
    is_public = models.BooleanField(_("可公开"), default=False)
    round = models.PositiveSmallIntegerField(_("办理轮次"), default=1)
    unit_is_final = models.BooleanField(_("承办单位已裁定"), default=False)
    pending_request = models.CharField(_("待审批请求"), max_length=12, blank=True, default="")
    order_count = models.PositiveSmallIntegerField(_("督办催办次数"), default=0)
    open_orders = models.PositiveSmallIntegerField(_("待回复督办数"), default=0)
    attachment_count = models.PositiveSmallIntegerField(_("附件数"), default=0)
    lock_version = models.PositiveIntegerField(_("版本"), default=0)

    opened_at = models.DateTimeField(_("登记时间"))
    updated_at = models.DateTimeField(_("更新时间"))
    accepted_at = models.DateTimeField(_("受理时间"), null=True)
    dispatched_at = models.DateTimeField(_("派单时间"), null=True)
    answered_at = models.DateTimeField(_("反馈时间"), null=True)
    closed_at = models.DateTimeField(_("办结时间"), null=True)
    archived_at = models.DateTimeField(_("归档时间"), null=True)
    due_at = models.DateTimeField(_("到期时间"), null=True)
    clock_paused = models.BooleanField(_("时限暂停"), default=False)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    search = SearchVectorField(null=True)

    class Meta:
        verbose_name = _("案件")
        verbose_name_plural = _("案件")
        default_permissions = ("view",)
        permissions = [
            ("accept_case", _("受理诉求")),
            ("dispatch_case", _("分派案件")),
            ("handle_case", _("承办案件")),
            ("head_case", _("审批本单位案件")),
            ("callback_case", _("回访")),
            ("check_case", _("现场核查")),
            ("supervise_case", _("督办")),
            ("instruct_case", _("批示")),
            ("view_tenant_cases", _("查看本级全部案件")),
            ("view_area_cases", _("查看责任区域案件")),
            ("export_cases", _("导出案件")),
            ("reveal_reporter", _("查看反映人信息")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "source_key"],
                name="case_source_once",
                condition=models.Q(source_key__isnull=False),
            ),
        ]
        # Every change of state writes all of these anew, so a foreign key has one of its own only
        # where a list asks by it (whose own cases: opened_by).
        indexes = [
            # Queues: open cases of a tenant or of a unit, the most urgent first.
            models.Index(
                fields=["tenant", "category", "due_at", "id"],
                name="case_open_queue",
                condition=~models.Q(category="ended"),
            ),
            # Piles of several categories (the supervisors' "all open"): already in order.
            models.Index(
                fields=["tenant", "due_at", "id"],
                name="case_open_due",
                condition=~models.Q(category="ended"),
            ),
            # Requests to rule on: a few among all open cases, counted with every page of the queue.
            models.Index(
                fields=["tenant", "pending_request"],
                name="case_asked",
                condition=~models.Q(pending_request=""),
            ),
            models.Index(
                fields=["unit", "category", "due_at", "id"],
                name="case_unit_queue",
                condition=~models.Q(category="ended"),
            ),
            models.Index(fields=["unit", "-id"], name="case_unit_newest"),
            models.Index(fields=["tenant", "category", "-id"], name="case_tenant_newest"),
            models.Index(fields=["-opened_at", "-id"], name="case_newest"),
            models.Index(fields=["area_path"], name="case_area", opclasses=["text_pattern_ops"]),
            models.Index(fields=["-closed_at"], name="case_closed"),
            models.Index(
                fields=["closed_at"],
                name="case_to_archive",
                condition=models.Q(category="ended", archived_at__isnull=True),
            ),
            models.Index(
                fields=["unit", "due_at"],
                name="case_unanswered",
                condition=models.Q(open_orders__gt=0),
            ),
            # Every search reads what is not sorted in yet from end to end: a short list (kB).
            GinIndex(
                fields=["search"], name="case_search", fastupdate=True, gin_pending_list_limit=64
            ),
            # The matter's own fields by value; cases without a form cost nothing.
            GinIndex(
                fields=["form_data"],
                name="case_form_data",
                opclasses=["jsonb_path_ops"],
                condition=~models.Q(form_data={}),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def is_ended(self) -> bool:
        """Whether nothing more is expected of anybody."""
        return self.category == StateCategory.ENDED

    def side_tasks(self) -> "list[Task]":
        """Will give the open tasks beside the main one, read once per version of the case."""
        known: tuple[int, list[Task]] | None = self.__dict__.get("_side_tasks")
        if known is None or known[0] != self.lock_version:
            known = self.lock_version, _SIDE_TASKS.all(self.pk)
            self.__dict__["_side_tasks"] = known
        return known[1]

    def side_tasks_question(self) -> Statement:
        """Will give what ``side_tasks`` asks, for a caller who foresees that it will."""
        return _SIDE_TASKS.statement([self.pk])


# A task refers to its case and is declared after it.
_SIDE_TASKS: "Question[Task]" = Question(
    lambda case: (
        registry.get_model("matters", "Task")
        .objects.filter(case_id=case, state__in=OPEN_TASK_STATES)
        .exclude(kind=TaskKind.MAIN)
        .select_related("unit")
        .order_by("id")
    )
)


class CaseEvent(models.Model):
    """One thing that happened to a case; append-only, numbered within the case.

    note: internal. public_text: what the reporter may read; empty: nothing to show.
    key: the caller's idempotency key; the same key again finds this event.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="events")
    seq = models.PositiveIntegerField(_("序号"))
    action = models.CharField(_("动作"), max_length=40)
    label = models.CharField(_("动作名称"), max_length=40)
    at = models.DateTimeField(_("时间"))
    actor_id = models.BigIntegerField(_("操作人编号"), null=True)
    actor_name = models.CharField(_("操作人"), max_length=100)
    actor_unit = models.CharField(_("操作单位"), max_length=80, blank=True, default="")
    from_state = models.CharField(_("原状态"), max_length=40, blank=True, default="")
    to_state = models.CharField(_("新状态"), max_length=40)
    round = models.PositiveSmallIntegerField(_("办理轮次"), default=1)
    note = models.TextField(_("内部说明"), blank=True, default="")
    public_text = models.TextField(_("公开说明"), blank=True, default="")
    data = models.JSONField(_("内容"), default=dict)
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, related_name="+")
    key = models.CharField(_("去重键"), max_length=200, null=True)

    class Meta:
        verbose_name = _("案件事件")
        verbose_name_plural = _("案件事件")
        default_permissions = ()
        ordering = ["case", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["case", "seq"], name="case_event_seq"),
            models.UniqueConstraint(
                fields=["case", "key"],
                name="case_event_key",
                condition=models.Q(key__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}#{self.seq} {self.action}"


class CaseFact(models.Model):
    """One value a fact of a case has had, from an event on; the newest row is in force."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="facts")
    event = models.ForeignKey(CaseEvent, models.PROTECT, related_name="facts")
    kind = models.CharField(_("事实"), max_length=10, choices=FactKind)
    value = models.CharField(_("值"), max_length=200, blank=True, default="")
    label = models.CharField(_("名称"), max_length=200, blank=True, default="")
    data = models.JSONField(_("详情"), default=dict)
    since = models.DateTimeField(_("起始时间"))

    class Meta:
        verbose_name = _("案件事实")
        verbose_name_plural = _("案件事实")
        default_permissions = ()
        indexes = [models.Index(fields=["case", "kind", "-id"], name="case_fact_newest")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}={self.label or self.value}"


class CaseLink(models.Model):
    """``source`` stands to ``target`` as ``kind`` says (MT-08)."""

    source = models.ForeignKey(Case, models.PROTECT, related_name="links_out")
    target = models.ForeignKey(Case, models.PROTECT, related_name="links_in")
    kind = models.CharField(_("关系"), max_length=14, choices=LinkKind)
    created_at = models.DateTimeField(_("建立时间"))
    created_by_name = models.CharField(_("建立人"), max_length=100)

    class Meta:
        verbose_name = _("案件关系")
        verbose_name_plural = _("案件关系")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["source", "target", "kind"], name="case_link_once"),
            models.CheckConstraint(
                condition=~models.Q(source=models.F("target")), name="case_link_not_self"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.kind} {self.target_id}"


class CaseAttachment(models.Model):
    """A file that belongs to a case; seen by whoever sees the case.

    is_public: the reporter may see it on the progress page.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="attachments")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    name = models.CharField(_("文件名"), max_length=160)
    purpose = models.CharField(_("用途"), max_length=12, choices=AttachmentPurpose)
    is_public = models.BooleanField(_("反映人可见"), default=False)
    added_at = models.DateTimeField(_("添加时间"))
    added_by_id = models.BigIntegerField(_("添加人编号"), null=True)
    added_by_name = models.CharField(_("添加人"), max_length=100)
    round = models.PositiveSmallIntegerField(_("办理轮次"), default=1)

    class Meta:
        verbose_name = _("案件附件")
        verbose_name_plural = _("案件附件")
        default_permissions = ()
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "file", "purpose", "round"], name="case_attachment_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name
