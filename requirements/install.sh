#!/bin/sh
# Makes .venv with what the site needs (install.sh run), or also what its tests need (install.sh test).
# May be stopped at any moment: the stamp is written last, and what has no valid stamp is made anew.
set -eu
cd "$(dirname "$0")/.."
what=${1:-run}
venv=.venv
stamp=$venv/installed
unset PYTHONHOME PYTHONPATH
export PIP_USER=0 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1

stop() {
    printf '\n%s\n(%s)\n\n' "$1" "$2" >&2
    exit 1
}

find_python() {
    for python in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            "$python" -c 'import ensurepip, venv' 2>/dev/null && return
            lacking=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        fi
    done
    [ -z "${lacking:-}" ] || stop "Pythonのvenvがありません。次を実行してから、もう一度お試しください: sudo apt-get install python3-venv" \
        "Python's venv is missing. Run: sudo apt-get install python3-venv, or $lacking"
    stop "Python 3.11以上が見つかりません。次を実行してから、もう一度お試しください: sudo apt-get install python3 python3-venv" \
        "No Python 3.11 or newer was found. Run: sudo apt-get install python3 python3-venv, or set PYTHON=/path/to/python3"
}

# What an environment cannot survive a change of: its place (scripts name it) and its Python.
ground() { printf '%s %s' "$(pwd -P)" "$($venv/bin/python -VV 2>/dev/null || echo broken)" | cksum; }
wanted() { cat requirements/run.txt requirements/test.txt pyproject.toml | cksum; }
stamped() { [ -f $stamp ] && sed -n "$1p" $stamp; }

fetch() {
    # Locked by hash, wheels only: building from source would fetch unlocked tools.
    $venv/bin/python -I -m pip install -q --no-compile --only-binary :all: --require-hashes -r "requirements/$1.txt" ||
        stop "ライブラリを入れられませんでした(上の英文が理由です)。ネットワークを確かめて、もう一度お試しください。" \
            "Installing the libraries failed, see above. Check the network and try again."
    $venv/bin/python -I -m pip install -q --no-deps --no-build-isolation --no-index --editable . ||
        stop "このサイト自身を入れられませんでした(上の英文が理由です)。" "Installing the site itself failed, see above."
    $venv/bin/python -I -m compileall -q -j 0 $venv/lib >/dev/null || true # a few libraries ship files for other versions
}

# One set-up at a time; the second waits and then finds it done.
if command -v flock >/dev/null; then
    exec 9>.venv.lock
    flock 9
fi
if [ "$(stamped 2)" = "$(ground)" ]; then
    [ "$(stamped 3)" = "$(wanted)" ] && { [ "$(stamped 1)" = "$what" ] || [ "$(stamped 1)" = test ]; } && exit 0
    [ "$(stamped 1)" = test ] && what=test
    echo "必要なものが変わったので、.venv を更新しています… (updating .venv)"
    rm -f $stamp
else
    find_python
    echo "$($python -V) で .venv を作っています。1分ほどかかります… (making .venv, about a minute)"
    rm -rf $venv
    $python -m venv $venv || stop ".venv を作れませんでした(上の英文が理由です)。" "Making .venv failed, see above."
fi
fetch "$what"
printf '%s\n%s\n%s\n' "$what" "$(ground)" "$(wanted)" >$stamp.new
mv $stamp.new $stamp
