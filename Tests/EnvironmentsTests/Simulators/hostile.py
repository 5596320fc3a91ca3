"""A simulator that does what no simulator should, another thing for every seed: python3 hostile.py SEED

Nothing but the seed decides what it does, so a finding can be repeated. It is a task of two numbers and two actions
(or a real one) that ends after twelve steps, until one to three faults strike: in what it says of itself, in a reply,
in the bytes of a reply, or in the process. Some strike once, some from a moment on, some in every process.
"""

import json
import os
import random
import signal
import struct
import sys
import time

rng = random.Random(int(sys.argv[1]))
WILD = [float("nan"), float("inf"), float("-inf"), 1e308, -1e308, 1e39, 1e20, -0.0, 2 ** 31, 2 ** 53 + 1, 2 ** 63, -2 ** 63,
        10 ** 400, None, True, "one", "", [], [1], {}, [[1]], "\x1b[2J\x07", "x" * 70000, 0.5, -1]


def wild():
    return rng.choice(WILD)


# What it says of itself.

def odd_space(ready):
    space = rng.choice(["observation_space", "action_space"])
    key = rng.choice(["type", "shape", "low", "high", "dtype", "n", "start", "nvec", None])
    if key is None:
        ready[space] = rng.choice([wild(), {"type": "discrete", "n": rng.choice([0, 1, 2 ** 22, 2 ** 40, -1, 2 ** 63])},
                                   {"type": "multi_discrete", "nvec": rng.choice([[], [2, 3], [2 ** 31] * 3, [1] * 100000])},
                                   {"type": "box", "shape": rng.choice([[], [0], [-1], [2 ** 62], [2 ** 32] * 2, [1] * 100000,
                                                                        [200000]]), "low": -1, "high": 1}])
    else:
        ready[space][key] = rng.choice([wild(), [wild(), wild()], "inf", "-inf", "complex64", "uint8", [2 ** 31], 3])


def odd_field(ready):
    key = rng.choice(["protocol", "name", "max_episode_steps", "reward_threshold", "max_envs", "num_envs", "capabilities",
                      "encoding", "id", "type", "unknown"])
    ready[key] = rng.choice([wild(), wild(), "2.0", "../../up", "n\u202eame", 1, 2, 0, ["mask"], ["snapshot"],
                             ["mask", "snapshot"] * 1000, "bin1", 2 ** 63 - 1])


def no_field(message):
    if message:
        del message[rng.choice(sorted(message))]


# What it says in reply.

def odd_number(reply):
    key = rng.choice(["obs", "reward", "terminated", "truncated", "final_obs", "mask"])
    rows = reply.get(key) or reply.get("obs")
    if not isinstance(rows, list) or not rows:
        return
    row = rng.randrange(len(rows))
    if isinstance(rows[row], list) and rows[row] and rng.random() < 0.7:
        rows[row][rng.randrange(len(rows[row]))] = wild()
    else:
        rows[row] = wild()


def odd_length(reply):
    rows = reply.get(rng.choice(["obs", "reward", "terminated", "truncated", "final_obs", "mask"]))
    if isinstance(rows, list) and rows:
        rng.choice([lambda: rows.pop(), lambda: rows.append(rows[0]), lambda: rows.extend(rows * 1000), rows.clear])()
        if rows and isinstance(rows[0], list):
            rng.choice([lambda: rows[0].append(1), lambda: rows[0].extend([0.1] * 100000), lambda: None])()


def odd_reply(reply):
    reply[rng.choice(["obs", "reward", "terminated", "truncated", "final_obs", "mask", "type", "id"])] = wild()


def odd_end(reply):
    for key in ("terminated", "truncated"):
        if key in reply:
            reply[key] = [rng.random() < 0.5 for _ in reply[key]]


