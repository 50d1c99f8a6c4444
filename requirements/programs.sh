#!/bin/sh
# Gets the programs that tests drive, a browser, a feed reader, a mail reader and a mail sender, where the machine allows it. Never fails: a test without
# its program says NOT RUN.
set -u
cd "$(dirname "$0")/.."

browser() { .venv/bin/python -m tests.browsers >/dev/null 2>&1; }
reader() { command -v newsboat >/dev/null; }
mail_reader() { command -v neomutt >/dev/null || command -v mutt >/dev/null; }
mail_sender() { command -v swaks >/dev/null; }

lacking=
browser || lacking="fonts-noto-cjk chromium"
reader || lacking="$lacking newsboat"
mail_reader || lacking="$lacking neomutt"
mail_sender || lacking="$lacking swaks"
[ -n "$lacking" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "試験に使うプログラムがありません。次で入ります: sudo apt-get install" $lacking "(programs that tests drive are missing)"
    exit 0
fi
echo "試験に使うプログラムを入れています…" $lacking "(installing programs for the tests)"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
{
    timeout 120 apt-get update -q -o DPkg::Lock::Timeout=60
    for package in $lacking; do
        timeout 600 apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=60 "$package"
    done
    # On Ubuntu the package is a snap, which containers cannot run; the test library brings its own browser then.
    browser || timeout 600 .venv/bin/python -m playwright install --with-deps --only-shell chromium
} </dev/null >"$log" 2>&1
browser || { tail -5 "$log" && echo "ブラウザーを入れられませんでした。画面の試験は行われません。(no browser: its tests will not run)"; }
reader || { tail -5 "$log" && echo "newsboatを入れられませんでした。フィードを読む試験は行われません。(no newsboat: its test will not run)"; }
mail_reader || { tail -5 "$log" && echo "neomuttを入れられませんでした。メールを読む試験は行われません。(no neomutt: its test will not run)"; }
mail_sender || { tail -5 "$log" && echo "swaksを入れられませんでした。メールを送る試験は行われません。(no swaks: its test will not run)"; }
rm -f "$log"
exit 0
