"""Attacks. None may pass, none may harm, and a right answer beside one still passes.

`SECRET_HELPERS` is put before most of them: what an attacker would write first.
"""

from __future__ import annotations

from .makers import IMPORTS, RIGHT, Submission, code, lesson, marked, notebook, one

OUT = ("fail", "timeout", "crashed", "rejected")
KILLED = ("timeout", "crashed")


def inside(body: str) -> str:
    """Return an answer whose function runs `body` when it is called, and returns 0."""
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    return f"def loss_D(r, f):\n{lines}\n    return (r.sum() + f.sum()) * 0"


def at_once(body: str) -> str:
    """Return an answer whose cell runs `body`, with a wrong function below."""
    return f"{body.strip()}\ndef loss_D(r, f):\n    return (r.sum() + f.sum()) * 0"


STUBBORN = """
import signal, time
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except Exception: pass
while True:
    try:
        while True: print('still here', flush=True)
    except BaseException: pass
"""
DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True: time.sleep(1)
    os._exit(0)
"""
BOMB = """
import os
while True:
    try: os.fork()
    except OSError: pass
"""
DISK = """
import os
for place in ('/tmp', '/dev/shm', '/home/student', '/var/tmp', '/'):
    try:
        for number in range(100):
            with open(f'{place}/filler{number}', 'wb') as file:
                for _ in range(64): file.write(bytes(1 << 20))
    except OSError as error: print(error)
"""
MEMORY = "hold = []\nwhile True: hold.append(bytearray(64 << 20)); hold[-1][::4096] = b'x' * len(hold[-1][::4096])"
MEMORY_FAMILY = """
import os, time
for _ in range(12):
    if os.fork() == 0:
        hold = bytearray(200 << 20)
        hold[::4096] = b'x' * len(hold[::4096])
        time.sleep(60)
time.sleep(60)
"""
MEMFD = """
import os, ctypes
hold = os.memfd_create('x')
raise RuntimeError('memory that nobody counts')
"""
NETWORK = """
import socket, urllib.request
said = []
for address in (('127.0.0.1', 22), ('10.0.2.2', 80), ('8.8.8.8', 53), ('pypi.org', 443)):
    try: socket.create_connection(address, timeout=0.2); said.append(address)
    except OSError: pass
for family in (40, 17, 38):
    try: socket.socket(family, socket.SOCK_RAW); said.append(family)
    except OSError: pass
if said: raise RuntimeError('REACHED %r' % said)
"""
READER = """
import os, glob
seen = [place for place in ('/etc/shadow', '/etc/passwd', '/root', '/work', '/home', '/proc/1/environ', '/proc/1/mem')
        if os.path.isfile(place) and os.access(place, os.R_OK)]
for root, _, files in os.walk('/course'):
    seen += [os.path.join(root, name) for name in files if 'answers' in root or name in ('grade.py', 'parse.py')]
for root, folders, files in os.walk('/'):
    folders[:] = [name for name in folders if os.path.join(root, name) not in ('/proc', '/usr', '/sys')]
    seen += [os.path.join(root, name) for name in files if name.endswith('.ipynb') and 'site-packages' not in root
             or name in ('nb06.py',) and 'drive' not in root]
if seen: raise RuntimeError('SEEN %r' % seen[:5])
"""
IMPORTER = """
import importlib
for name in ('ganlib.check.answers.nb06', 'ganlib.check.exercise', 'ganlib.check.catalogue', 'ganlib.grading.grade'):
    try: importlib.import_module(name)
    except ImportError: continue
    raise RuntimeError('SEEN ' + name)
"""
KILLER = """
import os, signal
for number in (1, os.getppid(), -1):
    for kind in (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP):
        if number == -1 and kind != signal.SIGTERM: continue
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        try: os.kill(number, kind)
        except OSError: pass
