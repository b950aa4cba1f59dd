#!/bin/sh
# Runs a command (pytest) with the settings of a server installation: PostgreSQL, Redis and RabbitMQ on this
# machine, each with a room of its own that is emptied before and after. Fails when one of them is missing.
set -eu

POSTGRES="${POSTGRES:-postgres://postgres@127.0.0.1:5432/}"
REDIS="${REDIS:-redis://127.0.0.1:6379}"
RABBITMQ="${RABBITMQ:-amqp://guest:guest@127.0.0.1:5672}"

.venv/bin/python - "$POSTGRES" "$REDIS" "$RABBITMQ" <<'PYTHON'
import sys

import amqp
import psycopg
import redis

address = sys.argv[3].rpartition("@")[2]
user, _, password = sys.argv[3].partition("://")[2].rpartition("@")[0].partition(":")
checks = {
    "PostgreSQL": (sys.argv[1], lambda: psycopg.connect(f"{sys.argv[1]}postgres", connect_timeout=3).close()),
    "Redis": (sys.argv[2], lambda: redis.Redis.from_url(sys.argv[2], socket_connect_timeout=3).ping()),
    "RabbitMQ": (address, lambda: amqp.Connection(address, userid=user, password=password, connect_timeout=3).connect()),
}
missing = []
for name, (where, check) in checks.items():
    try:
        check()
    except Exception as error:
        missing.append(f"{name} does not answer at {where}: {error}")
sys.exit("\n".join(missing) or 0)
PYTHON

export DATABASE_URL="${POSTGRES}videoshare_suites"
# Four numbers each, for at most four processes of pytest-xdist: tests/settings.py counts on from the first.
export CACHE_URL="$REDIS/3"
export CELERY_BROKER_URL="$REDIS/7"

empty_rooms() {
    .venv/bin/python -c 'import redis, sys; [redis.Redis.from_url(f"{sys.argv[1]}/{n}").flushdb() for n in range(3, 11)]' \
        "$REDIS"
}

empty_rooms
trap empty_rooms EXIT
"$@"
