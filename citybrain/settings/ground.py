"""What all settings stand on: the environment, where things lie, whether this is a demo."""

from pathlib import Path

import environ

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = Path(env.str("CITYBRAIN_DATA", default=str(BASE_DIR / "var")))
DEMO = env.bool("CITYBRAIN_DEMO", default=False)
