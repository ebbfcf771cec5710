"""Writing a table as DMN 1.3 XML."""

from collections.abc import Mapping
from typing import IO, Any

# Only builds and writes; what comes from outside is read through defusedxml.
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent, register_namespace

from django.utils.translation import gettext as _

from apps.rules.dmn.feel import UNSAFE, write_cell, write_literal
from apps.rules.dmn.names import DMN, FACT_TYPES, HIT_POLICIES, OUTPUT_TYPES, OWN
from apps.rules.engine.cells import Cell, Within
from apps.rules.engine.table import Row, Table

register_namespace("", DMN)
register_namespace("cb", OWN)


def write_dmn(table: Table, fileobj: IO[bytes], *, code: str, name: str) -> None:
    """Will write a table as one DMN decision; ``read_dmn`` reads it back to an equal table.

    code, name: of the table, as people find it in another tool.
    """
    root = _element(
        "definitions", id=f"definitions_{code}", name=name, namespace=f"urn:citybrain:{code}"
    )
    decision = _below(root, "decision", id=f"decision_{code}", name=name)
    _below(decision, "variable", id=f"result_{code}", name=name, typeRef="Any")
    for fact in table.inputs:
        required = _below(decision, "informationRequirement", id=f"needs_{fact.code}")
        _below(required, "requiredInput", href=f"#fact_{fact.code}")
    _write_table(decision, table, code)
    for fact in table.inputs:
        data = _below(root, "inputData", id=f"fact_{fact.code}", name=fact.code)
        kind = FACT_TYPES[fact.type]
        _below(data, "variable", id=f"value_{fact.code}", name=fact.code, typeRef=kind)
    indent(root)
    ElementTree(root).write(fileobj, encoding="utf-8", xml_declaration=True)


def _write_table(decision: Element, table: Table, code: str) -> None:
    policy = HIT_POLICIES[table.hit_policy]
    grid = _below(decision, "decisionTable", id=f"table_{code}", hitPolicy=policy)
    for fact in table.inputs:
        column = _below(grid, "input", id=f"in_{fact.code}", label=str(fact.label))
        kind = FACT_TYPES[fact.type]
        expression = _below(column, "inputExpression", id=f"from_{fact.code}", typeRef=kind)
        _text(expression, fact.code)
    for output in table.outputs:
        _below(
            grid,
            "output",
            id=f"out_{output.code}",
            name=output.code,
            label=str(output.label),
            typeRef=OUTPUT_TYPES[output.type],
        )
    _below(grid, "annotation", name=_("备注"))
    for number, row in enumerate(table.rows, start=1):
        _write_row(grid, table, number, row)


def _write_row(grid: Element, table: Table, number: int, row: Row) -> None:
    rule = _below(grid, "rule", id=f"row_{number}")
    _extend(rule, "row", {"key": row.key})
    for slot, cell in enumerate(row.cells):
        entry = _below(rule, "inputEntry", id=f"cell_{number}_{slot}")
        _write_labels(entry, cell)
        _text(entry, write_cell(cell))
    for output in table.outputs:
        entry = _below(rule, "outputEntry", id=f"give_{number}_{output.code}")
        value = row.outputs.get(output.code)
        _text(entry, write_literal(";".join(value) if isinstance(value, list) else value))
    _text(_below(rule, "annotationEntry"), row.note)


def _write_labels(entry: Element, cell: Cell) -> None:
    if isinstance(cell, Within):
        for path, label in cell.areas:
            if label:
                _extend(entry, "area", {"path": path, "label": label})


def _extend(parent: Element, name: str, attributes: Mapping[str, Any]) -> None:
    within = parent.find(f"{{{DMN}}}extensionElements")
    if within is None:
        within = _below(parent, "extensionElements")
    SubElement(within, f"{{{OWN}}}{name}", {k: clean(v) for k, v in attributes.items()})


def clean(text: str) -> str:
    """Will leave out the characters XML cannot carry."""
    return UNSAFE.sub(lambda found: found.group() if found.group() in "\n\t" else "", text)


def _element(tag: str, /, **attributes: str) -> Element:
    return Element(f"{{{DMN}}}{tag}", {k: clean(v) for k, v in attributes.items()})


def _below(parent: Element, tag: str, /, **attributes: str) -> Element:
    child = _element(tag, **attributes)
    parent.append(child)
    return child


def _text(parent: Element, text: str) -> None:
    _below(parent, "text").text = clean(text)
