#!/bin/sh
# Looks for what `make` stands on and cannot make itself, and names what is missing with the command that
# installs it. Usage: sh tools/ground.sh python|node|media [the python to use]
#
# python: Python 3.11 or later with venv. node: Node 18 or later with npm.
# media: ffmpeg and Chromium, which tests need; as root on Debian or Ubuntu they are installed.
set -eu

sudo=""
[ "$(id -u)" -eq 0 ] || sudo="sudo "

stop() {
    echo "$1" >&2
    echo "    $2" >&2
    exit 1
}

python() {
    [ -n "$1" ] || stop "Videoshare needs Python 3.11 or later; $(python3 --version 2>/dev/null || echo none) is here. Install one:" \
        "${sudo}apt-get install python3.11 python3.11-venv"
    "$1" -c "import sys; sys.exit(sys.version_info < (3, 11))" ||
        stop "Videoshare needs Python 3.11 or later; $1 is older. Install one:" \
            "${sudo}apt-get install python3.11 python3.11-venv"
    "$1" -c "import ensurepip, venv" 2>/dev/null ||
        stop "$1 cannot make virtual environments. Install what is missing:" "${sudo}apt-get install python3-venv"
}

node_and_npm() {
    command -v node >/dev/null && command -v npm >/dev/null ||
        stop "Node.js and npm build the pages, and are missing. Install them:" "${sudo}apt-get install nodejs npm"
    [ "$(node -p 'parseInt(process.versions.node)')" -ge 18 ] ||
        stop "Videoshare needs Node.js 18 or later; $(node --version) is here. Install a later one:" \
            "${sudo}snap install node --classic"
}

media() {
    missing=""
    command -v ffmpeg >/dev/null || missing="$missing ffmpeg"
    command -v chromium >/dev/null || missing="$missing chromium"
    [ -n "$missing" ] || return 0
    if [ -z "$sudo" ] && command -v apt-get >/dev/null; then
        echo "Installing$missing"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    else
        stop "The tests need$missing. Install what is missing:" "${sudo}apt-get install$missing"
    fi
}

case "$1" in
    python) python "${2:-}" ;;
    node) node_and_npm ;;
    media) media ;;
esac