def error_reply(reply):
    identifier = reply.get("id")
    reply.clear()
    reply.update(type="error", id=rng.choice([identifier, wild()]), error=rng.choice([wild(), {
        "code": rng.choice(["sim-failure", "usage", "bug", "bad-action", "version", "\x1b[31m", wild()]),
        "message": rng.choice(["it broke\n" * rng.choice([1, 100000]), "\x1b]0;x\x07\u202e", wild()]),
        "env_id": rng.choice([0, -1, 99, wild()]), "fatal": wild()}]))


# What becomes of the bytes.

def flip(data):
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 8, 100])):
        if data:
            data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def frame_header(data):
    length = rng.choice([0, 1, 11, 12, 1 << 24, (1 << 24) + 1, 2 ** 32 - 1, rng.randrange(2 ** 32)])
    return struct.pack("<IBBHII", length, rng.randrange(256), 0, 0, rng.randrange(100), rng.choice([0, 4, 2 ** 32 - 1])) + data


BYTES = [
    flip, frame_header,
    lambda data: data[:rng.randrange(len(data) + 1)],
    lambda data: data + data,
    lambda data: b"Loading ... done\n" + data,
    lambda data: b"\n" * rng.choice([1, 100000]) + data,
    lambda data: data.replace(b"\n", b"\r\n"),
    lambda data: b"[" * rng.choice([100, 1000000]) + b"\n",
    lambda data: bytes(rng.randrange(256) for _ in range(rng.choice([1, 100, 100000]))) + b"\n",
    lambda data: b"",
    lambda data: b"x" * (17 << 20) + b"\n",
]


# What becomes of the process.

def late():
    time.sleep(rng.choice([0.3, 0.9, 1.5]))


def hang():
    while True:
        time.sleep(60)


def stubborn():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    hang()


def flood():
    block = rng.choice([b"\n", b"x", b"{}\n", b"\0", b" "]) * 65536
    while True:
        os.write(1, block)


def drip():
    while True:
        os.write(1, b" ")
        time.sleep(0.05)


def talk():
    for number in range(rng.choice([1, 3000])):
        os.write(2, b"\x1b[31mwarning %d\x1b[0m \x07 \xff\n" % number)
    os.write(2, b"no end of line " * rng.choice([1, 100000]))


def fork():
    if os.fork() == 0:
        hang()
    os._exit(rng.choice([0, 5]))


def close_output():
    os.close(1)
    hang()


PROCESS = [late, hang, stubborn, flood, drip, talk, fork, close_output, os.abort,
           lambda: os._exit(rng.choice([0, 1, 3, 64, 139])), lambda: os.kill(os.getpid(), signal.SIGKILL),
           lambda: os.kill(os.getpid(), signal.SIGSEGV), lambda: os.kill(os.getpid(), signal.SIGSTOP),
           lambda: [][0], lambda: sys.stdin.close()]

READY = [odd_space, odd_space, odd_field, odd_field, no_field]
REPLY = [odd_number, odd_number, odd_length, odd_reply, odd_end, error_reply, no_field]

faults = []
for _ in range(rng.choice([1, 1, 2, 3])):
    kind = rng.choice(["ready", "reply", "reply", "bytes", "process"])
    first = 0 if kind == "ready" else rng.choice([0, 1, 2, 3, rng.randrange(60)])
    last = rng.choice([first, first, 10 ** 9])
    faults.append((kind, first, last, rng.choice({"ready": READY, "reply": REPLY, "bytes": BYTES, "process": PROCESS}[kind])))
is_binary = rng.random() < 0.4
has_box = rng.random() < 0.3
has_mask = not has_box and rng.random() < 0.3
has_states = rng.random() < 0.3
LIMIT = 12
steps, request = [], 0


def number_list(data, code, count):
    return list(struct.unpack_from("<%d%s" % (count, code), data))


