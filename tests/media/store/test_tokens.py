"""Tokens of the local store."""

import string
from datetime import UTC, datetime, timedelta

import pytest

from media.store.errors import BadToken, TokenExpired
from media.store.tokens import Grant, Signer

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LATER = int((NOW + timedelta(seconds=60)).timestamp())
GRANTS = [
    Grant("GET", "a/b", LATER),
    Grant("GET", "a/b", LATER, content_type="video/mp4", download_name='Prüfung "1".mp4'),
    Grant("PUT", "a/b", LATER, size_bytes=0, sha256="0" * 64),
    Grant("PUT", "a/b", LATER, size_bytes=9, sha256="0" * 64, upload_id="f" * 32, number=3),
]


@pytest.mark.parametrize("grant", GRANTS)
def test_a_token_gives_back_its_grant(grant: Grant) -> None:
    assert Signer("secret").read(Signer("secret").token_for(grant), NOW) == grant


@pytest.mark.parametrize("grant", GRANTS)
def test_a_token_needs_no_quoting_in_a_url(grant: Grant) -> None:
    assert set(Signer("secret").token_for(grant)) <= set(string.ascii_letters + string.digits + "-_.")


def test_a_token_ends_with_its_last_second() -> None:
    token = Signer("secret").token_for(GRANTS[0])
    assert Signer("secret").read(token, NOW + timedelta(seconds=59)) == GRANTS[0]
    with pytest.raises(TokenExpired):
        Signer("secret").read(token, NOW + timedelta(seconds=60))


def test_another_secret_makes_another_token() -> None:
    with pytest.raises(BadToken):
        Signer("other").read(Signer("secret").token_for(GRANTS[0]), NOW)


def test_no_character_of_the_grant_can_be_changed() -> None:
    token = Signer("secret").token_for(GRANTS[2])
    for position in range(token.index(".")):
        changed = token[:position] + ("A" if token[position] != "A" else "B") + token[position + 1 :]
        with pytest.raises(BadToken):
            Signer("secret").read(changed, NOW)


@pytest.mark.parametrize("token", ["", ".", "a", "a.b", "a.b.c", "äö.ü", "=.=", "W10.", "%00", " . "])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(BadToken):
        Signer("secret").read(token, NOW)
