"""A small invented registry: people, births and bank cards that do not exist."""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.conf import settings

from apps.guides.shared_data import Answer, DataUnavailable


class Registers:
    """Reads ``fixtures/guides/registry.json``: {data set: [record, …]}."""

    is_simulated = True

    @cached_property
    def _datasets(self) -> dict[str, list[dict[str, Any]]]:
        path = settings.BASE_DIR / "fixtures" / "guides" / "registry.json"
        found: dict[str, list[dict[str, Any]]] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def find(self, dataset: str, match: Mapping[str, str]) -> Answer:
        """Will give the one record that fits. Raises: DataUnavailable (unknown data set)."""
        if dataset not in self._datasets:
            raise DataUnavailable(f"no data set {dataset}")
        fitting = [
            record
            for record in self._datasets[dataset]
            if all(str(record.get(key, "")) == value for key, value in match.items())
        ]
        return Answer(fitting[0] if len(fitting) == 1 else None)
