import ast
import hashlib
import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.nlp import selectors
from apps.nlp.danger import _Entry, alerts_in, scan
from apps.nlp.enums import DangerKind, ModelState
from apps.nlp.errors import ModelDamaged, TooFewExamples
from apps.nlp.grams import all_grams, folded, grams
from apps.nlp.learned import Example
from apps.nlp.linear import unpack
from apps.nlp.models import ClassWord
from apps.nlp.training import thresholds_of, train
from tests.nlp.learned import PARTS, reports, serving, trained

ROOT = Path(__file__).resolve().parents[2]


def test_no_digit_and_no_rare_name_gets_into_a_model():
    odd = [
        Example("井盖", "井盖松动，联系张欧阳锋13812345678，车牌鲁B12345", "road.manhole"),
        *reports(12),
    ]
    done = train(odd)
    kept = "".join(unpack(done.body, done.digest).places)
    assert not any(char.isdigit() for char in kept)
    assert "欧" not in kept
    assert "井盖" in kept


def test_the_model_finds_the_class_and_the_words_that_spoke_for_it():
    done = trained()
    model = unpack(done.body, done.digest)
    text = "楼下广场舞的音响每天扰民到半夜"
    read = model.read("", text)
    assert read.guesses[0].code == "env.noise"
    assert len(read.guesses) == 3
    assert [text[a:b] for a, b in read.guesses[0].spans]
    assert set(read.guesses[0].words) <= {text[a:b] for a, b in read.guesses[0].spans}
    assert sum(guess.probability for guess in read.guesses) == pytest.approx(1, abs=0.01)
    assert done.sheet["macro_f1"] > 0.95
    assert done.sheet["top3"] == 1


def test_our_scorer_says_what_scikit_learn_says():
    from scipy.sparse import csr_matrix
    from sklearn.preprocessing import normalize

    done = trained()
    model = unpack(done.body, done.digest)
    for example in reports(3, seed=9):
        index, values, _total = model._vector(example.title, example.text)
        row = csr_matrix((values, ([0] * len(index), index)), shape=(1, len(model.places)))
        expected = normalize(row) @ model.weights + model.bias
        chances = model.judge(example.title, example.text).chances
        assert np.allclose(np.log(chances[0] / chances[1]) / model.scale,
                           expected[0, 0] - expected[0, 1], atol=1e-4)  # fmt: skip


def test_training_twice_gives_the_same_model_and_too_little_is_refused():
    assert train(reports(10)).digest == train(reports(10)).digest
    few = [*reports(10)[:10], Example("别的", "别的事情", "other")]
    with pytest.raises(TooFewExamples):
        train(few)


def test_a_threshold_needs_nineteen_right_proposals_and_leaves_out_the_unsure():
    chances = np.array([[0.99 - n / 1000, 0.01 + n / 1000] for n in range(40)])
    target = np.zeros(40, int)
    assert thresholds_of(chances[:18], target[:18], ("a", "b")) == {}
    target[30:] = 1
    assert thresholds_of(chances, target, ("a", "b")) == {"a": pytest.approx(0.961)}


def test_a_changed_or_hostile_file_is_not_loaded():
    done = trained()
    with pytest.raises(ModelDamaged):
        unpack(done.body[:-1] + b"x", done.digest)
    bad = io.BytesIO()
    with zipfile.ZipFile(bad, "w") as packed:
        packed.writestr("manifest.npy", pickle.dumps(print))
    digest = hashlib.sha256(bad.getvalue()).hexdigest()
    with pytest.raises(ModelDamaged):
        unpack(bad.getvalue(), digest)


def test_only_the_trainer_loads_scikit_learn():
    users, early = set(), set()
    for path in (ROOT / "apps").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "sklearn" not in text and "scipy" not in text and "nlp.training" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.module:
                if node.module.split(".")[0] in ("sklearn", "scipy"):
                    users.add(path.name)
                if node.module == "apps.nlp.training" and node.col_offset == 0:
                    early.add(path.name)
    assert users == {"training.py"}
    assert early == set()


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=200))
def test_any_text_folds_in_place_and_scores(text):
    assert len(folded(text)) == len(text)
    for gram, at in grams(folded(text)):
        assert folded(text)[at : at + len(gram)] == gram
        assert not any(char.isdigit() for char in gram)
    model = unpack(trained().body, trained().digest)
    for guess in model.read(text, text).guesses:
        assert 0 <= guess.probability <= 1
        assert all(0 <= a < b <= len(text) for a, b in guess.spans)


def test_the_longest_text_without_a_stop_is_read():
    model = unpack(trained().body, trained().digest)
    assert model.read("", "井盖" * 2000).guesses[0].code == "road.manhole"
    assert model.read("", "").guesses == []
    assert len(all_grams("", "😀" * 4000)) <= 4000


@pytest.mark.django_db
def test_words_lift_and_forbid_but_the_model_alone_fills_in(cast):
    serving(cast)
    text = "广场舞音响扰民，商铺喇叭叫卖太吵，凌晨装修噪声"
    first = selectors.offer_classes(text)
    assert first.version == 1
    assert first.filled == "env.noise"
    assert any("用语" in reason for reason in first.offers[0].reasons)
    ClassWord.objects.create(class_code="city.stall", word="叫卖", weight=3)
    lifted = selectors.offer_classes("有人叫卖，" * 3)
    assert lifted.offers[0].code == "city.stall"
    assert lifted.filled == ""
    ClassWord.objects.create(class_code="env.noise", word="广场舞", weight=-3)
    vetoed = selectors.offer_classes(text)
    assert "env.noise" not in [offer.code for offer in vetoed.offers]
    assert vetoed.filled == ""


@pytest.mark.django_db
def test_without_a_model_the_word_lists_propose_alone(cast):
    ClassWord.objects.create(class_code="road.manhole", word="井盖", weight=2)
    found = selectors.offer_classes("井盖坏了")
    assert (found.version, found.filled) == (None, "")
    assert found.offers[0].code == "road.manhole"
    serving(cast, state=ModelState.SHADOW)
    number, read = selectors.read_with_challenger("井盖坏了")
    assert (number, read.guesses[0].code) == (1, "road.manhole")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("我实在不想活了，这就去跳楼", [DangerKind.SELF_HARM]),
        ("再不解决就和你们同归于尽，我准备了汽油弹", [DangerKind.EXPLOSIVE, DangerKind.THREAT]),
        ("明天我们集体上访", [DangerKind.CROWD]),
        ("商场跳楼价卖衣服是虚假宣传", []),
        ("太过分了！！！！！！！！", [DangerKind.EMOTION]),
        ("路灯不亮", []),
    ],
)
def test_dangerous_words_are_found_with_their_places(text, kinds):
    found = alerts_in(text)
    assert [one.kind for one in found] == kinds
    for one in found:
        assert all(folded(text)[a:b] in one.words for a, b in one.spans)


def test_a_word_taken_back_nearby_still_warns_further_on():
    entry = _Entry(DangerKind.SELF_HARM, "跳楼", 2, ("跳楼价",))
    assert scan("跳楼价", [entry]) == []
    assert len(scan("跳楼价很低。可是过了很久以后我还是想跳楼", [entry])) == 1


def test_the_classes_of_the_tests_are_those_of_the_town():
    assert set(PARTS) == {example.code for example in reports(1)}
