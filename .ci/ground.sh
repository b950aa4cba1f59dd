#!/bin/sh
# Looks for what `make` stands on and cannot make itself, and names what is missing with the command that
# installs it.
#
#   sh .ci/ground.sh product [PYTHON]   Python 3.11 or later with venv; Node.js 18 or later with npm
#   sh .ci/ground.sh tests              ffmpeg and Chromium; as root on Debian or Ubuntu they are installed, and
#                                       Chromium's headless shell with them where there is a package of it
set -eu

sudo="sudo "
[ "$(id -u)" -ne 0 ] || sudo=""
packages=""
complaints=""

# need "what is wrong" "Debian packages"
need() {
    complaints="$complaints$1
"
    packages="$packages $2"
}

has() { command -v "$1" >/dev/null 2>&1; }

# Nobody needs it: the tests that record nothing take longer in Chromium itself.
lacks_shell() { ! has chromium-headless-shell && apt-cache show chromium-headless-shell >/dev/null 2>&1; }

check_python() {
    if [ -z "$1" ] || ! "$1" -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null; then
        need "Python 3.11 or later runs Videoshare; here is $(python3 --version 2>/dev/null || echo none)." \
            "python3.11 python3.11-venv"
    elif ! "$1" -c "import ensurepip, venv" 2>/dev/null; then
        need "$1 cannot make virtual environments." "python3-venv"
    fi
}

check_node() {
    if ! has node; then
        need "Node.js 18 or later builds the pages, and there is none." "nodejs npm"
    elif [ "$(node -p 'parseInt(process.versions.node)')" -lt 18 ]; then
        need "Node.js 18 or later builds the pages; here is $(node --version). Where the system's is older: sudo snap install node --classic" \
            "nodejs npm"
    elif ! has npm; then
        need "npm installs what the pages are built with, and there is none." "npm"
    fi
}

case "${1:-}" in
    product)
        check_python "${2:-}"
        check_node
        ;;
    tests)
        has ffmpeg || need "ffmpeg makes the videos of the tests, and there is none." "ffmpeg"
        has chromium || need "Chromium drives the pages in the tests, and there is none." "chromium"
        if [ -z "$sudo" ] && has apt-get && { [ -n "$packages" ] || lacks_shell; }; then
            apt-get update -qq
            ! lacks_shell || packages="$packages chromium-headless-shell"
            echo "Installing$packages"
            # shellcheck disable=SC2086  # the names are words of their own
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
            exit 0
        fi
        ;;
    *)
        echo "usage: sh .ci/ground.sh product|tests" >&2
        exit 2
        ;;
esac

if [ -n "$packages" ]; then
    printf '%sInstall what is missing:\n    %sapt-get install%s\n' "$complaints" "$sudo" "$packages" >&2
    exit 1
fi
