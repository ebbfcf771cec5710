"""What a process remembers for a moment, and when it forgets."""

from typing import Any

import pytest

from apps.common import dictionaries, memory
from apps.common.memory import Memory
from apps.common.models import Dictionary, DictionaryEntry

pytestmark = pytest.mark.django_db
entries: Memory[list[str]] = Memory(of=("common.DictionaryEntry",))


@pytest.fixture
def colours() -> Dictionary:
    made = Dictionary.objects.create(code="colour", name="颜色")
    DictionaryEntry.objects.create(dictionary=made, code="red", label="红")
    memory.forget_all()
    return made


def read() -> list[str]:
    return entries.get("all", lambda: list(DictionaryEntry.objects.values_list("code", flat=True)))


def test_the_second_time_nothing_is_asked(
    colours: Dictionary, django_assert_num_queries: Any
) -> None:
    read()
    with django_assert_num_queries(0):
        assert read() == ["red"]


def test_who_saves_or_deletes_sees_it_at_once(colours: Dictionary) -> None:
    read()
    blue = DictionaryEntry.objects.create(dictionary=colours, code="blue", label="蓝")
    assert sorted(read()) == ["blue", "red"]
    blue.delete()
    assert read() == ["red"]


def test_what_is_read_right_after_a_change_is_not_kept(
    colours: Dictionary, django_assert_num_queries: Any
) -> None:
    DictionaryEntry.objects.create(dictionary=colours, code="blue", label="蓝")
    read()
    with django_assert_num_queries(1):
        read()


def test_what_others_changed_is_seen_after_a_while(
    colours: Dictionary, monkeypatch: pytest.MonkeyPatch
) -> None:
    read()
    DictionaryEntry.objects.update(code="green")  # sends no signal, like another process
    assert read() == ["red"]
    later = memory.time.monotonic() + memory.SECONDS
    monkeypatch.setattr(memory.time, "monotonic", lambda: later)
    assert read() == ["green"]


def test_it_does_not_grow_for_ever(colours: Dictionary) -> None:
    for number in range(memory.MOST + 5):
        entries.get(number, list)
    assert len(entries._kept) <= memory.MOST


def test_choices_given_away_are_not_the_ones_remembered(colours: Dictionary) -> None:
    dictionaries.choices("colour").clear()
    assert dictionaries.choices("colour") == [("red", "红")]
