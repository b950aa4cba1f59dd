"""Public ids: what stands in addresses and in the API, never a row number."""

import secrets

PUBLIC_ID_LENGTH = 22  # 16 bytes in URL-safe base64 without padding


def new_public_id() -> str:
    """Return 128 random bits as 22 URL-safe characters, so that nobody guesses or counts what exists."""
    return secrets.token_urlsafe(16)


def new_token() -> str:
    """Return 192 random bits as 32 URL-safe characters, for what gives access by being known."""
    return secrets.token_urlsafe(24)
