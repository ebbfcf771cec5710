"""The draw as mathematics: the same seed the same result, everyone the same chance."""

import json
import subprocess
import sys
from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.inspection import drawing

SOURCE = Path(drawing.__file__)


def a_list(objects: int = 12, inspectors: int = 5, per_object: int = 2) -> dict[str, Any]:
    return {
        "algorithm": drawing.ALGORITHM,
        "rates": {"A": 1000, "B": 2500, "C": 5000, "D": 10000},
        "per_object": per_object,
        "objects": [{"id": f"O{n:06d}", "grade": "ABCD"[n % 4]} for n in range(objects)],
        "inspectors": [{"id": f"I{n:05d}"} for n in range(inspectors)],
        "barred": {},
    }


def proof_of(frozen: dict[str, Any]) -> dict[str, Any]:
    picks = drawing.draw(frozen, secret="s", public="")
    return drawing.make_proof(frozen, secret="s", public="", results=drawing.as_results(picks))


@st.composite
def lists(pick: Any) -> dict[str, Any]:
    """Any list that permits a draw, with conflicts here and there."""
    per_object = pick(st.integers(1, 3))
    inspectors = pick(st.integers(per_object, 9))
    objects = pick(st.integers(1, 30))
    frozen = a_list(objects, inspectors, per_object)
    for item in frozen["objects"]:
        item["grade"] = pick(st.sampled_from("ABCD"))
        most = inspectors - per_object
        barred = pick(st.sets(st.integers(0, inspectors - 1), max_size=most))
        if barred:
            frozen["barred"][item["id"]] = {f"I{n:05d}": "conflict" for n in barred}
    frozen["rates"] = {g: pick(st.integers(0, drawing.WHOLE)) for g in "ABCD"}
    return frozen


@given(lists(), st.text(max_size=20), st.text(max_size=20))
@settings(max_examples=150, deadline=None)
def test_any_draw_keeps_every_promise(frozen: dict[str, Any], secret: str, public: str) -> None:
    picks = drawing.draw(frozen, secret=secret, public=public)
    assert picks == drawing.draw(deepcopy(frozen), secret=secret, public=public)
    assert len({pick.object_id for pick in picks}) == len(picks)
    for pick in picks:
        assert len(set(pick.inspectors)) == frozen["per_object"]
        assert not set(pick.inspectors) & set(frozen["barred"].get(pick.object_id, {}))
    for grade, rate in frozen["rates"].items():
        stratum = sum(item["grade"] == grade for item in frozen["objects"])
        drawn = sum(pick.grade == grade for pick in picks)
        assert drawn == drawing.wanted_of(stratum, rate)


@given(lists(), st.data())
@settings(max_examples=80, deadline=None)
def test_any_change_of_the_list_shows(frozen: dict[str, Any], data: Any) -> None:
    proof = proof_of(frozen)
    changed = deepcopy(proof)
    item = data.draw(st.sampled_from(changed["list"]["objects"]))
    match data.draw(st.sampled_from(["grade", "gone", "added", "barred"])):
        case "grade":
            item["grade"] = "A" if item["grade"] != "A" else "B"
        case "gone":
            changed["list"]["objects"].remove(item)
        case "added":
            changed["list"]["objects"].append({"id": "O999999", "grade": "D"})
        case _:
            changed["list"]["barred"]["O999999"] = {"I00000": "conflict"}
    assert drawing.verify(proof) == []
    assert "list_digest" in drawing.verify(changed)


@pytest.mark.parametrize("bound", [1, 2, 3, 7, 10, 1000])
def test_numbers_lie_within_their_bound(bound: int) -> None:
    stream = drawing.Stream(b"k" * 32, "n")
    assert {stream.below(bound) for _ in range(200)} <= set(range(bound))


