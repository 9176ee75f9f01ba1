"""Run pip-audit over a folder of installed packages; where its service can't be asked, say so and pass.

Usage: audit.py PIP_AUDIT SITE_PACKAGES
"""

import json
import subprocess
import sys

AUDIT, PLACE = sys.argv[1:]
done = subprocess.run(
    [AUDIT, "--format", "json", "--progress-spinner", "off", "--timeout", "20", "--path", PLACE],
    stdin=subprocess.DEVNULL,
    capture_output=True,
    text=True,
    check=False,
)
try:
    found = json.loads(done.stdout)["dependencies"]
except (ValueError, KeyError):
    found = []
audited = [one for one in found if "skip_reason" not in one and one["name"] not in {"pip", "setuptools"}]
if not audited:
    reasons = [one["skip_reason"] for one in found] or done.stderr.strip().splitlines()[-1:] or ["it says nothing"]
    reason = reasons[0]
    print(f"SKIPPED: pip-audit can't ask its vulnerability service from here ({reason[:200]})")
    sys.exit(0)
known = [(one, flaw) for one in audited for flaw in one["vulns"]]
for one, flaw in known:
    fixed = ", ".join(flaw["fix_versions"]) or "no version yet"
    print(f"{one['name']} {one['version']}: {flaw['id']}, mended in {fixed}")
print(f"{len(audited)} packages audited, {len(found) - len(audited)} not, {len(known)} known vulnerabilities")
sys.exit(1 if known else 0)
