"""Messages between our own processes, through pipes: pickles, each behind its length."""

import struct
from typing import Any, BinaryIO

_HEAD = struct.Struct("!Q")


def pack(message: Any) -> bytes:
    """Return a message as it goes through a pipe."""
    import pickle  # 5 ms, which a quiet poll does not need

    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return _HEAD.pack(len(body)) + body


def unpack(received: bytearray) -> Any:
    """Return the message at the start of what was received, or None while it is not whole."""
    import pickle

    if len(received) < _HEAD.size:
        return None
    (size,) = _HEAD.unpack_from(received)
    whole = len(received) >= _HEAD.size + size
    return pickle.loads(memoryview(received)[_HEAD.size :]) if whole else None  # noqa: S301 - from our own process


def receive(pipe: BinaryIO) -> Any:
    """Wait for a message and return it, or None when no more will come."""
    import pickle

    head = pipe.read(_HEAD.size)
    return pickle.loads(pipe.read(_HEAD.unpack(head)[0])) if len(head) == _HEAD.size else None  # noqa: S301 - as above
