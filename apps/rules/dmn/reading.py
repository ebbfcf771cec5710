"""Reading a DMN decision table from outside: small, without entities, not nested deeply."""

from collections.abc import Iterator
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.common.phrases import points, series
from apps.rules.dmn.feel import read_cell, read_literal
from apps.rules.dmn.names import DMN_EDITIONS, HIT_POLICIES, OWN
from apps.rules.engine.problems import Problem
from apps.rules.engine.table import MAX_COLUMNS, MAX_KEY, MAX_ROWS
from apps.rules.engine.vocabulary import (
    Fact,
    FactType,
    Output,
    OutputType,
    Vocabulary,
    choices_remembered,
)
from apps.rules.errors import InvalidRules
from apps.rules.rows import new_key
from apps.rules.wording import codes_of, split_items

MAX_FILE_BYTES = 5 * 1024 * 1024
_MAX_DEPTH = 20  # a decision table needs 8
_MAX_ELEMENTS = 400_000  # 5,000 rows of 20 columns need 300,000
_MAX_PROBLEMS = 50
_CHUNK_BYTES = 64 * 1024
_REFUSED = {
    "import": "import",
    "businessKnowledgeModel": "businessKnowledgeModel",
    "decisionService": "decisionService",
}


def read_dmn(vocabulary: Vocabulary, upload: IO[bytes]) -> dict[str, Any]:
    """Will read a DMN file as the body of a table.

    Raises: InvalidInput (no XML, too big, too deep, with entities, no DMN); InvalidRules whose
        data["problems"] say row, column and what is outside the subset.
    """
    root = _parse(upload)
    with choices_remembered():
        return _Reader(vocabulary, _only_table(root)).body()


class _Builder(TreeBuilder):
    """A tree that stops growing: expat itself knows no limit."""

    depth = elements = 0

    def start(self, tag: Any, attrs: Any, /) -> Element:
        self.depth += 1
        self.elements += 1
        if self.depth > _MAX_DEPTH:
            raise _refused(_("XML 嵌套超过 %(limit)s 层") % {"limit": _MAX_DEPTH})
        if self.elements > _MAX_ELEMENTS:
            raise _refused(_("XML 超过 %(limit)s 个元素") % {"limit": _MAX_ELEMENTS})
        return super().start(tag, attrs)

    def end(self, tag: Any, /) -> Element:
        self.depth -= 1
        return super().end(tag)


def _parse(upload: IO[bytes]) -> Element:
    content = upload.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise _refused(_("文件超过 5 MB"))
    parser = DefusedXMLParser(target=_Builder(), forbid_dtd=True)
    try:
        for place in range(0, len(content), _CHUNK_BYTES):
            parser.feed(content[place : place + _CHUNK_BYTES])
        root: Element = parser.close()
    except DefusedXmlException:
        raise _refused(_("XML 里不能有 DTD 或实体定义")) from None
    except (ParseError, ValueError, LookupError):
        raise _refused(_("这不是可以读取的 XML 文件")) from None
    return root


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, field="file")


def _only_table(root: Element) -> Element:
    """Will give the one decision table of the file, or say why there is none to read."""
    if _name(root) != "definitions":
        raise _refused(_("这不是 DMN 文件：根元素应为 definitions"))
    for child in root:
        if _name(child) in _REFUSED:
            raise _refused(_("不支持 %(element)s") % {"element": _name(child)})
    decisions = list(_children(root, "decision"))
    if len(decisions) != 1:
        message = _("文件里应有且只有一个决策，现有 %(count)s 个")
        raise _refused(message % {"count": len(decisions)})
    table = next(_children(decisions[0], "decisionTable"), None)
    if table is None:
        raise _refused(_("决策里没有决策表，只支持决策表"))
    return table


def _name(element: Element) -> str:
    """The local name of an element of any edition of DMN, else ""."""
    space, _brace, name = str(element.tag).lstrip("{").rpartition("}")
    return name if space.startswith(DMN_EDITIONS) else ""


def _children(parent: Element, name: str) -> Iterator[Element]:
    return (child for child in parent if _name(child) == name)


def _text_of(parent: Element) -> str:
    text = next(_children(parent, "text"), None)
    return (text.text or "") if text is not None else ""


def _extensions(parent: Element, name: str) -> list[Element]:
    within = next(_children(parent, "extensionElements"), None)
    return within.findall(f"{{{OWN}}}{name}") if within is not None else []