def read(binary):
    if not binary:
        line = sys.stdin.buffer.readline()
        return json.loads(line) if line else None
    head = sys.stdin.buffer.read(16)
    if len(head) < 16:
        return None
    length, kind, flags, _, identifier, count = struct.unpack("<IBBHII", head)
    body = sys.stdin.buffer.read(length - 12)
    if kind == 0:
        return json.loads(body)
    message = {"type": {1: "reset", 2: "step"}[kind], "id": identifier}
    place = 0
    if flags & 1:
        message["seeds"] = number_list(body, "Q", count)
        place = 8 * count
    message["env_ids"] = number_list(body[place:], "i", count)
    return message


def frame(reply):
    """The reply as a frame, where it can be one; else as JSON in a frame."""
    kind = {"reset": 1, "step": 2}.get(reply.get("type"), 0)
    try:
        if kind:
            obs = b"".join(struct.pack("<2f", *row) for row in reply["obs"])
            body = obs
            if kind == 2:
                body = struct.pack("<%dd" % len(reply["reward"]), *reply["reward"]) + obs
                body += b"".join(struct.pack("<2f", *row) for row in reply["final_obs"] if row is not None)
            if has_mask:
                body += b"".join(bytes(row) for row in reply["mask"])
            if kind == 2:
                body += bytes(reply["terminated"]) + bytes(reply["truncated"])
            return struct.pack("<IBBHII", len(body) + 12, kind, 0, 0, reply["id"], len(reply["obs"])) + body
    except (KeyError, TypeError, ValueError, OverflowError, struct.error):
        pass
    body = json.dumps(reply).encode()
    return struct.pack("<IBBHII", len(body) + 12, 0, 0, 0, 0, 0) + body


def send(reply, binary):
    data = frame(reply) if binary else json.dumps(reply).encode() + b"\n"
    for kind, first, last, fault in faults:
        if kind == "bytes" and first <= request <= last:
            data = fault(data)
    view = memoryview(data)
    while len(view):
        view = view[os.write(1, view):]


binary = False
while True:
    message = read(binary)
    if message is None:
        break
    kind, ids = message["type"], message.get("env_ids", [])
    reply = {"type": kind, "id": message["id"]}
    for fault_kind, first, last, fault in faults:
        if fault_kind == "process" and first <= request <= last:
            fault()
    if kind == "hello":
        steps = [0] * message["num_envs"]
        is_binary = is_binary and "bin1" in message["encodings"]
        reply.update(
            type="ready", protocol="1.0", name="hostile", max_episode_steps=LIMIT,
            encoding="bin1" if is_binary else "json",
            capabilities=["mask"] * has_mask + ["snapshot"] * has_states,
            observation_space={"type": "box", "shape": [2], "low": -1, "high": 20},
            action_space={"type": "box", "shape": [1], "low": -1, "high": 1} if has_box else {"type": "discrete", "n": 2})
        for fault_kind, _, _, fault in faults:
            if fault_kind == "ready":
                fault(reply)
        send(reply, False)
        binary = is_binary
        request += 1
        continue
    if kind == "reset":
        for env in ids:
            steps[env] = 0
        reply["obs"] = [[0.0, env % 3] for env in ids]
    elif kind == "step":
        for env in ids:
            steps[env] += 1
        ended = [steps[env] >= LIMIT for env in ids]
        reply["final_obs"] = [[steps[env], env % 3] if end else None for env, end in zip(ids, ended)]
        for env, end in zip(ids, ended):
            if end and "seeds" in message:
                steps[env] = 0
        reply.update(obs=[[steps[env], env % 3] for env in ids], reward=[0.5] * len(ids),
                     terminated=[False] * len(ids), truncated=ended)
    elif kind == "snapshot":
        reply["states"] = [str(steps[env]) for env in ids]
    elif kind == "restore":
        for env, state in zip(ids, message["states"]):
            steps[env] = int(state)
    if has_mask and kind in ("reset", "step"):
        reply["mask"] = [[1, 1] for _ in ids]
    for fault_kind, first, last, fault in faults:
        if fault_kind == "reply" and first <= request <= last:
            fault(reply)
    send(reply, binary)
    request += 1
    if kind == "close":
        break
