"""A matter as BPMN 2.0 XML, for other tools to look at and print.

Waiting states become user tasks, ended states end events, the first state follows a start
event, and a state with several ways out gets an exclusive gateway. A split is a call activity
of many instances at once, with the condition of joining; a call of another matter is a call
activity that names its process. Actions that stay in their
state, clocks, rights and tables have no place in that picture; the JSON export carries them.
Source: OMG BPMN 2.0.2 (formal/13-12-09), chapters 10 and 12 (diagram interchange).
"""

from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from apps.common.phrases import series
from apps.matters.enums import JoinPolicy, StateCategory
from apps.matters.studio.picture import HEIGHT, WIDTH, Edge, Node, draw
from apps.matters.studio.shapes import CALL, SPLIT, parts_of

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DD = "http://www.omg.org/spec/DD/20100524/DI"
PREFIXES = {"bpmn": MODEL, "bpmndi": DI, "dc": DC, "di": DD}
EVENT, GATEWAY = 36, 36
LIFT = 70  # room above the first state for the start event


class _Writer:
    """One document being written: the process and, beside it, its diagram."""

    def __init__(self, code: str, title: str) -> None:
        for prefix, uri in PREFIXES.items():
            register_namespace(prefix, uri)
        key = code.replace(".", "_")
        self.root = Element(
            f"{{{MODEL}}}definitions", id=f"definitions_{key}", targetNamespace=f"urn:matter:{code}"
        )
        self.process = SubElement(
            self.root,
            f"{{{MODEL}}}process",
            id=process_key(code),
            name=title,
            isExecutable="false",
        )
        diagram = SubElement(self.root, f"{{{DI}}}BPMNDiagram", id=f"diagram_{key}")
        self.plane = SubElement(
            diagram, f"{{{DI}}}BPMNPlane", id=f"plane_{key}", bpmnElement=process_key(code)
        )
        self.flows = 0
        self.elements: dict[str, Element] = {}

    def element(
        self, tag: str, key: str, name: str, box: tuple[float, float, float, float]
    ) -> None:
        """Will add a flow node and its shape. box: left, top, width, height."""
        attributes = {"id": key} | ({"name": name} if name else {})
        self.elements[key] = SubElement(self.process, f"{{{MODEL}}}{tag}", attributes)
        shape = SubElement(self.plane, f"{{{DI}}}BPMNShape", id=f"{key}_di", bpmnElement=key)
        if tag == "exclusiveGateway":
            shape.set("isMarkerVisible", "true")
        sizes = zip(("x", "y", "width", "height"), box, strict=True)
        SubElement(shape, f"{{{DC}}}Bounds", {k: f"{v:.0f}" for k, v in sizes})

    def flow(self, source: str, target: str, name: str, points: list[tuple[float, float]]) -> None:
        """Will add a sequence flow and its line, and tell both ends of it."""
        self.flows += 1
        key = f"flow_{self.flows}"
        attributes = {"id": key, "sourceRef": source, "targetRef": target}
        SubElement(
            self.process,
            f"{{{MODEL}}}sequenceFlow",
            attributes | ({"name": name} if name else {}),
        )
        SubElement(self.elements[source], f"{{{MODEL}}}outgoing").text = key
        # The schema wants every incoming before the first outgoing, and both after documentation.
        incoming = Element(f"{{{MODEL}}}incoming")
        incoming.text = key
        above = (f"{{{MODEL}}}documentation", f"{{{MODEL}}}incoming")
        before = sum(child.tag in above for child in self.elements[target])
        self.elements[target].insert(before, incoming)
        line = SubElement(self.plane, f"{{{DI}}}BPMNEdge", id=f"{key}_di", bpmnElement=key)
        for x, y in points:
            SubElement(line, f"{{{DD}}}waypoint", x=f"{x:.0f}", y=f"{y:.0f}")


