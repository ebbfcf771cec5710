"""Loads word lists for proposals; words already there keep the weight staff gave them."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from apps.nlp.proposals import load_words


class Command(BaseCommand):
    help = "Add the words of a JSON file (vocabulary -> code -> word -> weight)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        lists = json.loads(options["file"].read_text(encoding="utf-8"))
        self.stdout.write(f"{load_words(lists)} words added")
