"""A vendor's model may be anything: it is isolated, timed out and told in plain words."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from apps.algorithms.contract import Pixels
from apps.algorithms.errors import ModelFailed
from apps.algorithms.interpret import output_of
from apps.algorithms.manifest import read_manifest
from apps.algorithms.runner import Limits, ModelSession, look_into, wire
from apps.common.errors import InvalidInput
from tests.algorithms.factories import brightness, endless, hungry, manifest, model_bytes

GREY: Pixels = np.full((20, 30, 3), 128, np.uint8)
ROOT = Path(__file__).resolve().parents[2]


def test_a_model_says_what_the_picture_is() -> None:
    content = brightness()
    told = read_manifest(manifest(content))
    with ModelSession(content) as session:
        assert session.facts["opset"] == 17
        numbers, ms = session.run(GREY, told.input.told())
    said = output_of(numbers, told, 2.0)
    assert said.classes["bright"] == pytest.approx(128 / 255, abs=1e-3)
    assert (said.at_s, ms > 0) == (2.0, True)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "unreadable"),
        (b"MZ not a model at all", "unreadable"),
        (brightness()[:-30], "unreadable"),
        (model_bytes([helper.make_node("Evil", ["x"], ["y"], domain="com.vendor")],
                     domains=("", "com.vendor")), "custom_ops"),
        (model_bytes([helper.make_node("NoSuchOperator", ["x"], ["y"])]), "not_loadable"),
    ],
)  # fmt: skip
def test_what_is_no_plain_model_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(ModelFailed) as failed:
        look_into(content)
    assert failed.value.code == code
    assert failed.value.text


def test_a_model_may_not_read_other_files() -> None:
    tensor = helper.make_tensor("w", TensorProto.FLOAT, [1], b"\0\0\0\0", raw=True)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "w"], ["y"])],
        "outside",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [tensor],
    )
    content = helper.make_model(graph, ir_version=9).SerializeToString()
    with pytest.raises(ModelFailed) as failed:
        look_into(content)
    assert failed.value.code == "outside_data"


def test_a_model_that_never_returns_is_ended() -> None:
    with ModelSession(endless(), Limits(call_s=0.5)) as session:
        with pytest.raises(ModelFailed) as failed:
            session.run(GREY, read_manifest(manifest(b"")).input.told())
        child = session._child
    assert failed.value.code == "timeout"
    assert child is not None
    assert child.returncode == -9


def test_a_model_that_wants_all_memory_gets_none() -> None:
    with ModelSession(hungry(), Limits(memory_mb=256)) as session:  # noqa: SIM117
        with pytest.raises(ModelFailed) as failed:
            session.run(GREY, read_manifest(manifest(b"")).input.told())
    assert failed.value.code in {"run_failed", "memory", "crashed"}


@pytest.mark.parametrize(
    "given_",
    [{"labels": ["a", "b", "c"]}, {"output": "boxes"}, {"output": "mask", "labels": []}],
)
def test_other_shapes_than_promised_are_refused(given_: dict[str, Any]) -> None:
    told = read_manifest(manifest(b"", **given_))
    with pytest.raises(ModelFailed) as failed:
        output_of(np.array([0.2, 0.8], np.float32), told, 0.0)
    assert failed.value.code == "output_shape"


def test_boxes_are_shares_of_the_picture() -> None:
    told = read_manifest(manifest(b"", output="boxes", labels=["car"]))
    numbers = np.array([[[2, 4, 6, 8, 0.9, 0], [0, 0, 0, 0, 0, 0]]], np.float32)
    [box] = output_of(numbers, told, 0.0).boxes
    assert (box.left, box.top, box.right, box.bottom) == (0.25, 0.5, 0.75, 1.0)
    assert (box.label, round(box.score, 2)) == ("car", 0.9)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    try:
        found: Any = wire.facts_of(content)
    except wire.Unreadable as error:
        found = error
    assert found is not None


@pytest.mark.parametrize(
    ("change", "entry"),
    [
        ({"id": "No Spaces"}, "id"),
        ({"version": "latest"}, "version"),
        ({"task": "spying"}, "task"),
        ({"sha256": "abc"}, "sha256"),
        ({"opset": True}, "opset"),
        ({"input": {"width": 8, "height": float("nan")}}, "input.height"),
        ({"input": {"width": 8, "height": 8, "colour": "cmyk"}}, "input.colour"),
        ({"input": {"width": 8, "height": 8, "path": "/"}}, "input"),
        ({"output": "embedding"}, "output"),
        ({"labels": []}, "labels"),
        ({"licence": ""}, "licence"),
        ({"vendor": "a\u202eb"}, "vendor"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_manifest_is_refused_by_its_entry(change: dict[str, Any], entry: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_manifest(manifest(b"", **change))
    assert refused.value.data == {"entry": entry}
    assert entry in str(refused.value)


def test_only_the_child_loads_the_runtime() -> None:
    """No process that serves people may load ONNX Runtime, and never another provider."""
    found = [
        str(file.relative_to(ROOT))
        for file in (ROOT / "apps").rglob("*.py")
        if "import onnxruntime" in file.read_text("utf-8")
    ]
    assert found == ["apps/algorithms/runner/child.py"]
    text = (ROOT / found[0]).read_text("utf-8")
    assert 'providers=["CPUExecutionProvider"]' in text
    assert "register_custom_ops_library" not in text
