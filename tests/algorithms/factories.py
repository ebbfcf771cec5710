"""People of the warehouse and tiny models of vendors. Small and plain."""

import hashlib
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from apps.accounts.models import Organization, User
from apps.algorithms.contract import BuiltIn, Frame, Output, Plugin
from apps.algorithms.models import Algorithm, AlgorithmVersion
from apps.algorithms.services import register_model
from apps.common import clock
from tests.people import appointed

RIGHTS = {
    "keeper": ["view_algorithms", "keep_algorithms", "use_capabilities"],
    "publisher": ["view_algorithms", "publish_algorithms"],
    "reader": ["view_algorithms"],
}


def person(name: str, role: str, unit: Organization) -> User:
    """Will give somebody of the unit with the rights of a role of ``RIGHTS``."""
    rights = [f"algorithms.{right}" for right in RIGHTS[role]]
    return appointed(f"alg-{name}", unit, role=f"alg-{role}", rights=rights)


def model_bytes(
    nodes: list[Any],
    *,
    weights: dict[str, Any] | None = None,
    shape: tuple[int, ...] = (1, 3, 8, 8),
    domains: tuple[str, ...] = ("",),
) -> bytes:
    """Will give an ONNX file with one input "x" and one output "y"."""
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in (weights or {}).items()],
    )
    opsets = [helper.make_opsetid(domain, 17 if not domain else 1) for domain in domains]
    made: onnx.ModelProto = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    return bytes(made.SerializeToString())


def brightness() -> bytes:
    """Will give a model that says how bright a picture is: bright, dark; both 0 to 1."""
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Sub", ["one", "mean"], ["dark"]),
        helper.make_node("Concat", ["mean", "dark"], ["y"], axis=0),
    ]
    return model_bytes(nodes, weights={"one": np.ones(1, np.float32)})


def endless() -> bytes:
    """Will give a model that goes round for ever."""
    inner = helper.make_graph(
        [
            helper.make_node("Identity", ["going"], ["going_on"]),
            helper.make_node("Mul", ["v", "v"], ["v_out"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", TensorProto.BOOL, []),
            helper.make_tensor_value_info("v", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("going_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("v_out", TensorProto.FLOAT, None),
        ],
    )
    nodes = [helper.make_node("Loop", ["many", "yes", "x"], ["y"], body=inner)]
    weights = {"many": np.array(2**62, np.int64), "yes": np.array(True)}
    return model_bytes(nodes, weights=weights)


def hungry() -> bytes:
    """Will give a model that asks for 16 GB."""
    nodes = [helper.make_node("Expand", ["x", "size"], ["big"]),
             helper.make_node("ReduceMean", ["big"], ["y"], keepdims=0)]  # fmt: skip
    return model_bytes(
        nodes, weights={"size": np.array([1 << 24, 3, 8, 8], np.int64)}, shape=(1, 3, 8, 8)
    )


def manifest(content: bytes, **given: Any) -> dict[str, Any]:
    """Will give what the vendor of ``brightness`` says of it."""
    plain: dict[str, Any] = {
        "id": "brightness", "vendor": "示例厂商", "version": "1.0", "task": "classification",
        "sha256": hashlib.sha256(content).hexdigest(), "opset": 17,
        "input": {"width": 8, "height": 8}, "output": "classes", "labels": ["bright", "dark"],
        "min_width": 16, "min_height": 16, "licence": "示例许可", "expected_ms": 5,
    }  # fmt: skip
    return plain | given


def registered(actor: User, content: bytes | None = None, **given: Any) -> AlgorithmVersion:
    """Will give a vendor's version as it comes in."""
    file = brightness() if content is None else content
    key = given.pop("vendor_key", "")
    return register_model(
        actor, name="明暗判断", manifest=manifest(file, **given), chunks=[file], vendor_key=key
    )


def plain_load(parameters: Any, drawing: Any) -> Plugin:
    """Will give a plug-in that says nothing of each frame."""

    def run(frames: Any) -> Any:
        frame: Frame
        for frame in frames:
            yield Output(frame.at_s)

    return run


def builtin_one(version: str = "1.0") -> BuiltIn:
    """Will give a built-in algorithm that does nothing."""
    return BuiltIn("test-plain", version, "测试", "intrusion", "boxes", plain_load)


def plain_version() -> AlgorithmVersion:
    """Will give a published version that work may be queued for."""
    algorithm, _new = Algorithm.objects.get_or_create(
        code="test-plain",
        defaults={
            "name": "测试算法", "vendor": "CityBrain", "task": "intrusion", "origin": "builtin",
            "created_at": clock.now(),
        },
    )  # fmt: skip
    version, _new = AlgorithmVersion.objects.get_or_create(
        algorithm=algorithm,
        version="1.0",
        defaults={
            "output": "boxes", "state": "published", "published_at": clock.now(),
            "created_at": clock.now(),
        },
    )  # fmt: skip
    return version