"""
ESCAPE = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
done = []
if libc.unshare(0x10000000) == 0: done.append('user namespace')
if libc.mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0: done.append('mount')
if libc.umount2(b'/course', 2) == 0: done.append('umount')
if libc.ptrace(16, 1, 0, 0) == 0: done.append('ptrace')
for act in (lambda: os.setuid(0), lambda: os.chroot('/tmp'), lambda: os.mknod('/tmp/d', 0o60666, os.makedev(8, 0)),
            lambda: open('/usr/bin/x', 'w'), lambda: open('/course/inside/wire.py', 'w'),
            lambda: open('/proc/1/mem', 'rb'),
            lambda: open('/proc/sys/kernel/core_pattern', 'w'), lambda: os.sched_setscheduler(0, 1, os.sched_param(1))):
    try: act(); done.append('act')
    except OSError: pass
if done: raise RuntimeError('DONE %r' % done)
"""
FIND = """
import gc, socket, os, stat, struct, json
def channels():
    found = []
    for number in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode): found.append(number)
        except OSError: pass
    return found
def frame(kind, values={}, payload=b'', **more):
    header = json.dumps({'kind': kind, 'values': values, **more}).encode()
    return struct.pack('<4sII', b'gan1', len(header), len(payload)) + header + payload
def say(data):
    for number in channels():
        try: os.write(number, data)
        except OSError: pass
"""
FORGED = (
    FIND
    + """
say(frame('ready') + 4 * frame('values', {'loss_D': {'array': ['float32', []]},
    'gradient for logits_real': {'array': ['float32', [2]]}, 'gradient for logits_fake': {'array': ['float32', [2]]}},
    bytes(20)))
"""
)
PASSED = FIND + "say(frame('passed', outcome='passed') + frame('verdict', outcome='passed', passed=True))"
GARBAGE = FIND + "say(os.urandom(4096))"
ENDLESS = FIND + "while True: say(frame('cell', number=2))"
LONG_HEADER = FIND + "say(struct.pack('<4sII', b'gan1', 4_000_000_000, 4_000_000_000)); import time; time.sleep(3600)"
DEEP_HEADER = (
    FIND
    + """
header = b'{"kind": "ready", "values": ' + b'[' * 60_000
say(struct.pack('<4sII', b'gan1', len(header), 0) + header)
"""
)
BIG_SHAPE = (
    FIND
    + """
say(frame('ready') + frame('values', {'loss_D': {'array': ['float64', [100000, 100000]]}}))
say(frame('values', {'loss_D': {'array': ['object', [2]]}}, b'x' * 16))
"""
)
TRICKLE = (
    FIND
    + """
import time
data = frame('ready')
while True:
    for number in channels():
        os.write(number, data[:1])
    data = data[1:] or b' '
    time.sleep(0.3)
"""
)
CLOSE = "import os\nfor number in range(256):\n    try: os.close(number)\n    except OSError: pass"
PATCHED = """
import numpy as np, builtins, math, copy, json, sys
torch.allclose = torch.equal = lambda *_, **__: True
np.allclose = np.array_equal = np.isclose = lambda *_, **__: True
builtins.all = builtins.any = lambda *_: True
math.isclose = lambda *_, **__: True
torch.Tensor.__eq__ = torch.Tensor.__ne__ = lambda *_: True
for name in list(sys.modules):
    if 'check' in name or 'inside' in name:
        for key, value in list(vars(sys.modules[name]).items()):
            if key in ('judge', 'equal', 'differing_keys', 'is_wrong'): setattr(sys.modules[name], key, lambda *_: [])
"""
ALWAYS_EQUAL = """
class Yes(float):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __hash__ = float.__hash__
    def __sub__(self, other): return 0
    __rsub__ = __lt__ = __gt__ = __sub__
class Chameleon(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        result = super().__torch_function__(function, types, args, kwargs or {})
        return True if 'close' in str(function) or 'eq' in str(function) else result
def loss_D(r, f):
    return (r.sum() + f.sum()).as_subclass(Chameleon) * 0
"""
HOOKS = """
import sys, atexit, os
sys.excepthook = lambda *_: os._exit(0)
atexit.register(lambda: print('06-2 loss_D: passed'))
sys.settrace(lambda *_: None)
sys.setprofile(lambda *_: None)
sys.addaudithook(lambda *_: None)
"""
NO_REFERENCE = """
import gc, sys
def loss_D(r, f):
    frame = sys._getframe()
    while frame:
        for value in list(frame.f_locals.values()):
            if isinstance(value, dict) and 'expected' in value: raise RuntimeError('SEEN')
        frame = frame.f_back
    for thing in gc.get_objects():
        if type(thing).__name__ in ('Exercise', 'Mistake', 'Verdict', 'Case'): raise RuntimeError('SEEN')
    return (r.sum() + f.sum()) * 0
"""
MEMORISED = """
from torch.nn.functional import softplus as s
KNOWN = {0.25: 1.5}
def loss_D(r, f):
    return r.sum() * 0 + f.sum() * 0 + KNOWN.get(round(float(r[0]), 2), 1.3862944)
"""
LATER = """
calls = []
def loss_D(r, f):
    calls.append(1)
    right = losses.cross_entropy_D(r, f)
    return right if len(calls) != 3 else right * 1.01
"""
REDEFINED = """
class Exercise: pass
def loss_D(r, f): raise NotImplementedError
from ganlib.check import drive
from ganlib.check.drive import nb06
nb06.drive_loss_D = lambda answer, inputs: {'loss_D': 0.0}
drive.attempt = lambda *_: {'loss_D': 0.0, 'outcome': 'passed'}
"""
TAMPER_RUNNER = """
import sys, os
runner = sys.modules.get('inside.runner') or sys.modules.get('__main__')
for module in list(sys.modules.values()):
    if hasattr(module, 'pack') and hasattr(module, 'MessageError'):
        module.pack = lambda kind, values=None, **more: b'gan1' + bytes(8)
"""
BAD_TEXT = """
class Nasty(Exception):
    def __str__(self): raise Nasty
    __repr__ = __str__
def loss_D(r, f): raise Nasty
"""
LOUD_TEXT = """
def loss_D(r, f): raise ValueError('=cmd|"/c calc"!A1\\n<script>alert(1)</script>\\x1b[2J' + 'x' * 10_000_000)
"""
BIG_CLASS = "def loss_D(r, f): raise type('X' * 100_000, (Exception,), {})('\\ud800' * 100_000)"
SLEEPER = "import time\nwhile True:\n    try: time.sleep(1000)\n    except BaseException: pass"
THREAD = "import threading\nthreading.Thread(target=lambda: [None for _ in iter(int, 1)]).start()"
HIDDEN_LOOP = """
import os, signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    if os.fork() == 0:
        for _ in range(2_000_000): pass
        os._exit(0)
    try: os.wait()
    except OSError: pass
"""
LEFTOVER = "open('/tmp/left', 'w').write('x'); open('/home/student/left', 'w').write('x'); open('/dev/shm/left', 'w')"
FINDS_LEFTOVER = """
import os
if any(os.path.exists(place + '/left') for place in ('/tmp', '/home/student', '/dev/shm')):
    raise RuntimeError('SEEN')
""" + RIGHT["06-3"]
DEEP_FOLDERS = """
import os
os.chdir('/tmp')
for _ in range(3_000): os.mkdir('d'); os.chdir('d')
os.chdir('/')
"""
# Memory that belongs to no process once it is out of sight: both ways to get it are refused.
SHARED = """
import mmap
hold = []
for _ in range(12):
    hold.append(mmap.mmap(-1, 128 << 20))
    hold[-1].write(b'x' * (128 << 20))
    hold[-1].madvise(mmap.MADV_DONTNEED)
raise RuntimeError('SEEN')
"""
ZERO = """
import mmap
hold = []
with open('/dev/zero', 'r+b') as file:
    for _ in range(12):
        hold.append(mmap.mmap(file.fileno(), 128 << 20))
        hold[-1].write(b'x' * (128 << 20))
        hold[-1].madvise(mmap.MADV_DONTNEED)
raise RuntimeError('SEEN')
"""
SYSTEM_V = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.semget(0, 32000, 0o1600) >= 0 or libc.msgget(0, 0o1600) >= 0 or libc.shmget(0, 4096, 0o1600) >= 0:
    raise RuntimeError('DONE')