def write_bpmn(code: str, body: dict[str, Any]) -> bytes:
    """Will write a body's states, parts and moves as BPMN 2.0, UTF-8, with its diagram."""
    picture = draw(body)
    writer = _Writer(code, str(body.get("title", "")) or code)
    ended = {node.code for node in picture.nodes if node.category == StateCategory.ENDED}
    reached = {edge.target for edge in picture.edges if edge.source not in ended}
    # What follows an end (filing it away) has no place after an end event.
    drawn = [node for node in picture.nodes if node.is_first or node.code in reached]
    keys = {node.code: _key(node) for node in drawn}
    rows = {code: row for _kind, code, row in parts_of(body)}
    for node in drawn:
        if node.code in rows:
            _part(writer, node, rows[node.code])
        else:
            _state(writer, node)
    for node in drawn:
        if node.is_first:
            _start(writer, node)
        away = [edge for edge in picture.edges if edge.source == node.code]
        _ways(writer, node, away, keys)
    for node in drawn:
        if node.category == SPLIT:
            _instances(writer, node, rows[node.code])
    indent(writer.root)
    return tostring(writer.root, encoding="utf-8", xml_declaration=True)


def _state(writer: _Writer, node: Node) -> None:
    key, top = f"state_{node.code}", node.top + LIFT
    if node.category == StateCategory.ENDED:
        box = (node.x - EVENT / 2, top, float(EVENT), float(EVENT))
        writer.element("endEvent", key, node.label, box)
    else:
        writer.element("userTask", key, node.label, (node.left, top, float(WIDTH), float(HEIGHT)))


def _part(writer: _Writer, node: Node, row: dict[str, Any]) -> None:
    box = (node.left, node.top + LIFT, float(WIDTH), float(HEIGHT))
    writer.element("callActivity", _key(node), node.label, box)
    element = writer.elements[_key(node)]
    SubElement(element, f"{{{MODEL}}}documentation").text = node.category_label
    if row.get("matter"):
        element.set("calledElement", process_key(row["matter"]))


def _instances(writer: _Writer, node: Node, row: dict[str, Any]) -> None:
    """Added last: the schema wants it after the flows."""
    many = SubElement(
        writer.elements[_key(node)],
        f"{{{MODEL}}}multiInstanceLoopCharacteristics",
        isSequential="false",
    )
    if row.get("join", {}).get("policy", JoinPolicy.ALL) != JoinPolicy.ALL:
        SubElement(many, f"{{{MODEL}}}completionCondition").text = node.category_label


def _key(node: Node) -> str:
    """An id the schema takes: parts carry a mark that no code of a state can have."""
    return node.code.rstrip(".") if node.category in (SPLIT, CALL) else f"state_{node.code}"


def process_key(matter: str) -> str:
    """Will give the id of a matter's process, so that a call names what another export holds."""
    return f"process_{matter.replace('.', '_')}"


def _start(writer: _Writer, node: Node) -> None:
    top = node.top + LIFT
    box = (node.x - EVENT / 2, top - LIFT + 4, float(EVENT), float(EVENT))
    writer.element("startEvent", "start", "", box)
    points = [(node.x, top - LIFT + 4 + EVENT), (node.x, top)]
    writer.flow("start", f"state_{node.code}", "", points)


def _ways(writer: _Writer, node: Node, away: list[Edge], keys: dict[str, str]) -> None:
    if node.category == StateCategory.ENDED:
        return  # an end event leads nowhere; reopening is an action of the engine
    source = _key(node)
    start = (node.x, node.top + LIFT + HEIGHT)
    if len(away) > 1:
        gateway = f"gateway_{_key(node)}"
        top = start[1] + 6
        box = (node.x - GATEWAY / 2, top, float(GATEWAY), float(GATEWAY))
        writer.element("exclusiveGateway", gateway, "", box)
        writer.flow(source, gateway, "", [start, (node.x, top)])
        source, start = gateway, (node.x, top + GATEWAY)
    for edge in away:
        lifted = [(x, y + LIFT) for x, y in edge.points[1:]]
        writer.flow(source, keys[edge.target], series(edge.actions), [start, *lifted])
