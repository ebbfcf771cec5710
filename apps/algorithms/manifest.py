"""What a vendor says of a model: read once, checked, never guessed. Source: CP-05.

A manifest is JSON; an example stands in ``docs/decisions/0067``.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.algorithms.enums import OutputKind, Task
from apps.common.errors import InvalidInput

LEAST_SIDE, MOST_SIDE = 8, 2048
MOST_LABELS = 1000
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{1,59}\Z")
_VERSION = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4}){0,3}\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_KEYS = {
    "id", "vendor", "version", "task", "sha256", "sm3", "signature", "opset", "input", "output",
    "labels", "min_width", "min_height", "licence", "expected_ms",
}  # fmt: skip


@dataclass(frozen=True)
class InputSpec:
    """The one tensor a model takes, and how it is made of a picture of RGB bytes.

    value = (byte x scale - mean) / std for each channel.
    """

    width: int
    height: int
    layout: str = "nchw"
    colour: str = "rgb"
    dtype: str = "float32"
    scale: float = 1 / 255
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def shape(self) -> list[int]:
        """Will give the shape the model must take: one picture."""
        if self.layout == "nchw":
            return [1, 3, self.height, self.width]
        return [1, self.height, self.width, 3]

    def told(self) -> dict[str, Any]:
        """Will give it as the model's process reads it."""
        return asdict(self)


@dataclass(frozen=True)
class Manifest:
    """A checked manifest. expected_ms: what the vendor promises for one picture."""

    code: str
    vendor: str
    version: str
    task: str
    sha256: str
    sm3: str
    signature: str
    opset: int
    input: InputSpec
    output: str
    labels: tuple[str, ...]
    min_width: int
    min_height: int
    licence: str
    expected_ms: float


def read_manifest(told: Any) -> Manifest:
    """Will check what a vendor says. Raises: InvalidInput (the message names the entry)."""
    if not isinstance(told, dict):
        raise _wrong("manifest")
    unknown = sorted(set(map(str, told)) - _KEYS)
    if unknown:
        raise _wrong(unknown[0])
    labels = told.get("labels", [])
    if (
        not isinstance(labels, list)
        or len(labels) > MOST_LABELS
        or not all(isinstance(one, str) and 0 < len(one) <= 60 for one in labels)
    ):
        raise _wrong("labels")
    found = Manifest(
        code=_matching(told, "id", _CODE),
        vendor=_text(told, "vendor", 60),
        version=_matching(told, "version", _VERSION),
        task=_one_of(told, "task", Task.values),
        sha256=_matching(told, "sha256", _DIGEST),
        sm3=_matching(told, "sm3", _DIGEST) if told.get("sm3") else "",
        signature=_text(told, "signature", 2000) if told.get("signature") else "",
        opset=int(_number(told, "opset", 7, 30)),
        input=_input(told.get("input")),
        output=_one_of(told, "output", OutputKind.values),
        labels=tuple(labels),
        min_width=int(_number(told, "min_width", 1, 8192)),
        min_height=int(_number(told, "min_height", 1, 8192)),
        licence=_text(told, "licence", 200),
        expected_ms=_number(told, "expected_ms", 0.01, 60_000),
    )
    if found.output in (OutputKind.CLASSES, OutputKind.COUNTS) and not labels:
        raise _wrong("labels")
    return found


def _input(told: Any) -> InputSpec:
    if not isinstance(told, dict) or set(told) - set(InputSpec.__dataclass_fields__):
        raise _wrong("input")
    plain: dict[str, Any] = {
        "width": int(_number(told, "width", LEAST_SIDE, MOST_SIDE, "input.width")),
        "height": int(_number(told, "height", LEAST_SIDE, MOST_SIDE, "input.height")),
    }
    for name, values in (
        ("layout", ("nchw", "nhwc")),
        ("colour", ("rgb", "bgr")),
        ("dtype", ("float32", "uint8")),
    ):
        if name in told:
            plain[name] = _one_of(told, name, values, f"input.{name}")
    if "scale" in told:
        plain["scale"] = _number(told, "scale", 1e-6, 1000, "input.scale")
    for name, least in (("mean", -1000.0), ("std", 1e-6)):
        if name in told:
            plain[name] = _three(told[name], least, f"input.{name}")
    return InputSpec(**plain)


def _three(told: Any, least: float, name: str) -> tuple[float, float, float]:
    if not isinstance(told, list) or len(told) != 3:
        raise _wrong(name)
    one, two, three = (_number({"x": part}, "x", least, 1000, name) for part in told)
    return one, two, three


def _text(told: Mapping[str, Any], name: str, most: int) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > most:
        raise _wrong(name)
    if not value.isprintable():
        raise _wrong(name)
    return value.strip()


def _matching(told: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not pattern.match(value):
        raise _wrong(name)
    return value


def _one_of(told: Mapping[str, Any], name: str, values: Any, shown: str = "") -> str:
    value = told.get(name)
    if not isinstance(value, str) or value not in values:
        raise _wrong(shown or name)
    return value


def _number(
    told: Mapping[str, Any], name: str, least: float, most: float, shown: str = ""
) -> float:
    value = told.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(shown or name)
    if not least <= value <= most:  # refuses NaN as well
        raise _wrong(shown or name)
    return value


def _wrong(name: str) -> InvalidInput:
    return InvalidInput(
        _("清单的“%(name)s”缺失或不合要求") % {"name": name},
        field="manifest",
        code="manifest",
        data={"entry": name},
    )