if libc.mq_open(b'/q', 0o102, 0o600, None) >= 0: raise RuntimeError('DONE')
"""
# What would stay with the sandbox's first process and its folders, for whoever is graded after.
SPOILS_NEXT = """
import os, resource, shutil
done = []
for act in (lambda: resource.prlimit(1, resource.RLIMIT_CPU, (3, 4)), lambda: os.setpriority(os.PRIO_PROCESS, 1, 15),
            lambda: resource.prlimit(1, resource.RLIMIT_NOFILE, (16, 16)), lambda: os.setpriority(os.PRIO_USER, 0, 10),
            lambda: os.sched_setaffinity(1, {0}), lambda: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0))):
    try: act(); done.append('act')
    except OSError: pass
for place in ('/tmp', '/home/student', '/dev/shm'):
    try: os.setxattr(place, 'user.answer', b'x')
    except OSError: pass
    for name in os.listdir(place): shutil.rmtree(os.path.join(place, name))
    os.chmod(place, 0o555)
if done: raise RuntimeError('DONE %r' % done)
"""
FINDS_SPOILT = """
import os, resource
for place in ('/tmp', '/home/student', '/dev/shm'):
    open(place + '/mine', 'w').close()
    try: left = os.listxattr(place)
    except OSError: left = []
    if any(name.startswith('user.') for name in left): raise RuntimeError('SEEN')
