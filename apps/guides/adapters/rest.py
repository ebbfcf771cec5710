"""A data-sharing platform that answers JSON over HTTP.

POST <SHARED_DATA_URL> {"dataset": …, "match": {…}} is answered 200 {"record": {…} | null}.
The address must be on the list of outgoing addresses.
"""

import json
from collections.abc import Mapping

from django.conf import settings

from apps.common.errors import InvalidInput
from apps.common.http import CallFailed, post_json
from apps.guides.shared_data import Answer, DataUnavailable


class Registers:
    """Asks the platform; any trouble is ``DataUnavailable``."""

    is_simulated = False

    def find(self, dataset: str, match: Mapping[str, str]) -> Answer:
        """Will give the one record that fits. Raises: DataUnavailable."""
        headers = {}
        if settings.SHARED_DATA_TOKEN:
            headers["Authorization"] = f"Bearer {settings.SHARED_DATA_TOKEN}"
        try:
            answer = post_json(
                settings.SHARED_DATA_URL,
                {"dataset": dataset, "match": dict(match)},
                headers=headers,
            )
        except (CallFailed, InvalidInput) as error:
            raise DataUnavailable(str(error)) from error
        if answer.status != 200:
            raise DataUnavailable(f"status {answer.status}")
        try:
            record = json.loads(answer.body)["record"]
        except (ValueError, KeyError, TypeError) as error:
            raise DataUnavailable("the answer was not understood") from error
        if record is not None and not isinstance(record, dict):
            raise DataUnavailable("the answer was not understood")
        return Answer(record)
