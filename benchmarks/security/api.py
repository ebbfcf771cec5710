"""Schemathesis over our OpenAPI document: ``python -m benchmarks.security.api BASE KEY [SECONDS]``.

KEY: of an API client with every scope and a rate that does not stop it. Exits 1 for a server
error, an answer that is not what the document says, or a call let in without its key. That a
form has rules the schema cannot say (two characters at least, a place within the city), and
that an empty or unknown filter is taken for none, is listed and fails nothing.
"""

import re
import subprocess
import sys
from collections import Counter

from benchmarks.security.tools import FOLDER, tool

SECONDS = 300
EXAMPLES = 25
# ST201: what breaks the schema is accepted; ST202: what keeps it is refused. See above.
NOTED = {"ST201", "ST202"}
FOUND = re.compile(r"^- (ST\d+) (.+)$", re.MULTILINE)
CASES = re.compile(r"(\d+) generated")


def main(base: str, key: str, seconds: str = str(SECONDS)) -> int:
    """Will run the tool and print what it found by kind; 0: nothing that matters."""
    done = subprocess.run(
        [
            tool("schemathesis"), "run", f"{base}/api/schema/?format=json",
            "--header", f"Authorization: Api-Key {key}", "--max-examples", str(EXAMPLES),
            "--workers", "1", "--max-time", seconds, "--suppress-health-check", "all",
            "--generation-database", "none", "--no-color", "--continue-on-failure",
        ],
        capture_output=True, text=True, check=False, cwd=FOLDER,
    )  # fmt: skip
    (FOLDER / "schemathesis.log").write_text(done.stdout + done.stderr, "utf-8")
    generated = CASES.search(done.stdout)
    if generated is None:
        print(done.stdout[-2000:], done.stderr[-2000:])
        return 2
    found = Counter(FOUND.findall(done.stdout))
    for (code, what), count in sorted(found.items()):
        print(f"{'noted' if code in NOTED else 'FOUND'}  {code}  {count:>4}  {what}")
    serious = sum(count for (code, _what), count in found.items() if code not in NOTED)
    print(f"schemathesis: {generated[1]} calls, {serious} serious; all in {FOLDER}")
    return 1 if serious else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
