#!/usr/bin/env bash
# Will fail if a text of the code or the templates has no finished English translation.
# It collects the texts in a copy of the tree, so the tree stays as it is.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
if [[ ! -f locale/en/LC_MESSAGES/django.po ]]; then
  echo "WARNING: locale/en/LC_MESSAGES/django.po is not there yet, nothing was compared"
  exit 0
fi
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
{ git ls-files -z --cached --others --exclude-standard 2>/dev/null || find . -name .venv -prune -o -name node_modules -prune -o -name var -prune -o -type f -print0; } |
  while IFS= read -r -d '' file; do [[ -f $file ]] && printf '%s\0' "$file"; done |
  tar --null --files-from=- -cf - | tar -xf - -C "$copy"
cd "$copy"
domains=(django)
[[ -f locale/en/LC_MESSAGES/djangojs.po ]] && domains+=(djangojs)
status=0
for domain in "${domains[@]}"; do
  "$root/.venv/bin/python" manage.py makemessages --locale en --domain "$domain" --no-location --verbosity 0
  po=locale/en/LC_MESSAGES/$domain.po
  for kind in untranslated only-fuzzy; do
    found=$(msgattrib "--$kind" --no-obsolete "$po" | grep -c '^msgid' || true)
    # msgattrib repeats the header entry, whose msgid is empty, when it prints anything
    ((found > 1)) || continue
    echo "$po: $((found - 1)) texts are $kind:"
    msgattrib "--$kind" --no-obsolete --no-wrap "$po" | grep '^msgid "..*' | head -40
    status=1
  done
done
exit $status
