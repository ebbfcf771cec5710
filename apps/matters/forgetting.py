"""How words about people are taken out of rows: one cleaner for all apps that hold some.

``apps.retention`` decides which cases; each app's ``PersonHolder`` names its rows and calls
``clean_rows``. Nothing here decides or commits.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, Model, QuerySet

from apps.common.personal import remove_personal

SOMEBODY = "〔已匿名〕"
#: Shorter ones would take letters out of everybody's words.
SHORTEST = 2
#: A code, a number or a moment among data, as opposed to words somebody wrote.
_CODE = re.compile(r"[A-Za-z0-9_.:+/-]*", re.ASCII)


class Forgetting:
    """Cases whose people are forgotten together, and what came of it so far.

    case_ids: in order. known: names, numbers and addresses to be found in the words of each.
    erased: the cases whose words go altogether; of the others they are cleaned. before: what is
    older was to be kept no longer. rows: changed, by case and app. files: freed, by case.
    """

    def __init__(
        self,
        case_ids: Sequence[int],
        *,
        known: Mapping[int, Iterable[str]],
        erased: frozenset[int],
        before: datetime,
    ) -> None:
        self.case_ids = list(case_ids)
        self.erased = erased
        self.before = before
        self.known = {case: _longest_first(known.get(case, ())) for case in case_ids}
        self.rows: dict[int, Counter[str]] = {case: Counter() for case in case_ids}
        self.files: dict[int, set[int]] = {case: set() for case in case_ids}

    def clean(self, case_id: int, text: str) -> str:
        """Will give a text without its people; "" where the words of the case go altogether."""
        if case_id in self.erased:
            return ""
        return self._without_people(case_id, text)

    def clean_data(self, case_id: int, value: Any) -> Any:
        """Will give JSON of the same shape; codes, numbers and moments stay, words are cleaned."""
        if isinstance(value, dict):
            return {key: self.clean_data(case_id, inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.clean_data(case_id, inner) for inner in value]
        if not isinstance(value, str):
            return value
        if _CODE.fullmatch(value):
            return self._without_people(case_id, value)
        return self.clean(case_id, value)

    def count(self, case_id: int, app: str, rows: int = 1) -> None:
        """Will note rows that changed."""
        self.rows[case_id][app] += rows

    def free(self, case_id: int, file_id: int) -> None:
        """Will have a file dropped if nothing else cites it."""
        self.files[case_id].add(file_id)

    def _without_people(self, case_id: int, text: str) -> str:
        for known in self.known[case_id]:
            text = text.replace(known, SOMEBODY)
        return remove_personal(text)


def clean_rows(
    forgetting: Forgetting, rows: QuerySet[Any], *fields: str, of: str = "case_id"
) -> None:
    """Will clean fields of rows, text or JSON, and count those that changed.

    of: lookup from a row to the key of its case. Models that send signals on save do not here.
    """
    changed: list[Model] = []
    for row in rows.annotate(forgotten_case=F(of)).only("pk", *fields):
        case_id = row.forgotten_case
        before = [getattr(row, name) for name in fields]
        after = [_cleaned(forgetting, case_id, value) for value in before]
        if before == after:
            continue
        for name, value in zip(fields, after, strict=True):
            setattr(row, name, value)
        changed.append(row)
        forgetting.count(case_id, row._meta.app_label)
    rows.model._default_manager.bulk_update(changed, list(fields), batch_size=500)


def blank_rows(
    forgetting: Forgetting, rows: QuerySet[Any], *, of: str = "case_id", **values: Any
) -> None:
    """Will set fields of rows that hold a person outright, and count the rows."""
    for case_id in rows.values_list(of, flat=True):
        forgetting.count(case_id, rows.model._meta.app_label)
    rows.update(**values)


def drop_files(
    forgetting: Forgetting, rows: QuerySet[Any], *, of: str = "case_id", file: str = "file_id"
) -> None:
    """Will delete the rows that cite a file and have the files dropped."""
    for case_id, file_id in rows.values_list(of, file):
        forgetting.free(case_id, file_id)
        forgetting.count(case_id, rows.model._meta.app_label)
    rows.order_by().delete()


def _cleaned(forgetting: Forgetting, case_id: int, value: Any) -> Any:
    if isinstance(value, str):
        return forgetting.clean(case_id, value)
    return forgetting.clean_data(case_id, value)


def _longest_first(known: Iterable[str]) -> list[str]:
    found = {word.strip() for word in known if len(word.strip()) >= SHORTEST}
    return sorted(found, key=len, reverse=True)
