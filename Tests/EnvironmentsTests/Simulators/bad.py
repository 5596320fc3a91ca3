"""A simulator that is fine until it is not: python3 bad.py MODE [STEP]

It counts its steps in the observation and misbehaves in request STEP (3 by default; 1 is the reset) in the
way that MODE says, once: a process that is started again is fine if the file that BAD_ONCE names exists.
Some modes are what the program is like all the time: plain (fine, with environments that are alike), single, many,
new-final, auto-reset, by-row, reader, and those that draw: picture (fine), picture-none, picture-short, picture-text,
picture-large, picture-error.
"""

import base64
import json
import os
import signal
import sys
import time

mode = sys.argv[1]
when = int(sys.argv[2]) if len(sys.argv) > 2 else 3
once = os.environ.get("BAD_ONCE")
if once:
    try:
        open(once, "x").close()  # Of two that start at a time, one is bad.
    except FileExistsError:
        mode = "fine"

LIMIT = 8
steps, requests = [], 0


def out(text):
    os.write(1, text if isinstance(text, bytes) else text.encode())


def row(step, env):
    return [step, 0 if mode == "plain" else env]


def say(message, end="\n"):
    out(json.dumps(message) + end)


if mode == "exit-at-start":
    sys.stderr.write("no licence found\n")
    sys.exit(7)
if mode == "ignore-term":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)

for line in sys.stdin:
    request = json.loads(line)
    kind, count = request["type"], len(request.get("env_ids", []))
    reply = {"type": kind, "id": request["id"]}
    if kind == "hello":
        if mode == "silent":
            time.sleep(600)
        if mode == "other-version":
            reply["protocol"] = "2.0"
        if mode == "single":
            reply["max_envs"] = 1
        if mode == "many":
            reply["max_envs"] = 2 ** 63 - 1
        if mode == "empty-mask":
            reply["capabilities"] = ["mask"]
        if mode == "reader":
            reply["capabilities"] = ["snapshot"]
        if mode.startswith("picture"):
            reply["capabilities"] = ["render"]
        if mode == "coloured":
            reply["name"] = "bad\x1b]0;renamed\x07"
        if mode == "endless-name":
            reply["name"] = "x" * 3000000
        steps = [0] * request["num_envs"]
        say(dict({"protocol": "1.0", "name": "bad", "max_episode_steps": LIMIT,
                  "observation_space": {"type": "box", "shape": [2], "low": 0, "high": 100},
                  "action_space": {"type": "discrete", "n": 2}}, **dict(reply, type="ready")))
        continue
    if kind == "close":
        break
    if kind == "render":
        width, height = 3, 2
        data = bytes(steps[request["env_ids"][0]] * 10 + number for number in range(18))
        if mode == "picture-none":
            width, height, data = 0, 0, b""
        elif mode == "picture-short":
            data = data[:-1]
        elif mode == "picture-large":
            width = 2 ** 62
        text = "no base64!" if mode == "picture-text" else base64.b64encode(data).decode()
        if mode == "picture-error":
            say({"type": "error", "id": request["id"], "error": {"code": "sim-failure", "message": "no display"}})
        else:
            say(dict(reply, width=width, height=height, rgb=text))
        continue
    requests += 1
    ids = request["env_ids"]
    if mode == "by-row":
        ids = list(range(count))
    if mode == "reader" and " " in line:
        sys.exit(9)
    if kind == "snapshot":
        say(dict(reply, states=[str(steps[env]) for env in ids]))
        continue
    if kind == "restore":
        for env, state in zip(ids, request["states"]):
            steps[env] = int(state)
        say(reply)
        continue
    if kind == "reset":
        for env in ids:
            steps[env] = 0
        reply["obs"] = [row(0, env) for env in ids]
    else:
        for env in ids:
            steps[env] += 1
        ended = [steps[env] >= LIMIT for env in ids]
        final = [row(steps[env], env) if end else None for env, end in zip(ids, ended)]
        for env, end in zip(ids, ended):
            if end and ("seeds" in request or mode == "auto-reset"):
                steps[env] = 0
        if mode == "new-final" and "seeds" in request:
            final = [[0, env] if end else None for env, end in zip(ids, ended)]
        reply.update(obs=[row(steps[env], env) for env in ids], reward=[1.0] * count,
                     terminated=[False] * count, truncated=ended, final_obs=final)
    if mode == "empty-mask":
        reply["mask"] = [[1, 1]] * count
    if requests != when:
        say(reply, "\r\n" if mode == "crlf" else "\n")
        continue
    if mode == "late":
        time.sleep(1)
    elif mode == "hang" or mode == "ignore-term":
        while True:
            time.sleep(600)
    elif mode == "garbage":
        out("Loading textures ... done\n")
    elif mode == "noise":
        out("step %d\n" % requests)
    elif mode == "half-and-exit":
        out(json.dumps(reply)[:20])
        sys.exit(0)
    elif mode == "half-and-hang":
        out(json.dumps(reply)[:20])
        time.sleep(600)
    elif mode == "bytes":
        out(bytes(range(128, 256)) + b"\n")
    elif mode == "nan":
        reply["obs"][-1][1] = float("nan")
    elif mode == "infinite-reward":
        reply["reward"][-1] = float("inf")
    elif mode == "wrong-shape":
        reply["obs"][-1] = [1]
    elif mode == "wrong-count":
        del reply["reward"][-1]
    elif mode == "wrong-id":
        reply["id"] += 1
    elif mode == "wrong-type":
        reply["type"] = "reset"
    elif mode == "text-for-number":
        reply["obs"][-1][0] = "one"
    elif mode == "missing":
        del reply["terminated"]
    elif mode == "no-final":
        reply["truncated"][-1] = True
    elif mode == "endless":
        LIMIT = 1000
    elif mode == "huge":
        block = b"x" * (1 << 20)
        for _ in range(40):
            out(block)
    elif mode == "deep":
        out("[" * 1000000 + "\n")
        continue
    elif mode == "exit":
        sys.stderr.write("segment 7 of the arm is out of reach\n")
        sys.exit(3)
    elif mode == "abort":
        os.abort()
    elif mode == "close-output":
        os.close(1)
        time.sleep(600)
    elif mode == "flood":
        for number in range(20000):
            sys.stderr.write("warning %d: %s\n" % (number, "x" * 200))
    elif mode == "fork":
        if os.fork() == 0:
            time.sleep(600)
        sys.exit(5)
    elif mode == "error":
        reply = {"type": "error", "id": request["id"], "error": {
            "code": "sim-failure", "message": "the solver diverged", "env_id": ids[-1]}}
    elif mode == "twice":
        say(reply)
    elif mode == "empty-mask":
        reply["mask"][-1] = [0, 0]
    elif mode == "blank-lines":
        while True:
            out("\n" * 4096)
    elif mode == "coloured-warning":
        sys.stderr.write("\x1b[31mhot\x1b[0m \x1b]0;renamed\x07\x9b2Jline\u202e\n")
    elif mode == "long-error":
        reply = {"type": "error", "id": request["id"], "error": {
            "code": "bad-request", "message": "\x1b[2J" + "no " * 1000000}}
    say(reply)
