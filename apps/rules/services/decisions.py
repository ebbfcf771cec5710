"""Letting a table decide, trying one out, and testing it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter_ns
from typing import Any, NoReturn

from django.utils import translation
from django.utils.translation import gettext as _

from apps.audit.services import SYSTEM, record
from apps.common import clock, rows
from apps.common.memory import Memory
from apps.common.phrases import series
from apps.rules import loading, selectors
from apps.rules.engine.compiled import CompiledTable, Hit
from apps.rules.engine.explain import sentence
from apps.rules.engine.problems import InvalidFacts, InvalidTable, SeveralRowsMatch
from apps.rules.engine.table import plain_facts, read_facts
from apps.rules.engine.vocabulary import Value, choices_remembered
from apps.rules.errors import BrokenTable, InvalidRules, NoTable, UnfitFacts
from apps.rules.models import Decision, RuleTableVersion, RuleTestCase
from apps.rules.registry import find_vocabulary

logger = logging.getLogger(__name__)

RECORD_LANGUAGE = "zh-hans"  # the language the stored sentence is written in


# The sentence of a row says names that hardly ever change: of units, areas, classes.
_told: Memory[str] = Memory(
    of=("accounts.Organization", "places.Area", "common.DictionaryEntry", "rules.RuleTable")
)


@dataclass(frozen=True)
class Trial:
    """What a version would say. error: why it could not decide."""

    version: RuleTableVersion
    hit: Hit
    sentence: str
    rows: list[selectors.RowExplanation] = field(default_factory=list)
    error: str = ""


@dataclass(frozen=True)
class TestResult:
    """One test case against one version."""

    __test__ = False  # not a test, whatever its name says to the test runner

    case: RuleTestCase
    passed: bool
    outputs: list[dict[str, Any]]
    error: str = ""


def decide(
    table_code: str,
    *,
    facts: Mapping[str, Any],
    subject: str,
    actor_name: str = "系统",
    at: datetime | None = None,
) -> Decision:
    """Will let the version in force decide and keep the decision, in the caller's transaction.

    facts: plain facts of the table's vocabulary; those the table does not use are kept too.
    subject: "case:123". at: aware; decide by what was in force then (default: now).
    When no row fits, the decision has no outputs and its explanation says so.
    Raises: NoTable; UnfitFacts; BrokenTable (audited: it no longer parses, or promised one row
        and several fit; a caller that rolls back loses the entry, the log line remains).
    Source: RU-01, RU-08.
    """
    moment = at or clock.now()
    version = selectors.get_in_force(table_code, moment)
    if version is None:
        raise NoTable(_("规则表“%(code)s”没有生效的版本") % {"code": table_code})
    compiled = _load_or_refuse(version, subject)
    vocabulary = selectors.vocabulary_of(version.table)
    try:
        started = perf_counter_ns()
        values = read_facts(vocabulary, facts)
        hit = compiled.decide(values)
        duration_us = (perf_counter_ns() - started) // 1000
    except InvalidFacts as error:
        raise UnfitFacts(str(error), field=error.fact) from None
    except SeveralRowsMatch as error:
        keys = series(error.keys[:5])
        _refuse_broken(version, subject, _("应只有一行符合，却有多行：%(keys)s") % {"keys": keys})
    decision = Decision(
        pk=rows.next_key(Decision),
        table_code=table_code,
        table_version=version,
        subject=subject,
        facts=plain_facts(values),
        matched_rows=list(hit.keys),
        outputs=_given(hit),
        explanation=_sentence(version, compiled, hit),
        duration_us=duration_us,
        at=moment,
        actor_name=actor_name[:100],
    )
    rows.insert(decision)
    return decision


def evaluate(version: RuleTableVersion, facts: Mapping[str, Any]) -> Trial:
    """Will try a version, drafts too, without keeping anything; in the viewer's language.

    Raises: UnfitFacts; InvalidRules (the body does not fit its vocabulary any more).
    """
    compiled = load_for_trial(version)
    vocabulary = selectors.vocabulary_of(version.table)
    try:
        values = read_facts(vocabulary, facts)
    except InvalidFacts as error:
        raise UnfitFacts(str(error), field=error.fact) from None
    return _try(version, compiled, values)


def run_tests(version: RuleTableVersion) -> list[TestResult]:
    """Will run the table's test cases against a version. Raises: InvalidRules."""
    compiled = load_for_trial(version)
    return [_run_test(version, compiled, case) for case in version.table.test_cases.all()]


