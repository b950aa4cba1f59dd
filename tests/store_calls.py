"""The calls of the object store that this process makes: counted, and one of them failed.

`watched` wraps the methods of a store's class. A call that the store makes of itself counts for nothing, and signing an
address asks nobody, so that it is no call either. What yields fails at its first piece, as a network would.
"""

import functools
import inspect
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from media.store import ObjectStore

CALLS = tuple(name for name in vars(ObjectStore) if not name.startswith(("_", "presigned_")))


@dataclass(frozen=True)
class Fault:
    """What befalls call `number`, counted from 1. With `after` the call does its work, and its answer gets lost."""

    number: int
    error: BaseException
    after: bool = False


@dataclass
class StoreCalls:
    """What was called since `watched` began or `fail` was asked for; `struck` says whether the fault came to pass."""

    made: list[str] = field(default_factory=list)
    fault: Fault | None = None
    struck: bool = False
    _inside: threading.local = field(default_factory=threading.local)

    @contextmanager
    def fail(self, fault: Fault) -> Iterator[None]:
        """Let the fault strike once, at most."""
        self.made, self.fault, self.struck = [], fault, False
        try:
            yield
        finally:
            self.fault = None

    def _begin(self, name: str) -> None:
        self.made.append(name)
        if self.fault is not None and not self.fault.after:
            self._strike(self.fault, len(self.made))

    def _end(self, number: int) -> None:
        if self.fault is not None and self.fault.after:
            self._strike(self.fault, number)

    def _strike(self, fault: Fault, number: int) -> None:
        if number == fault.number and not self.struck:
            self.struck = True
            raise fault.error

    @contextmanager
    def _own_calls_apart(self) -> Iterator[None]:
        self._inside.is_true = True
        try:
            yield
        finally:
            self._inside.is_true = False

    def counted(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        """Return the method so that its calls are counted."""

        def pieces(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Iterator[Any]:
            self._begin(name)
            number = len(self.made)
            with self._own_calls_apart():
                iterator = iter(method(*arguments, **keywords))
            while True:
                with self._own_calls_apart():
                    try:
                        piece = next(iterator)
                    except StopIteration:
                        break
                yield piece
            self._end(number)

        @functools.wraps(method)
        def call(*arguments: Any, **keywords: Any) -> Any:
            if getattr(self._inside, "is_true", False):
                return method(*arguments, **keywords)
            if yields:
                return pieces(arguments, keywords)
            self._begin(name)
            number = len(self.made)
            with self._own_calls_apart():
                result = method(*arguments, **keywords)
            self._end(number)
            return result

        yields = "Iterator" in str(inspect.signature(getattr(ObjectStore, name)).return_annotation)
        return call


@contextmanager
def watched(store: ObjectStore) -> Iterator[StoreCalls]:
    """Count the calls of every store of this one's class."""
    calls = StoreCalls()
    with pytest.MonkeyPatch.context() as patched:
        for name in CALLS:
            patched.setattr(type(store), name, calls.counted(name, getattr(type(store), name)))
        yield calls
