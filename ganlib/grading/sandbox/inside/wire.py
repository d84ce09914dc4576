"""Messages between the grader and the sandbox: one JSON header and raw numbers, nothing that could be executed.

A message is MAGIC, two lengths, a header `{"kind": ..., "values": {name: form}, ...}` and the arrays' bytes. A form is
`{"array": [dtype, shape]}`, `{"plain": bool, number or text}`, `{"list": [form, ...]}` or `{"table": {name: form}}`.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

MAGIC = b"gan1"
HEAD = struct.Struct("<4sII")
DTYPES = {"float64": 8, "float32": 4, "int64": 8, "bool": 1}
LONGEST_HEADER, LONGEST_PAYLOAD = 64 * 1024, 4 * 1024 * 1024
MOST_NUMBERS, MOST_FORMS, DEEPEST, LONGEST_TEXT = 100_000, 2_000, 4, 2_000


class MessageError(Exception):
    """What came is no message of this format, or one over its limits."""


def pack(kind: str, values: dict[str, Any] | None = None, **fields: Any) -> bytes:
    """Return a message of named plain values (arrays, numbers, texts, lists of those) and further JSON fields.

    Raises:
        MessageError: if a value is of another type, or there is too much of it.
    """
    chunks: list[bytes] = []
    forms = {str(name)[:LONGEST_TEXT]: form_of(value, chunks) for name, value in (values or {}).items()}
    header = json.dumps({**fields, "kind": kind, "values": forms}).encode()
    payload = b"".join(chunks)
    check_lengths(len(header), len(payload))
    return HEAD.pack(MAGIC, len(header), len(payload)) + header + payload


def form_of(value: Any, chunks: list[bytes], depth: int = 0) -> dict:
    """Return a value's form, its numbers added to `chunks`."""
    if depth > DEEPEST:
        raise MessageError(f"lists in lists, more than {DEEPEST} deep")
    if isinstance(value, list | tuple):
        return {"list": [form_of(item, chunks, depth + 1) for item in value]}
    if isinstance(value, dict):
        return {"table": {str(name)[:LONGEST_TEXT]: form_of(item, chunks, depth + 1) for name, item in value.items()}}
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool | int | float | str):
        plain = (
            type(value)
            if type(value) in (bool, int, float, str)
            else next(kind for kind in (int, float, str) if isinstance(value, kind))
        )
        return {"plain": value[:LONGEST_TEXT] if plain is str and isinstance(value, str) else plain(value)}
    if not isinstance(value, np.ndarray):
        raise MessageError(f"{type(value).__name__} is no plain value")
    if value.dtype.name not in DTYPES:
        if value.dtype.kind not in "iuf":
            raise MessageError(f"an array of {value.dtype} is not plain numbers")
        value = value.astype(np.float64 if value.dtype.kind == "f" else np.int64)
    if value.size > MOST_NUMBERS:
        raise MessageError(f"an array of {value.size} numbers; at most {MOST_NUMBERS} are allowed")
    chunks.append(np.ascontiguousarray(value).tobytes())
    return {"array": [value.dtype.name, list(value.shape)]}


def check_lengths(header: int, payload: int) -> None:
    if header > LONGEST_HEADER or payload > LONGEST_PAYLOAD:
        raise MessageError(f"a message of {header} + {payload} bytes is too long")


def unpack(head: bytes, header: bytes, payload: bytes) -> tuple[str, dict[str, Any], dict]:
    """Return (kind, values, all fields of the header) of a message that anybody may have forged.

    Raises:
        MessageError: if it is not exactly what `pack` could have made.
    """
    try:
        fields = json.loads(header)
    except (ValueError, RecursionError) as error:
        raise MessageError("the header is no JSON") from error
    if not isinstance(fields, dict) or not isinstance(fields.get("kind"), str):
        raise MessageError("the header has no kind")
    forms = fields.get("values", {})
    if not isinstance(forms, dict) or len(forms) > MOST_FORMS:
        raise MessageError("the values are no table")
    reader = Reader(payload)
    try:
        values = {name: reader.value(form) for name, form in forms.items()}
    except (ValueError, TypeError, OverflowError) as error:
        raise MessageError("an array of an impossible shape") from error
    if reader.position != len(payload):
        raise MessageError("there are numbers left over")
    return fields["kind"], values, fields


class Reader:
    """Takes values out of a payload by their forms, and counts them."""

    def __init__(self, payload: bytes):
        self.payload, self.position, self.forms = payload, 0, 0

    def value(self, form: Any, depth: int = 0) -> Any:
        self.forms += 1
        if depth > DEEPEST or self.forms > MOST_FORMS or not isinstance(form, dict) or len(form) != 1:
            raise MessageError("a value has no form that is known")
        kind, content = next(iter(form.items()))
        if kind == "plain" and isinstance(content, bool | int | float | str):
            return checked(content)
        if kind == "list" and isinstance(content, list):
            return [self.value(item, depth + 1) for item in content]
        if kind == "table" and isinstance(content, dict):
            return {name: self.value(item, depth + 1) for name, item in content.items()}
        if kind == "array" and isinstance(content, list) and len(content) == 2:
            return self.array(*content)
        raise MessageError("a value has no form that is known")

    def array(self, dtype: Any, shape: Any) -> np.ndarray:
        if not isinstance(dtype, str) or dtype not in DTYPES or not isinstance(shape, list) or len(shape) > 8:
            raise MessageError("an array of an unknown type")
        if not all(type(side) is int and 0 <= side <= MOST_NUMBERS for side in shape):
            raise MessageError("an array of an impossible shape")
        size = math.prod(shape)
        if size > MOST_NUMBERS or self.position + size * DTYPES[dtype] > len(self.payload):
            raise MessageError("an array with more numbers than there are")
        raw = self.payload[self.position : self.position + size * DTYPES[dtype]]
        self.position += len(raw)
        if dtype == "bool":
            return (np.frombuffer(raw, np.uint8) != 0).reshape(shape)
        return np.frombuffer(raw, f"<{dtype[0]}{DTYPES[dtype]}").astype(dtype).reshape(shape)


def checked(value: bool | int | float | str) -> bool | int | float | str:
    """Return a plain value; a number that does not fit 64 bits or a text that is too long is refused."""
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        raise MessageError("a text is too long")
    if type(value) is int and not -(2**63) <= value < 2**63:
        raise MessageError("a number is too large")
    return value


def read(receive: Callable[[int], bytes]) -> tuple[str, dict[str, Any], dict]:
    """Read one message; `receive(n)` returns exactly n bytes or raises.

    Raises:
        MessageError: as soon as something can't be a message.
    """
    head = receive(HEAD.size)
    magic, header, payload = HEAD.unpack(head)
    if magic != MAGIC:
        raise MessageError("what came is no message")
    check_lengths(header, payload)
    return unpack(head, receive(header), receive(payload))