def _run_test(version: RuleTableVersion, compiled: CompiledTable, case: RuleTestCase) -> TestResult:
    outputs, _keys, error = answer(version, compiled, case.facts)
    return TestResult(case, not error and outputs == case.expected, outputs, error)


def answer(
    version: RuleTableVersion, compiled: CompiledTable, facts: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], list[str], str]:
    """Will give the outputs, the keys of the rows, and why it could not decide, else ""."""
    try:
        hit = compiled.decide(read_facts(selectors.vocabulary_of(version.table), facts))
    except InvalidFacts as error:
        return [], [], str(error)
    except SeveralRowsMatch as error:
        return [], list(error.keys), _("多行同时符合")
    return _given(hit), list(hit.keys), ""


def _try(version: RuleTableVersion, compiled: CompiledTable, values: dict[str, Value]) -> Trial:
    table, error = compiled.table, ""
    try:
        hit = compiled.decide(values)
    except SeveralRowsMatch as trouble:
        rows = tuple(table.matching_rows(values))
        hit, error = Hit(rows, trouble.keys, ()), _("应只有一行符合，却有多行同时符合")
    with choices_remembered():
        told = sentence(
            name=version.table.name, number=version.number, table=table, rows=hit.rows[:20]
        )
    used = {fact.code: values[fact.code] for fact in table.inputs}
    rows_told = selectors.explain_rows(table, plain_facts(used), hit.rows[:20])
    return Trial(version, hit, error or told, rows_told, error)


def _given(hit: Hit) -> list[dict[str, Any]]:
    return [{c: v for c, v in outputs.items() if v is not None} for outputs in hit.outputs]


def _sentence(version: RuleTableVersion, compiled: CompiledTable, hit: Hit) -> str:
    def tell() -> str:
        with translation.override(RECORD_LANGUAGE), choices_remembered():
            return sentence(
                name=version.table.name, number=version.number, table=compiled.table, rows=hit.rows
            )

    return _told.get((version.pk, version.revision, tuple(hit.rows)), tell)


def load_for_trial(version: RuleTableVersion) -> CompiledTable:
    """Raises: InvalidRules (the body does not fit its vocabulary any more); NotFound."""
    selectors.vocabulary_of(version.table)
    try:
        return loading.load(version)
    except InvalidTable as error:
        raise InvalidRules(str(error), field="body") from None


def _load_or_refuse(version: RuleTableVersion, subject: str) -> CompiledTable:
    stamp = getattr(version, "area_stamp", None) or 0
    if find_vocabulary(version.table.vocabulary) is None:
        _refuse_broken(version, subject, _("词汇表没有登记"))
    try:
        return loading.load(version, stamp=stamp)
    except InvalidTable as error:
        _refuse_broken(version, subject, str(error))


def _refuse_broken(version: RuleTableVersion, subject: str, why: str) -> NoReturn:
    logger.error(
        "rule table cannot decide",
        extra={"rule_table": version.table.code, "version": version.number, "subject": subject},
    )
    record(
        SYSTEM,
        "rule_table.failed",
        object_type="rule_table",
        object_id=version.table_id,
        object_label=version.table.name,
        data={"number": version.number, "subject": subject, "why": why[:500]},
    )
    raise BrokenTable(
        _("规则表《%(name)s》第%(number)s版不能作出决定：%(why)s")
        % {"name": version.table.name, "number": version.number, "why": why}
    )
