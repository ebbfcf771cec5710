"""What the models learn from: ended cases and labelled files, with what people left out.

The texts are covered (numbers, plates, names people give themselves) before anything is counted.
"""

import re
from collections.abc import Iterable, Iterator
from typing import IO, Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Tenant, User
from apps.audit import services as audit
from apps.common import clock, dictionaries
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.imports import ImportColumn, Parsed, Report, read_rows, text, write_rows
from apps.common.personal import mask_personal
from apps.hotline.enums import AutoDispatch
from apps.hotline.learning.permissions import require_in, tenant_ids
from apps.hotline.models import Demand, LearningExample
from apps.hotline.selectors.vocabulary import CLASS_DICTIONARY
from apps.matters.enums import StateCategory
from apps.nlp.duplicates import text_digest
from apps.nlp.learned import Example
from apps.nlp.permissions import KEEP, READERS

#: Taken in at once; the rest the next time.
MOST_AT_ONCE = 20_000
REASON_MAX = 200
_NAMED = re.compile(
    r"(我叫|我是|本人|姓名[:：是为]?|联系人[:：]?)([\u4e00-\u9fff]{2,4})(?=[，,。；;、\s\d电（(]|$)"
)
_COLUMNS = (
    ImportColumn("title", "标题", text(120)),
    ImportColumn("text", "内容", text(4000), required=True),
    ImportColumn("code", "类别", text(40), required=True),
)


def covered(words: str) -> str:
    """Will cover personal numbers, plates and names people give of themselves."""
    return _NAMED.sub(r"\1某某", mask_personal(words))


def collect() -> int:
    """Will take in cases that ended since the last time, and give their number.

    Only those whose class a person chose: what was dispatched with no person teaches nothing,
    unless somebody gave it another class afterwards.
    """
    known = LearningExample.objects.filter(case__isnull=False).values("case_id")
    ended = Demand.objects.filter(
        case__category=StateCategory.ENDED, case__answered_at__isnull=False
    )
    ended = ended.exclude(case__class_code="").exclude(case_id__in=known)
    ended = ended.exclude(case__reading__dispatch=AutoDispatch.DONE)
    now = clock.now()
    rows = [
        LearningExample(
            tenant_id=tenant,
            case_id=case,
            class_code=code,
            digest=digest,
            created_at=now,
        )
        for tenant, case, code, digest in ended.order_by("-case_id").values_list(
            "case__tenant_id", "case_id", "case__class_code", "text_digest"
        )[:MOST_AT_ONCE]
    ]
    LearningExample.objects.bulk_create(rows, ignore_conflicts=True, batch_size=2000)
    return len(rows)


def training_examples() -> list[Example]:
    """Will give what may be learned from, the newest first, personal data covered."""
    usable = LearningExample.objects.filter(is_excluded=False)
    disputed = Q(digest__in=conflicts(usable).values("digest"), decided_at__isnull=True)
    usable = usable.exclude(disputed).order_by("-id")
    named = usable.values_list("class_code", "title", "text", "case__title", "case__text")
    return [
        Example(covered(of_case or title), covered(case_text or own), code)
        for code, title, own, of_case, case_text in named.iterator(2000)
    ]


def conflicts(examples: QuerySet[LearningExample]) -> "QuerySet[LearningExample, Any]":
    """Will give the digests of words that stand under two classes or more."""
    counted = examples.filter(is_excluded=False).order_by().values("tenant_id", "digest")
    return counted.annotate(n=Count("class_code", distinct=True)).filter(n__gt=1)


def list_examples(
    viewer: User, *, class_code: str = "", source: str = "", state: str = ""
) -> QuerySet[LearningExample]:
    """Will give the examples of the viewer's bodies, the newest first.

    source: "case" or "file"; state: "conflict" or "excluded".
    """
    found = LearningExample.objects.select_related("case", "decided_by").order_by("-id")
    reached = tenant_ids(viewer, *READERS)
    if reached is not None:
        found = found.filter(tenant_id__in=reached)
    if class_code:
        found = found.filter(class_code=class_code)
    if source:
        found = found.filter(case__isnull=source != "case")
    if state == "excluded":
        found = found.filter(is_excluded=True)
    elif state == "conflict":
        found = found.filter(digest__in=conflicts(found).values("digest"))
    return found


