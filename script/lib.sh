# Shared by the scripts beside it; sourced, never run. Bash.
# shellcheck shell=bash

set -euo pipefail

# Every script works from the root of the repository, wherever it was called from.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"

# A continuous-integration machine has no terminal: no colours, no progress bars, no questions.
if [ "${CI:-}" = true ] || [ ! -t 1 ]; then
  export CARGO_TERM_COLOR=never CARGO_TERM_PROGRESS_WHEN=never NO_COLOR=1
fi
# One spelling of numbers and messages, whatever the language of the machine.
export LC_ALL=C.UTF-8

say() { printf '%s\n' "==> $*"; }
warn() { printf '%s\n' "warning: $*" >&2; }
die() {
  printf '%s\n' "error: $*" >&2
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command as root: directly, or through sudo.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif have sudo; then
    sudo "$@"
  else
    die "root is needed for: $* (run as root, or install sudo)"
  fi
}

# Prints the folder that holds initdb and postgres. Debian keeps them off the PATH, one folder per version; the newest wins.
postgres_bin_dir() {
  local dir initdb
  for dir in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -Vr) /usr/local/pgsql/bin /opt/homebrew/bin; do
    if [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ]; then
      printf '%s\n' "$dir"
      return 0
    fi
  done
  if initdb=$(command -v initdb) && [ -x "$(dirname "$initdb")/postgres" ]; then
    dirname "$initdb"
    return 0
  fi
  return 1
}
