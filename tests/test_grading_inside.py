"""What runs inside the sandbox, and its filter: no message, no source and no call of the system breaks them."""

import io
import json
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ganlib.grading.sandbox import seccomp
from ganlib.grading.sandbox.inside import needs, wire


def through(message):
    stream = io.BytesIO(message)
    return wire.read(stream.read)


def forged(header, payload=b"", magic=b"gan1"):
    header = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<4sII", magic, len(header), len(payload)) + header + payload


# The wire


def test_what_goes_into_a_message_comes_out_of_it():
    values = {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([True, False]), "c": np.array(3),
        "n": 3, "x": 0.1, "t": True, "w": "word", "l": [np.ones(2), [1, 2.5, "x"]], "e": np.zeros((0, 4)),
        "d": {"w": np.ones(3), "n": 1},
    }  # fmt: skip
    kind, got, fields = through(wire.pack("values", values, cell=4))
    assert (kind, fields["cell"]) == ("values", 4)
    assert got.keys() == values.keys()
    assert got["a"].dtype == np.float32 and np.array_equal(got["a"], values["a"]) and got["e"].shape == (0, 4)
    assert got["b"].dtype == bool and got["c"].shape == () and got["c"].dtype == np.int64
    assert (got["n"], got["x"], got["t"], got["w"]) == (3, 0.1, True, "word")
    assert got["d"]["n"] == 1 and got["d"]["w"].shape == (3,)
    assert np.array_equal(got["l"][0], np.ones(2)) and got["l"][1] == [1, 2.5, "x"]


@pytest.mark.parametrize("header, payload", [
    ([], b""), ({}, b""), ({"kind": 3}, b""), ({"kind": "v", "values": []}, b""), (b"\xff\xfe", b""),
    (b"[" * 60_000, b""), (b'{"kind": "v", "values": {"x": {"plain": ' + b"9" * 5_000 + b"}}}", b""),
    ({"kind": "v", "values": {"x": 3}}, b""), ({"kind": "v", "values": {"x": {"plain": None}}}, b""),
    ({"kind": "v", "values": {"x": {"plain": 2**70}}}, b""),
    ({"kind": "v", "values": {"x": {"plain": "w" * 3_000}}}, b""),
    ({"kind": "v", "values": {"x": {"array": ["object", [1]]}}}, bytes(8)),
    ({"kind": "v", "values": {"x": {"array": ["float64", [-1]]}}}, bytes(8)),
    ({"kind": "v", "values": {"x": {"array": ["float64", [True]]}}}, bytes(8)),
    ({"kind": "v", "values": {"x": {"array": ["float64", [2]]}}}, bytes(8)),
    ({"kind": "v", "values": {"x": {"array": ["float64", [99999, 99999, 99999]]}}}, bytes(8)),
    ({"kind": "v", "values": {"x": {"array": ["float64", [1] * 40]}}}, bytes(8)),
    ({"kind": "v", "values": {"x": {"array": ["float64", [0] + [99999] * 7]}}}, b""),
    ({"kind": "v", "values": {"x": {"array": ["float64", [1]]}}}, bytes(9)),
    ({"kind": "v", "values": {"x": {"list": [{"list": [{"list": [{"list": [{"list": [{"list": []}]}]}]}]}]}}}, b""),
    ({"kind": "v", "values": {"x": {"list": [{"plain": 0}] * 2_001}}}, b""),
])  # fmt: skip
def test_a_forged_message_is_refused(header, payload):
    with pytest.raises(wire.MessageError):
        through(forged(header, payload))


def test_a_long_message_is_refused_before_it_is_read():
    asked = []

    def receive(n):
        asked.append(n)
        return struct.pack("<4sII", b"gan1", 2**31, 2**31)[:n]

    with pytest.raises(wire.MessageError):
        wire.read(receive)
    assert asked == [wire.HEAD.size]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60), st.binary(max_size=20))
def test_no_bytes_break_the_reader(header, payload):
    for magic in (b"gan1", b"gan2"):
        try:
            kind, values, _ = through(forged(header, payload, magic))
        except wire.MessageError:
            continue
        assert isinstance(kind, str) and isinstance(values, dict)


@pytest.mark.parametrize(
    "value", [None, object(), np.array(["x"]), np.zeros(100_001), np.array([1j]), {"a": None}, b"x"]
)
def test_what_is_not_plain_is_not_sent(value):
    with pytest.raises(wire.MessageError):
        wire.pack("values", {"x": value})


# What an answer needs


def test_only_cells_that_an_answer_needs_are_run():
    sources = [
        "import torch", "from torch import nn", "%matplotlib inline", "x = 1\nfor _ in range(10**9): x += 1",
        "rate = {}", "rate['a'] = 2", "def helper(v):\n    global unrelated\n    return nn.Identity()(v) * rate['a']",
        "p = torch.rand(3)", "def f(p):\n    return [helper(q) for q in p]",
    ]  # fmt: skip
    cells = [{"number": n, "source": source, "answer": n == len(sources)} for n, source in enumerate(sources, start=1)]
    assert [cell["number"] for cell in needs.needed(cells)] == [2, 3, 5, 6, 7, 9]


