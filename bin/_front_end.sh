#!/usr/bin/env bash
# Usage: bin/_front_end.sh
# Brings the front-end libraries and static files up to date; bin/_serve.py lets it run beside
# the migrations and the demo city, which need neither.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"

choose_data
set_up_front_end
