"""Wapiti over the portal: ``python -m benchmarks.security.portal BASE SESSIONID [SECONDS]``.

SESSIONID: the cookie of somebody signed in; it sends forms in their name, so on a demo city
only. SECONDS: for the walk and for each kind of attack. It goes into a jar, beside the cookie
the forms need: without that every form would be refused before it is tried. Exits 1 for a
finding of level 2 or above (injection, files, redirects, cross-site, requests made for others);
weaker ones are listed.
"""

import json
import subprocess
import sys
from urllib.parse import urlsplit

from benchmarks.security.tools import FOLDER, tool

SECONDS = 60
SERIOUS = 2
# Not ssrf and xxe: they wait for a server on the internet to be called.
ATTACKS = (
    "cookieflags,csp,csrf,http_headers,methods,htaccess,redirect,xss,sql,crlf,file,exec,upload,"
    "permanentxss"
)
# What would end the session, or change who the rest of the walk is.
LEFT_OUT = ("/accounts/logout/", "/i18n/setlang/", "/people/me/*")


def main(base: str, session: str, seconds: str = str(SECONDS)) -> int:
    """Will run the tool and print what it found by kind; 0: nothing that matters."""
    report = FOLDER / "wapiti.json"
    report.unlink(missing_ok=True)
    cookie = {"value": session, "version": 0, "expires": None, "secure": False, "port": None}
    jar = FOLDER / "cookies.json"
    jar.write_text(json.dumps({urlsplit(base).hostname: {"/": {"sessionid": cookie}}}), "utf-8")
    left_out = [part for path in LEFT_OUT for part in ("--exclude", f"{base}{path}")]
    done = subprocess.run(
        [
            tool("wapiti"), "--url", f"{base}/", "--cookie", str(jar),
            "--module", ATTACKS, "--depth", "4", "--max-links-per-page", "15",
            "--max-scan-time", seconds, "--max-attack-time", seconds,
            *left_out, "--flush-session", "--no-bugreport",
            "--format", "json", "--output", str(report),
        ],
        capture_output=True, text=True, check=False, cwd=FOLDER,
    )  # fmt: skip
    if not report.exists():
        print(done.stdout[-2000:], done.stderr[-2000:])
        return 2
    said = json.loads(report.read_text("utf-8"))
    serious = 0
    for kind in ("vulnerabilities", "anomalies"):
        for name, found in sorted(said[kind].items()):
            if not found:
                continue
            level = max(each["level"] for each in found)
            serious += sum(each["level"] >= SERIOUS for each in found)
            where = sorted({each["path"] for each in found})[:5]
            print(f"{'FOUND' if level >= SERIOUS else 'noted'}  {name}: {len(found)}  {where}")
    pages = said["infos"].get("crawled_pages_nbr", 0)
    print(f"wapiti: {pages} pages walked, {serious} serious; all in {report}")
    return 1 if serious else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