@pytest.mark.parametrize(
    "source", ["from math import *", "def broken(:", "x = '\0", "-" * 90_000 + "1", "(" * 9_000, "\ud800"]
)
def test_what_can_not_be_read_is_always_run(source):
    assert needs.names_of(source) is None
    cells = [{"number": 1, "source": source, "answer": False}, {"number": 2, "source": "1", "answer": True}]
    assert len(needs.needed(cells)) == 2


@pytest.mark.parametrize("between, run", [
    ("unused = 1", [1, 3]), ("K.append(2)", [1, 2, 3]), ("fill(K)", [1, 2, 3]), ("fill(to=K[0])", [1, 2, 3]),
    ("train(other)", [1, 3]), ("torch.manual_seed(0)", [1, 3]), ("def f(): K.append(1)", [1, 3]),
])  # fmt: skip
def test_a_cell_that_changes_what_an_answer_uses_is_run(between, run):
    sources = ["import torch\nK = []", between, "def answer(x): return torch.tensor(K)"]
    cells = [{"number": n, "source": source, "answer": n == 3} for n, source in enumerate(sources, start=1)]
    assert [cell["number"] for cell in needs.needed(cells)] == run


@pytest.mark.parametrize("source, left_out, wild", [
    ("exec('K = 3')", True, True), ("globals()['K'] = 3", True, True),
    ("torch.set_default_dtype(torch.float64)", True, True),
    ("G.eval()", True, False), ("list(G.modules())", True, False), ("train(G)", True, False), ("%magic", True, True),
    ("exec('K = 3')", False, False), ("def f():\n    global K\n    K = 3", False, True),
])  # fmt: skip
def test_a_cell_with_hidden_ways_is_known(source, left_out, wild):
    assert needs.is_wild(source, left_out) is wild


# The filter


def outcome(program, number, argument=0, architecture=0xC000003E, fourth=0, second=0):
    """Run a BPF program by hand, as the kernel does."""
    data = struct.pack("<IIQ6Q", number, architecture, 0, argument, second, 0, fourth, 0, 0)
    steps = [struct.unpack("<HBBI", program[i : i + 8]) for i in range(0, len(program), 8)]
    at, value = 0, 0
    while True:
        code, if_true, if_false, k = steps[at]
        at += 1
        if code == seccomp.RETURN:
            return k
        if code == seccomp.LOAD:
            value = struct.unpack("<I", data[k : k + 4])[0]
            continue
        if code == seccomp.AND:
            value &= k
            continue
        test = {seccomp.EQUAL: value == k, seccomp.AT_LEAST: value >= k, seccomp.ANY_BIT: bool(value & k)}[code]
        at += if_true if test else if_false


@pytest.mark.parametrize("machine, architecture", [("x86_64", 0xC000003E), ("aarch64", 0xC00000B7)])
def test_the_filter_refuses_what_it_says_and_nothing_else(machine, architecture):
    program = seccomp.program(machine)
    table = seccomp.MACHINES[machine][1] | seccomp.BOTH
    for name in set(table) - set(seccomp.SPECIAL):
        assert outcome(program, table[name], architecture=architecture) == seccomp.REFUSE | 1, name
    assert outcome(program, table["clone3"], architecture=architecture) == seccomp.REFUSE | 38
    assert outcome(program, table["clone"], 0x01200011, architecture) == seccomp.ALLOW  # fork
    assert outcome(program, table["clone"], 0x003D0F00, architecture) == seccomp.ALLOW  # a thread
    assert outcome(program, table["clone"], 0x10000011, architecture) == seccomp.REFUSE | 1  # a user namespace
    for family in (1, 2, 10, 16):
        assert outcome(program, table["socket"], family, architecture) == seccomp.ALLOW
    assert outcome(program, table["socket"], 40, architecture) == seccomp.REFUSE | 97  # AF_VSOCK reaches the host
    for flags, due in ((0x22, seccomp.ALLOW), (0x01, seccomp.ALLOW), (0x21, seccomp.REFUSE | 1),
                       (0x23, seccomp.REFUSE | 1), (0x4021, seccomp.REFUSE | 1)):  # fmt: skip
        assert outcome(program, table["mmap"], 0, architecture, flags) == due, hex(flags)
    for name in seccomp.OWN_ONLY:
        assert outcome(program, table[name], 0, architecture) == seccomp.ALLOW, name
        assert outcome(program, table[name], 1, architecture) == seccomp.REFUSE | 1, name
    for which, who, due in ((0, 0, seccomp.ALLOW), (0, 1, seccomp.REFUSE | 1), (2, 0, seccomp.REFUSE | 1)):
        assert outcome(program, table["setpriority"], which, architecture, second=who) == due, (which, who)
    assert outcome(program, 0, architecture=architecture) == seccomp.ALLOW
    assert outcome(program, 0, architecture=0x40000003) == seccomp.KILL  # 32-bit calls have other numbers
    if machine == "x86_64":
        assert outcome(program, seccomp.X32 + 101, architecture=architecture) == seccomp.KILL


def test_an_unknown_machine_has_no_filter():
    assert seccomp.program("vax") is None
