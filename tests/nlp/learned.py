"""Reports of three classes, drawn from a seeded generator, and a model trained on them."""

import random
from functools import lru_cache

from apps.nlp.enums import ModelState
from apps.nlp.learned import Example
from apps.nlp.models import TextModel, TextModelBody
from apps.nlp.training import Trained, train
from tests.cast import Cast

PARTS = {
    "env.noise": [
        "工地夜间施工噪音很大",
        "广场舞音响扰民",
        "凌晨装修噪声无法休息",
        "商铺喇叭叫卖太吵",
    ],
    "road.manhole": ["路口井盖松动下沉", "窨井盖丢失很危险", "井盖破损车辆颠簸", "人行道井盖翘起"],
    "estate.elevator": ["小区电梯故障停运", "电梯困人无人维修", "电梯门关不上异响", "电梯年检过期"],
}
ENDINGS = ["请尽快处理", "希望有关部门解决", "多次反映无果", "影响居民出行", "已经持续一周"]


def reports(each: int = 30, seed: int = 7) -> list[Example]:
    """Will give so many reports of each class; the same seed gives the same ones."""
    draw = random.Random(seed)
    found = []
    for code, parts in PARTS.items():
        for number in range(each):
            text = f"{draw.choice(parts)}，{draw.choice(parts)}，{draw.choice(ENDINGS)}{number}"
            found.append(Example(draw.choice(parts), text, code))
    return found


@lru_cache(maxsize=1)
def trained() -> Trained:
    """Will train once for all tests."""
    return train(reports())


def serving(cast: Cast, *, state: str = ModelState.RELEASED, number: int = 1) -> TextModel:
    """Will lay down a finished version as the trainer leaves it, in this state."""
    done = trained()
    model = TextModel.objects.create(
        number=number,
        state=state,
        created_at="2026-11-01T00:00Z",
        trained_at="2026-11-01T00:01Z",
        released_at="2026-11-02T00:00Z" if state == ModelState.RELEASED else None,
        examples=done.sheet["examples"],
        sheet=done.sheet,
        thresholds=done.thresholds,
        digest=done.digest,
    )
    TextModelBody.objects.create(model=model, content=done.body)
    return model
