"""Tables and the examples they must answer rightly."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant, User
from apps.audit.services import record
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.rules import permissions, selectors
from apps.rules.engine.problems import InvalidFacts
from apps.rules.engine.table import plain_facts, read_facts
from apps.rules.engine.vocabulary import Vocabulary
from apps.rules.errors import UnfitFacts
from apps.rules.models import RuleTable, RuleTestCase
from apps.rules.registry import find_vocabulary

_MAX_TEST_CASES = 500


@transaction.atomic
def create_table(
    actor: User,
    *,
    code: str,
    name: str,
    vocabulary: str,
    purpose: str = "",
    tenant: Tenant | None = None,
) -> RuleTable:
    """Will create a table without any version.

    tenant: None for a table of the whole city.
    Raises: NotAllowed; InvalidInput (code not a slug, name empty, vocabulary unknown);
        Refused (the code is taken).
    """
    table = RuleTable(
        code=code, name=name.strip(), vocabulary=vocabulary, purpose=purpose.strip(), tenant=tenant
    )
    permissions.require_edit(actor, table)
    try:
        validate_slug(code)
    except ValidationError:
        raise InvalidInput(_("代码只能用字母、数字、下划线和短横线"), field="code") from None
    if not table.name or len(table.name) > 80:
        raise InvalidInput(_("请填写名称，最长 80 字"), field="name")
    if len(code) > 60 or len(table.purpose) > 300:
        raise InvalidInput(_("内容太长"), field="code" if len(code) > 60 else "purpose")
    if find_vocabulary(vocabulary) is None:
        raise InvalidInput(_("没有这个词汇表"), field="vocabulary")
    if RuleTable.objects.filter(code=code).exists():
        raise Refused(_("代码“%(code)s”已被占用") % {"code": code}, field="code")
    table.save()
    record(
        actor,
        "rule_table.created",
        object_type="rule_table",
        object_id=table.pk,
        object_label=table.name,
        data={"code": code, "vocabulary": vocabulary},
    )
    return table


@transaction.atomic
def add_test_case(
    actor: User,
    *,
    table: RuleTable,
    name: str,
    facts: Mapping[str, Any],
    expected: Sequence[Mapping[str, Any]],
) -> RuleTestCase:
    """Will add an example.

    facts: plain facts. expected: the outputs of the rows that must speak, in order; [] for none.
    Raises: NotAllowed; UnfitFacts; InvalidInput (name empty or taken, an output unknown).
    """
    permissions.require_edit(actor, table)
    table = RuleTable.objects.select_for_update().get(pk=table.pk)
    name = name.strip()
    if not 1 <= len(name) <= 80:
        raise InvalidInput(_("请填写用例名称，最长 80 字"), field="name")
    if table.test_cases.filter(name=name).exists():
        raise InvalidInput(_("已有同名用例"), field="name")
    if table.test_cases.count() >= _MAX_TEST_CASES:
        raise InvalidInput(_("测试用例太多"), field="name")
    vocabulary = selectors.vocabulary_of(table)
    case = RuleTestCase.objects.create(
        table=table,
        name=name,
        facts=_plain(vocabulary, facts),
        expected=[_outputs(vocabulary, outputs) for outputs in expected],
        author=actor,
    )
    _record_test(actor, "rule_test.added", case)
    return case


@transaction.atomic
def remove_test_case(actor: User, *, table: RuleTable, case_id: int) -> None:
    """Will remove an example. Raises: NotAllowed, NotFound."""
    permissions.require_edit(actor, table)
    case = RuleTestCase.objects.select_for_update().filter(table=table, pk=case_id).first()
    if case is None:
        raise NotFound(_("没有这个测试用例"))
    _record_test(actor, "rule_test.removed", case)
    case.delete()


def _plain(vocabulary: Vocabulary, facts: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return plain_facts(read_facts(vocabulary, facts))
    except InvalidFacts as error:
        raise UnfitFacts(str(error), field=error.fact) from None


def _outputs(vocabulary: Vocabulary, outputs: Mapping[str, Any]) -> dict[str, Any]:
    read = {}
    for code, value in outputs.items():
        output = vocabulary.output_by_code.get(code)
        if output is None:
            raise InvalidInput(_("词汇表中没有结果“%(code)s”") % {"code": code}, field="expected")
        try:
            read[code] = output.read(value)
        except ValueError as error:
            raise InvalidInput(f"{output.label}：{error}", field="expected") from None
    return {code: value for code, value in read.items() if value is not None}


def _record_test(actor: User, action: str, case: RuleTestCase) -> None:
    record(
        actor,
        action,
        object_type="rule_table",
        object_id=case.table_id,
        object_label=case.table.name,
        data={"name": case.name, "facts": case.facts, "expected": case.expected},
    )