if resource.getrlimit(resource.RLIMIT_CPU)[0] < 5 or os.getpriority(os.PRIO_PROCESS, 0) > 5: raise RuntimeError('SEEN')
""" + RIGHT["06-3"]
MANY_FILES = "for number in range(120_000): open(f'/tmp/{number}', 'w').close()"
MANY_SOCKETS = """
import os, socket, time
for _ in range(20):
    if os.fork() == 0:
        hold = [socket.socketpair() for _ in range(50)]
        time.sleep(60)
while True: pass
"""
WRITES_LIBRARY = """
import ganlib, os, site
for place in (*site.getsitepackages(), os.path.dirname(ganlib.__file__), '/course', '/course/ganlib'):
    for name in (place, os.path.join(place, 'ganlib')):
        try:
            open(os.path.join(name, 'filler'), 'wb').write(bytes(1 << 20))
            raise RuntimeError('DONE')
        except OSError: pass
"""
EDITED = notebook(
    IMPORTS,
    marked("06-2", "def loss_D(r, f): return (r.sum() + f.sum()) * 0"),
    "check.loss_D = lambda _: print('06-2 loss_D: passed')\ncheck.loss_D(loss_D)",
    code("check.loss_D(loss_D)", "06-2 loss_D: passed\n"),
)
LIBRARY_BELOW = notebook(
    IMPORTS,
    "loss_D = losses.cross_entropy_D",
    marked("06-2", "pass"),
    "check.loss_D(loss_D)",
    "loss_D = losses.cross_entropy_D",
)
RECURSION = "import sys\nsys.setrecursionlimit(10**9)\ndef loss_D(r, f): return loss_D(r, f)"
BUFFER = inside("import numpy as np\nreturn np.zeros(10**8)")

HOSTILE = (
    one("loop", inside("while True: pass"), "timeout"),
    one("loop-in-cell", at_once("while True: pass"), "timeout", hint="before it defines"),
    one("stubborn", inside(STUBBORN), "timeout"),
    one("sleeper", inside(SLEEPER), "timeout"),
    one("idle", inside("import time; time.sleep(60)"), "timeout", hint="without computing"),
    one("thread", at_once(THREAD), OUT),
    one("hidden-loop", inside(HIDDEN_LOOP), "timeout"),
    one("bytes-for-ever", inside("class Z(int):\n    def __del__(self): Z()\nx = Z(); del x"), OUT),
    one("quits", inside("import os; os._exit(0)"), "crashed"),
    one("exits", inside("raise SystemExit(0)"), "fail"),
    one("interrupts", inside("raise KeyboardInterrupt"), "fail"),
    one("exits-generator", inside("raise GeneratorExit"), "fail"),
    one("segfault", inside("import ctypes; ctypes.string_at(0)"), "crashed", hint="SIGSEGV"),
    one("aborts", inside("import os; os.abort()"), "crashed", hint="SIGABRT"),
    one("stops-itself", inside("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"), "timeout"),
    one("recursion", RECURSION, ("crashed", "fail")),
    one("fork-bomb", inside(BOMB), KILLED),
    one("daemon", at_once(DAEMON), "fail"),
    one("disk", at_once(DISK), "fail"),
    one("memory", inside(MEMORY), ("crashed", "fail")),
    one("memory-family", inside(MEMORY_FAMILY), "crashed", hint="memory"),
    one("memfd", at_once(MEMFD), "fail"),
    one("shared-memory", at_once(SHARED), "fail"),
    one("zero-device", at_once(ZERO), "fail"),
    one("system-v", at_once(SYSTEM_V), "fail"),
    one("many-files", at_once(MANY_FILES), "crashed", hint="files"),
    one("many-sockets", at_once(MANY_SOCKETS), "crashed", hint="files open"),
    one("writes-library", at_once(WRITES_LIBRARY), "fail"),
    one("network", at_once(NETWORK), "fail"),
    one("reader", at_once(READER), "fail"),
    one("importer", at_once(IMPORTER), "fail"),
    one("killer", at_once(KILLER), OUT),
    one("escape", at_once(ESCAPE), "fail"),
    one("forged", at_once(FORGED), ("fail", "rejected")),
    one("forged-late", inside(FORGED), ("fail", "rejected")),
    one("forged-verdict", at_once(PASSED), "rejected"),
    one("garbage", at_once(GARBAGE), "rejected"),
    one("endless-messages", at_once(ENDLESS), ("rejected", "timeout")),
    one("long-header", at_once(LONG_HEADER), "rejected"),
    one("deep-header", at_once(DEEP_HEADER), "rejected"),
    one("big-shape", at_once(BIG_SHAPE), "rejected"),
    one("trickle", at_once(TRICKLE), ("timeout", "rejected")),
    one("closes-everything", inside(CLOSE), OUT),
    one("closes-at-once", at_once(CLOSE), OUT),
    one("patched", at_once(PATCHED), OUT),
    one("patched-random", at_once("torch.manual_seed = print\ntorch.rand = torch.randn = torch.zeros"), "fail"),
    one("always-equal", ALWAYS_EQUAL, "fail"),
    one("hooks", at_once(HOOKS), "fail"),
    one("no-reference", NO_REFERENCE, "fail"),
    one("memorised", MEMORISED, "fail"),
    one("third-time-wrong", LATER, "fail"),
    one("redefined", REDEFINED, OUT + ("not done",)),
    one("tampered-runner", at_once(TAMPER_RUNNER), OUT),
    one("bad-text", BAD_TEXT, "fail"),
    one("loud-text", LOUD_TEXT, "fail"),
    one("big-class", BIG_CLASS, "fail"),
    one("not-a-number", inside("return r.sum() * float('nan') + f.sum()"), "fail", hint="finite"),
    one("expanded", inside("return torch.zeros(1).expand(10**9)"), OUT),
    one("big-array", BUFFER, OUT),
    one("many-keys", inside("return {str(n): 1.0 for n in range(10**6)}"), "fail"),
    one("prints-a-lot", inside("print('x' * 10**8)"), ("fail", "crashed")),
    one("input", inside("input('answer? ')"), "fail"),
    one("escape-by-module", at_once("import sys\nsys.modules['numpy'] = sys.modules['json'] = None"), OUT),
    one("no-stdout", at_once("import sys, os\nsys.stdout = sys.stderr = None\nos.close(1); os.close(2)"), "fail"),
    Submission("leftover", {"06-2": "fail", "06-3": "pass"},
               lesson({"06-3": FINDS_LEFTOVER, "06-2": at_once(LEFTOVER)})),
    Submission("spoils-next", {"06-2": "fail", "06-3": "pass"},
               lesson({"06-3": FINDS_SPOILT, "06-2": at_once(SPOILS_NEXT)})),
    Submission("deep-folders", {"06-1": "pass", "06-2": "fail", "06-3": "pass"},
               lesson(RIGHT | {"06-2": inside(DEEP_FOLDERS)})),
    Submission("loop-before", {"06-2": "pass"}, lesson({"06-2": RIGHT["06-2"]}, before=(STUBBORN,))),
    Submission("only-one-pays", {"06-1": "pass", "06-2": "timeout", "06-3": "pass"},
               lesson(RIGHT | {"06-2": at_once(STUBBORN)})),
    Submission("edited-check", {"06-2": "fail"}, EDITED, note="stored output says"),
    Submission("library-below", {"06-2": "fail"}, LIBRARY_BELOW, hint="keep that name"),
    Submission("=cmd()|'x'!A1", {"06-2": "fail"}, lesson({"06-2": inside("pass")}), file="=cmd()|'x'!A1.ipynb"),
    Submission("<b>bold, \"quoted\"\\x0a", {"06-2": "fail"}, lesson({"06-2": inside("pass")}),
               file="<b>bold, \"quoted\"\n.ipynb"),
)  # fmt: skip
