#!/bin/sh
# Prints the path of a Python >= 3.12 that can carry Lead CRM. Finds none: says what it saw and what to install, exit 1.
# Every candidate is run to prove itself: pyenv's shims exist for versions that are not selected, and do not work.

checkout=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd) || exit 1
seen=

# For a Python inside a virtual environment this is the one it was made from, so that .venv can be made anew.
probe='
import sys
version = "Python %d.%d.%d" % sys.version_info[:3]
if sys.version_info < (3, 12):
    print("is " + version + ", too old")
    sys.exit(1)
try:
    import sqlite3, ssl, zlib
except ImportError as error:
    print("is " + version + ", but was built without a part that is needed: " + str(error))
    sys.exit(1)
import sysconfig
if sysconfig.get_config_var("Py_GIL_DISABLED"):
    print("is " + version + ", free-threaded, which some packages do not support")
    sys.exit(1)
print(sys._base_executable)
'

# prove COMMAND: prints the interpreter behind it and ends the search if it will do; else remembers why not.
prove() {
    found=$(command -v -- "$1" 2>/dev/null) || return 1
    case "$seen" in *"  $found "*) return 1 ;; esac
    if answer=$("$found" -E -s -c "$probe" 2>/dev/null) && [ -x "$answer" ]; then
        printf '%s\n' "$answer"
        exit 0
    fi
    case "$answer" in
        "is "*) ;;
        *) answer="does not run" ;;
    esac
    seen="$seen  $found $answer
"
}

names="python3.14 python3.13 python3.12"

if [ -n "${PYTHON:-}" ]; then
    prove "$PYTHON"
    printf 'Lead CRM needs Python 3.12 or newer, and PYTHON=%s will not do.\n' "$PYTHON" >&2
    printf '%s' "${seen:-  There is no such program.
}" >&2
    printf 'Set PYTHON to another one, or unset it and one is looked for.\n' >&2
    exit 1
fi

# The Python that .venv already uses comes first: a new one on PATH is no reason to set up again.
prove "$checkout/.venv/bin/python"
for name in python3 $names; do prove "$name"; done

# pyenv keeps its Pythons beside its shims. HOME may be empty or another one, so PATH is asked too.
roots="${PYENV_ROOT:-}
${HOME:+$HOME/.pyenv}
$(printf '%s\n' "$PATH" | tr ':' '\n' | sed -n 's|/shims/*$||p')"
IFS='
'
for root in $roots; do
    for candidate in "$root"/versions/*/bin/python3; do prove "$candidate"; done
done
unset IFS

if command -v uv >/dev/null 2>&1; then
    prove "$(UV_PYTHON_DOWNLOADS=never uv python find --managed-python --no-project '>=3.12' 2>/dev/null)"
fi

for folder in /usr/local/bin /opt/homebrew/bin /usr/bin; do
    for name in $names python3; do prove "$folder/$name"; done
done

printf 'Lead CRM needs Python 3.12 or newer, and none was found.\n' >&2
if [ -n "$seen" ]; then printf 'Looked at:\n%s' "$seen" >&2; fi
printf 'Install one (Debian, Ubuntu: apt install python3.12 python3.12-venv; macOS: brew install python@3.13;\n' >&2
printf 'anywhere: pyenv install 3.13, or uv python install 3.13), or name it: make run PYTHON=/path/to/python3.12\n' >&2
exit 1