def test_numbers_are_evenly_spread() -> None:
    """Chi-square over 30,000 numbers and 10 boxes: 27.9 is exceeded once in a thousand."""
    stream = drawing.Stream(b"even" * 8, "spread")
    counts = Counter(stream.below(10) for _ in range(30_000))
    assert sum((counts[n] - 3000) ** 2 / 3000 for n in range(10)) < 27.9


def test_every_object_of_a_grade_has_the_same_chance() -> None:
    """One of 8 drawn under 4,000 secrets; 7 degrees of freedom, 24.3 once in a thousand."""
    frozen = a_list(8, 3, 1) | {"rates": {"A": 1250}}
    for item in frozen["objects"]:
        item["grade"] = "A"
    counts = Counter(
        drawing.draw(frozen, secret=str(n), public="")[0].object_id for n in range(4000)
    )
    assert len(counts) == 8
    assert sum((found - 500) ** 2 / 500 for found in counts.values()) < 24.3


def test_every_inspector_has_the_same_chance() -> None:
    """Two of 6 for one object under 3,000 secrets; 5 degrees of freedom, 20.5."""
    frozen = a_list(1, 6, 2) | {"rates": {"A": 10_000}}
    counts = Counter(
        one
        for n in range(3000)
        for one in drawing.draw(frozen, secret=str(n), public="")[0].inspectors
    )
    assert sum((found - 1000) ** 2 / 1000 for found in counts.values()) < 20.5


def test_the_work_is_shared_evenly() -> None:
    picks = drawing.draw(a_list(40, 7, 2) | {"rates": dict.fromkeys("ABCD", 10_000)},
                         secret="s", public="")  # fmt: skip
    load = Counter(one for pick in picks for one in pick.inspectors)
    assert max(load.values()) - min(load.values()) <= 1


def test_public_words_change_the_draw() -> None:
    frozen = a_list(40)
    results = {
        json.dumps(drawing.as_results(drawing.draw(frozen, secret="s", public=str(n))))
        for n in range(20)
    }
    assert len(results) == 20


def test_too_few_inspectors_name_the_objects() -> None:
    frozen = a_list(4, 3, 2)
    frozen["barred"] = {"O000002": {"I00000": "conflict", "I00001": "last_time"}}
    with pytest.raises(drawing.ImpossibleDraw) as refusal:
        drawing.draw(frozen, secret="s", public="")
    assert refusal.value.objects == ("O000002",)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"secret": "another"}, {"secret_digest", "results"}),
        ({"public_seed": "another"}, {"results"}),
        ({"results": []}, {"results", "results_digest"}),
        ({"results_digest": "0" * 64}, {"results_digest"}),
        ({"algorithm": "coin"}, {"algorithm"}),
    ],
)
def test_a_forged_proof_is_told(change: dict[str, Any], told: set[str]) -> None:
    assert set(drawing.verify(proof_of(a_list(40)) | change)) == told


@pytest.mark.parametrize(
    "rubbish", [None, 1, "x", [], {}, {"algorithm": drawing.ALGORITHM, "list": 3, "secret": "s"}]
)
def test_rubbish_is_no_proof(rubbish: Any) -> None:
    assert drawing.verify(rubbish) in (["shape"], ["algorithm"])


def test_a_third_party_can_verify_with_the_file_alone(tmp_path: Path) -> None:
    """The file runs in a bare Python, far from this project and its database."""
    alone = tmp_path / "drawing.py"
    alone.write_text(SOURCE.read_text("utf-8"), "utf-8")
    proof = tmp_path / "proof.json"
    made = proof_of(a_list(30))
    for content, code, word in ((made, 0, "OK"), (made | {"secret": "x"}, 1, "secret_digest")):
        proof.write_text(json.dumps(content), "utf-8")
        run = subprocess.run(
            [sys.executable, "-I", str(alone), str(proof)],
            capture_output=True, text=True, cwd=tmp_path, check=False,
        )  # fmt: skip
        assert (run.returncode, word in run.stdout) == (code, True)