def class_counts(viewer: User) -> list[tuple[str, str, int]]:
    """Will give (code, label, usable examples) of each class in force, the fewest first."""
    held = dict(
        list_examples(viewer)
        .filter(is_excluded=False)
        .order_by()
        .values_list("class_code")
        .annotate(n=Count("id"))
    )
    named = [
        (code, str(label), held.get(code, 0))
        for code, label in dictionaries.choices(CLASS_DICTIONARY)
    ]
    return sorted(named, key=lambda row: (row[2], row[0]))


@transaction.atomic
def rule_example(actor: User, *, example_id: int, excluded: bool, reason: str) -> LearningExample:
    """Will leave an example out of training, or take it in again, with a reason. Audited.

    Locks the row. Raises: NotFound; NotAllowed; InvalidInput (field "reason"); Refused (it
    already is so decided).
    """
    example = LearningExample.objects.select_for_update().filter(pk=example_id).first()
    reached = tenant_ids(actor, *READERS)
    if example is None or (reached is not None and example.tenant_id not in reached):
        raise NotFound(_("没有这条样本，或您无权查看"))
    require_in(actor, example.tenant_id, KEEP)
    if not 2 <= len(reason.strip()) <= REASON_MAX:
        raise InvalidInput(_("请用2至%s个字写明理由") % REASON_MAX, field="reason")
    if example.is_excluded == excluded and example.decided_at is not None:
        raise Refused(_("该样本已是此状态"))
    before = audit.snapshot(example, "is_excluded", "reason")
    example.is_excluded, example.reason = excluded, reason.strip()
    example.decided_by, example.decided_at = actor, clock.now()
    example.save(update_fields=["is_excluded", "reason", "decided_by", "decided_at"])
    audit.record(
        actor,
        "learning_example.excluded" if excluded else "learning_example.included",
        object_type="hotline.learning_example",
        object_id=example.pk,
        object_label=example.class_code,
        data=audit.changes(before, audit.snapshot(example, "is_excluded", "reason")),
    )
    return example


def import_examples(actor: User, *, tenant: Tenant, file: IO[bytes], name: str) -> Report:
    """Will take in a labelled CSV or xlsx file (标题, 内容, 类别), covered; the same row once.

    类别: code or name of a class in force. Rows that cannot be read are told; the others are
    taken. Audited. Raises: NotAllowed; InvalidInput (field "file": size, kind, columns).
    """
    require_in(actor, tenant.pk, KEEP)
    codes = _codes()
    parsed: Parsed = read_rows(file, [_COLUMNS[0], _COLUMNS[1], _class_column(codes)])
    now, source = clock.now(), name.strip()[:80]

    def write(values: dict[str, str]) -> None:
        LearningExample.objects.get_or_create(
            tenant=tenant,
            case=None,
            digest=text_digest(values["text"]),
            class_code=values["code"],
            defaults={
                "source": source,
                "title": covered(values.get("title") or ""),
                "text": covered(values["text"]),
                "created_at": now,
            },
        )

    report = write_rows(parsed, write=write, partial=True)
    audit.record(
        actor,
        "learning_examples.imported",
        object_type="accounts.tenant",
        object_id=tenant.pk,
        object_label=source,
        data={"rows": len(parsed.rows), "errors": len(report.errors)},
    )
    return report


def _codes() -> dict[str, str]:
    chosen = list(dictionaries.choices(CLASS_DICTIONARY))
    return {str(label): code for code, label in chosen} | {code: code for code, _label in chosen}


def _class_column(codes: dict[str, str]) -> ImportColumn:
    def convert(cell: object) -> str:
        found = codes.get(str(cell).strip())
        if found is None:
            raise ValueError(str(gettext_lazy("没有这个类别")))
        return found

    return ImportColumn("code", "类别", convert, required=True)


def shown_words(
    examples: Iterable[LearningExample],
) -> Iterator[tuple[LearningExample, str, str]]:
    """Will give each example with its covered title and the beginning of its text."""
    for example in examples:
        title = example.case.title if example.case else example.title
        words = example.case.text if example.case else example.text
        yield example, covered(title), covered(words)[:120]