class _Reader:
    def __init__(self, vocabulary: Vocabulary, table: Element) -> None:
        self.vocabulary = vocabulary
        self.table = table
        self.problems: list[Problem] = []

    def body(self) -> dict[str, Any]:
        policy = self._policy()
        inputs = self._inputs()
        outputs = self._outputs()
        rules = list(_children(self.table, "rule"))
        if len(rules) > MAX_ROWS:
            raise _refused(_("规则行超过 %(limit)s 行") % {"limit": MAX_ROWS})
        if self.problems:  # with a column missing every row would be wrong
            self._refuse()
        keys: set[str] = set()
        rows = []
        for number, rule in enumerate(rules, start=1):
            rows.append(self._row(number, rule, inputs, outputs, keys))
            if len(self.problems) >= _MAX_PROBLEMS:
                break
        if self.problems:
            self._refuse()
        return {
            "hit_policy": policy,
            "inputs": [fact.code for fact in inputs],
            "outputs": [output.code for output in outputs],
            "rows": rows,
        }

    def _refuse(self) -> None:
        texts = points(str(problem) for problem in self.problems[:5])
        problems = [
            {"row": p.row, "column": p.column, "message": p.message, "text": str(p)}
            for p in self.problems[:_MAX_PROBLEMS]
        ]
        raise InvalidRules(texts, field="file", data={"problems": problems})

    def _policy(self) -> str:
        text = self.table.get("hitPolicy", "UNIQUE")
        if self.table.get("aggregation"):
            self._wrong(_("不支持汇总（aggregation）"))
        for policy, name in HIT_POLICIES.items():
            if name == text:
                return str(policy)
        shown = {"policy": text[:40], "all": series(HIT_POLICIES.values())}
        self._wrong(_("不支持命中策略“%(policy)s”，可用：%(all)s") % shown)
        return ""

    def _inputs(self) -> list[Fact]:
        found: list[Fact] = []
        for column in _children(self.table, "input"):
            expression = next(_children(column, "inputExpression"), None)
            code = _text_of(expression).strip() if expression is not None else ""
            fact = self.vocabulary.fact_by_code.get(code)
            if fact is None:
                self._wrong(_("词汇表中没有“%(code)s”") % {"code": code[:80]}, column)
            else:
                found.append(fact)
        self._require_columns(len(found), _("条件"))
        return found

    def _outputs(self) -> list[Output]:
        found: list[Output] = []
        for column in _children(self.table, "output"):
            code = column.get("name", "")
            output = self.vocabulary.output_by_code.get(code)
            if output is None:
                self._wrong(_("词汇表中没有“%(code)s”") % {"code": code[:80]}, column)
            else:
                found.append(output)
            if next(_children(column, "defaultOutputEntry"), None) is not None:
                self._wrong(_("不支持默认结果（defaultOutputEntry）"), column)
        self._require_columns(len(found), _("结果"))
        return found

    def _require_columns(self, count: int, kind: str) -> None:
        if not self.problems and not 1 <= count <= MAX_COLUMNS:
            shown = {"kind": kind, "limit": MAX_COLUMNS}
            self._wrong(_("应有 1 至 %(limit)s 列%(kind)s") % shown)

    def _row(
        self,
        number: int,
        rule: Element,
        inputs: list[Fact],
        outputs: list[Output],
        keys: set[str],
    ) -> dict[str, Any]:
        entries = list(_children(rule, "inputEntry"))
        results = list(_children(rule, "outputEntry"))
        if len(entries) != len(inputs) or len(results) != len(outputs):
            self.problems.append(Problem(_("单元格数与列数不同"), row=number))
            return {}
        cells: dict[str, Any] = {}
        for fact, entry in zip(inputs, entries, strict=True):
            try:
                cell = _read_entry(fact, entry)
            except ValueError as error:
                self.problems.append(Problem(str(error), number, fact.code, str(fact.label)))
                continue
            if cell is not None:
                cells[fact.code] = cell
        values: dict[str, Any] = {}
        for output, entry in zip(outputs, results, strict=True):
            try:
                value = _read_result(output, entry)
            except ValueError as error:
                self.problems.append(Problem(str(error), number, output.code, str(output.label)))
                continue
            if value is not None:
                values[output.code] = value
        notes = [_text_of(note) for note in _children(rule, "annotationEntry")]
        note = "；".join(text for text in notes if text)
        return {"key": _key(rule, keys), "cells": cells, "outputs": values, "note": note}

    def _wrong(self, message: str, column: Element | None = None) -> None:
        label = "" if column is None else column.get("label", "")[:80]
        self.problems.append(Problem(message, label=label))


def _key(rule: Element, taken: set[str]) -> str:
    given = [row.get("key", "") for row in _extensions(rule, "row")]
    known = next((k for k in [*given, rule.get("id", "")] if 1 <= len(k) <= MAX_KEY), "")
    key = known if known and known not in taken else new_key()
    taken.add(key)
    return key


def _require_feel(entry: Element) -> None:
    language = entry.get("expressionLanguage", "")
    if language and "feel" not in language.lower():
        raise ValueError(_("不支持表达式语言“%(language)s”") % {"language": language[:80]})


def _read_entry(fact: Fact, entry: Element) -> dict[str, Any] | None:
    _require_feel(entry)
    cell = read_cell(fact, _text_of(entry))
    if cell is None:
        return None
    if cell["op"] == "within":
        labels = {a.get("path", ""): a.get("label", "") for a in _extensions(entry, "area")}
        for area in cell["areas"]:
            area["label"] = labels.get(area["path"], "")
    if fact.type in (FactType.CODE, FactType.TAGS) and "values" in cell:
        if not all(isinstance(value, str) for value in cell["values"]):
            raise ValueError(_("应为加引号的代码"))
        cell["values"] = codes_of(fact, cell["values"])
    return cell


def _read_result(output: Output, entry: Element) -> Any:
    _require_feel(entry)
    value = read_literal(_text_of(entry))
    if isinstance(value, str) and output.type is OutputType.ORGANIZATIONS:
        value = split_items(value)
        return output.read(value if output.choices is None else codes_of(output, value))
    if isinstance(value, str) and output.choices is not None:
        [value] = codes_of(output, [value])
    return output.read(value)
