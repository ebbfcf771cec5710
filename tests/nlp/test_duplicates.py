from datetime import UTC, datetime, timedelta
from time import perf_counter

from apps.nlp.duplicates import DuplicateCandidate, common_parts, rank, text_digest

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
TEXT = "海泊路菜市场门口下水道堵塞,污水外溢半个月了,没有人来处理。"


def candidate(pk: int, body: str, **changes: object) -> DuplicateCandidate:
    values = {"id": pk, "title": "", "body": body, "created_at": NOW - timedelta(days=1), **changes}
    return DuplicateCandidate(**values)


def test_the_same_event_comes_first_and_others_stay_out():
    found = rank(
        TEXT,
        [
            candidate(1, "咨询灵活就业人员养老保险如何补缴"),
            candidate(2, "海泊路菜市场下水道又堵了,污水外溢没人管"),
            candidate(3, "幼儿园报名条件咨询"),
        ],
        NOW,
    )
    assert [f.id for f in found] == [2]
    assert "污水外溢" in found[0].common
    assert found[0].reasons[0].startswith("文字相似")


def test_an_exact_copy_says_so_whatever_its_punctuation():
    found = rank(TEXT, [candidate(1, TEXT.replace(",", " ").replace("。", "!"))], NOW)
    assert found[0].reasons[0] == "内容相同"


def test_place_class_and_time_decide_between_equal_texts():
    found = rank(
        TEXT,
        [
            candidate(1, TEXT, created_at=NOW - timedelta(days=29)),
            candidate(2, TEXT, distance_m=40.0, same_class=True),
            candidate(3, TEXT, distance_m=480.0),
        ],
        NOW,
    )
    assert [f.id for f in found] == [2, 3, 1]
    assert found[0].reasons[1:] == ["同一类别", "相距 40 米", "1 天前"]


def test_at_most_five():
    assert len(rank(TEXT, [candidate(n, TEXT) for n in range(9)], NOW)) == 5


def test_empty_and_foreign_texts_are_no_error():
    assert rank("", [candidate(1, TEXT)], NOW) == []
    assert rank("!!", [candidate(1, "")], NOW) == []


def test_common_parts_are_longest_first():
    assert common_parts("幸福小区三号楼电梯坏了", "电梯坏了的幸福小区") == ["幸福小区", "电梯坏了"]


def test_digest_ignores_width_and_spaces():
    assert text_digest("停水 了！ＡＢ") == text_digest("停水了!ab")
    assert text_digest("停水了") != text_digest("停电了")


def test_two_hundred_candidates_in_time():
    other = "".join(chr(0x4E00 + i) for i in range(280))
    pool = [candidate(n, f"{n}号楼{other}{TEXT}"[:300]) for n in range(200)]
    started = perf_counter()
    rank(TEXT * 8, pool, NOW)
    assert perf_counter() - started < 0.3  # 30 ms on a quiet machine; this one is shared
