#!/bin/sh
# Gets a Chromium for the browser tests where the machine allows it. Never fails: tests without a browser say NOT RUN.
set -u
cd "$(dirname "$0")/.."

found() { .venv/bin/python -m tests.browsers >/dev/null 2>&1; }

found && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "ブラウザーが見つかりません。画面の試験には次が要ります: sudo apt-get install chromium fonts-noto-cjk (no browser found)"
    exit 0
fi
echo "画面の試験のためにブラウザーを入れています… (installing a browser for the tests)"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
{
    timeout 120 apt-get update -q -o DPkg::Lock::Timeout=60
    timeout 600 apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=60 fonts-noto-cjk
    timeout 600 apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=60 chromium
    # On Ubuntu the package is a snap, which containers cannot run; the test library brings its own browser then.
    found || timeout 600 .venv/bin/python -m playwright install --with-deps --only-shell chromium
} </dev/null >"$log" 2>&1
found || { tail -5 "$log" && echo "ブラウザーを入れられませんでした。画面の試験は行われません。(no browser: its tests will not run)"; }
rm -f "$log"
exit 0
