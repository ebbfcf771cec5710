"""Code lists of national standards a city starts with; the newest edition is imported over them.

Only what forms and files of people and companies ask for. Source: CO-02.
"""

import json
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.common import dictionaries

FIXTURE = settings.BASE_DIR / "fixtures" / "common" / "national_codes.json"


@transaction.atomic
def load_national_codes(actor: Any) -> int:
    """Will add the lists and entries that are missing and give how many entries were added.

    What is there stays as the city has it: a label it changed, an entry it retired.
    """
    added = 0
    for told in json.loads(FIXTURE.read_text("utf-8")):
        dictionary = dictionaries.ensure_dictionary(
            actor, code=told["code"], name=told["name"], source=told["source"], is_national=True
        )
        known = set(dictionary.entries.values_list("code", flat=True))
        for position, (code, label) in enumerate(told["entries"]):
            if code not in known:
                dictionaries.save_entry(
                    actor,
                    dictionary_code=dictionary.code,
                    code=code,
                    label=label,
                    position=position,
                )
                added += 1
    return added
