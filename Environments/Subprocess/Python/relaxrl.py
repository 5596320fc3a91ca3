"""Offers an environment to rl-train: write reset and step, call serve.

    import relaxrl

    class Walk:
        name = "walk"
        observation_space = relaxrl.box([-1], [1])
        action_space = relaxrl.discrete(2)
        max_episode_steps = 100

        def reset(self, seed):
            self.position = 0.0
            return [self.position]

        def step(self, action):
            self.position += 0.1 if action == 1 else -0.1
            done = abs(self.position) >= 1
            return [self.position], -1.0, done

    relaxrl.serve(Walk)

Optional in the class: reward_threshold; action_mask(), which returns 1 or 0 for each action and whose
presence means that some are forbidden at times; state() and restore(state), which save to and load from
anything that JSON can hold. step may return a fourth value, whether the episode was cut off; the limit of
max_episode_steps is kept here. What the program prints goes to standard error, because standard output
belongs to the protocol (docs/protocol.md). Python 3.8 or newer, nothing else.
"""

import array
import json
import os
import struct
import subprocess
import sys

VERSION = "1.0"
_HEADER = struct.Struct("<IBBHII")
_RESET, _STEP = 1, 2


def box(low, high, shape=None, dtype="float32"):
    """Arrays of numbers; low and high are numbers, or one for each element."""
    shape = [len(low)] if shape is None else list(shape)
    return {"type": "box", "shape": shape, "low": _bound(low), "high": _bound(high), "dtype": dtype}


def discrete(n, start=0):
    """The whole numbers start … start + n - 1."""
    return {"type": "discrete", "n": n, "start": start}


def multi_discrete(nvec):
    """Several whole numbers, number k from 0 to nvec[k] - 1."""
    return {"type": "multi_discrete", "nvec": list(nvec)}


def _bound(value):
    if isinstance(value, (int, float)):
        return value if abs(value) < float("inf") else ("inf" if value > 0 else "-inf")
    return [_bound(element) for element in value]


class Refusal(Exception):
    """Becomes an error message of the protocol; code is one of those that docs/protocol.md lists."""

    def __init__(self, code, message, env_id=None, fatal=False):
        super().__init__(message)
        self.reply = {"code": code, "message": message, "env_id": env_id, "fatal": fatal}


def elements(space):
    """How many numbers an element of the space has."""
    if space["type"] == "box":
        count = 1
        for extent in space["shape"]:
            count *= extent
        return count
    return 1 if space["type"] == "discrete" else len(space["nvec"])


class Environments:
    """Many environments of one class, each with reset and step, as serve wants them."""

    def __init__(self, make):
        self._make = make
        self._envs = []
        sample = make()
        self.description = {
            "name": getattr(sample, "name", type(sample).__name__.lower()),
            "observation_space": sample.observation_space,
            "action_space": sample.action_space,
            "max_episode_steps": getattr(sample, "max_episode_steps", None),
            "reward_threshold": getattr(sample, "reward_threshold", None),
        }
        self._limit = self.description["max_episode_steps"]
        capabilities = []
        if hasattr(sample, "action_mask"):
            capabilities.append("mask")
        if hasattr(sample, "state") and hasattr(sample, "restore"):
            capabilities.append("snapshot")
        self.description["capabilities"] = capabilities

    def start(self, count):
        self._envs = [self._make() for _ in range(count)]
        self._steps = [0] * count

    def reset(self, env_id, seed):
        self._steps[env_id] = 0
        return _row(self._envs[env_id].reset(seed))

    def step(self, env_id, action):
        result = self._envs[env_id].step(action)
        obs, reward, terminated = result[:3]
        self._steps[env_id] += 1
        truncated = len(result) > 3 and bool(result[3])
        if self._limit is not None and self._steps[env_id] >= self._limit and not terminated:
            truncated = True
        return _row(obs), float(reward), bool(terminated), truncated

    def mask(self, env_id):
        return [1 if allowed else 0 for allowed in self._envs[env_id].action_mask()]

    def save(self, env_id):
        state = {"steps": self._steps[env_id], "state": self._envs[env_id].state()}
        return json.dumps(state, sort_keys=True)

    def load(self, env_id, text):
        saved = json.loads(text)
        self._steps[env_id] = saved["steps"]
        self._envs[env_id].restore(saved["state"])


def _row(obs):
    """An observation as numbers without nesting."""
    if isinstance(obs, (int, float)):
        return [obs]
    if hasattr(obs, "ravel"):
        return obs.ravel().tolist()
    row = []
    for element in obs:
        row.extend(_row(element)) if hasattr(element, "__iter__") else row.append(element)
    return row


def serve(make):
    """Answers a trainer until it is done.

    make: a class with reset and step (see the module's documentation), or an object with the methods
    of Environments.
    """
    if os.environ.get("RL_ENV_PROTOCOL") is None and sys.stdin.isatty():
        raise SystemExit("This program is an environment for rl-train; try\n"
                         "  rl-train check-env --env-command 'python3 %s'" % sys.argv[0])
    # Whatever the program or a library prints must not get between the messages.
    source = os.fdopen(os.dup(0), "rb", buffering=1 << 16)
    target = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    envs = None
    try:
        envs = make if hasattr(make, "description") else Environments(make)
        _Conversation(envs, source, target).run()
    except (BrokenPipeError, KeyboardInterrupt):
        pass


class _Conversation:
    def __init__(self, envs, source, target):
        self.envs = envs
        self.source = source
        self.target = target
        self.binary = False
        description = envs.description
        self.has_mask = "mask" in description["capabilities"]
        space = description["observation_space"]
        self.obs_elements = elements(space)
        whole = space["type"] != "box" or space.get("dtype") == "int32"
        self.obs_type = "i" if whole else "B" if space.get("dtype") == "uint8" else "f"
        self.action_elements = elements(description["action_space"])
        self.action_type = description["action_space"]["type"]
        self.begun = set()
        self.count = 0

    def run(self):
        while True:
            message = self.read_frame() if self.binary else self.read_line()
            if message is None:
                return
            try:
                if isinstance(message, bytes):
                    self.answer_frame(message)
                elif not self.answer(message):
                    return
            except Refusal as refusal:
                identifier = message.get("id") if isinstance(message, dict) else _HEADER.unpack_from(message)[4]
                self.send({"type": "error", "id": identifier, "error": refusal.reply})
                if refusal.reply["fatal"]:
                    return

    # Messages in and out.

    def write(self, data):
        view = memoryview(data)
        while len(view):
            view = view[self.target.write(view):]

    def send(self, message):
        text = json.dumps(message, separators=(",", ":")).encode()
        if self.binary:
            self.write(_HEADER.pack(len(text) + 12, 0, 0, 0, message.get("id") or 0, 0) + text)
        else:
            self.write(text + b"\n")

    def read_line(self):
        line = self.source.readline()
        if not line:
            return None
        try:
            message = json.loads(line)
            if not isinstance(message, dict):
                raise ValueError("not an object")
            return message
        except ValueError as error:
            self.send({"type": "error", "id": None, "error": {
                "code": "parse", "message": "a line is not a JSON object: %s" % error, "fatal": False}})
            return self.read_line()

    def read_frame(self):
        start = self.source.read(4)
        if len(start) < 4:
            return None
        length = int.from_bytes(start, "little")
        if not 12 <= length <= 1 << 24:
            raise SystemExit("a frame of %d bytes is none of this protocol" % length)
        rest = self.source.read(length)
        if len(rest) < length:
            return None
        if rest[0] == 0:
            return json.loads(rest[12:])
        return start + rest

    # Requests that are JSON objects.

    def answer(self, message):
        kind, identifier = message.get("type"), message.get("id")
        reply = {"type": kind, "id": identifier}
        if kind == "hello":
            self.greet(message)
            return True
        if kind == "reset":
            reply.update(self.reset(message["env_ids"], message["seeds"]))
        elif kind == "step":
            reply.update(self.step(message["env_ids"], message["actions"], message.get("seeds")))
        elif kind == "snapshot":
            reply["states"] = [self.envs.save(env_id) for env_id in message["env_ids"]]
        elif kind == "restore":
            for env_id, state in zip(message["env_ids"], message["states"]):
                self.envs.load(env_id, state)
                self.begun.add(env_id)
        elif kind not in ("ping", "close"):
            raise Refusal("parse", "there is no request of the type %r" % (kind,))
        self.send(reply)
        return kind != "close"

    def greet(self, message):
        if str(message.get("protocol", "")).split(".")[0] != VERSION.split(".")[0]:
            raise Refusal("version", "this simulator speaks %s, the trainer %s" % (
                VERSION, message.get("protocol")), fatal=True)
        self.count = message["num_envs"]
        most = self.envs.description.get("max_envs")
        self.envs.start(min(self.count, most or self.count))
        encoding = "bin1" if "bin1" in message["encodings"] else "json"
        reply = {"type": "ready", "id": message.get("id"), "protocol": VERSION,
                 "encoding": encoding, "num_envs": self.count}
        reply.update(self.envs.description)
        self.send(reply)
        self.binary = encoding == "bin1"

    def rows(self, env_ids):
        for env_id in env_ids:
            if not 0 <= env_id < self.count:
                raise Refusal("bad-request", "there is no environment %d" % env_id, env_id)

    def reset(self, env_ids, seeds):
        self.rows(env_ids)
        reply = {"obs": [self.envs.reset(env_id, seed) for env_id, seed in zip(env_ids, seeds)]}
        self.begun.update(env_ids)
        if self.has_mask:
            reply["mask"] = [self.envs.mask(env_id) for env_id in env_ids]
        return reply

    def step(self, env_ids, actions, seeds):
        self.rows(env_ids)
        for env_id in env_ids:
            if env_id not in self.begun:
                raise Refusal("not-reset", "environment %d has no episode under way" % env_id, env_id)
        for env_id, action in zip(env_ids, actions):
            self.check(env_id, action)
        obs, rewards, terminations, truncations, finals = [], [], [], [], []
        for row, env_id in enumerate(env_ids):
            seen, reward, terminated, truncated = self.envs.step(env_id, actions[row])
            final = None
            if terminated or truncated:
                final = seen
                if seeds is not None:
                    seen = self.envs.reset(env_id, seeds[row])
                else:
                    self.begun.discard(env_id)
            obs.append(seen)
            rewards.append(reward)
            terminations.append(terminated)
            truncations.append(truncated)
            finals.append(final)
        reply = {"obs": obs, "reward": rewards, "terminated": terminations, "truncated": truncations,
                 "final_obs": finals}
        if self.has_mask:
            reply["mask"] = [self.envs.mask(env_id) for env_id in env_ids]
        return reply

    def check(self, env_id, action):
        space = self.envs.description["action_space"]
        if space["type"] == "box":
            return
        counts = [space["n"]] if space["type"] == "discrete" else space["nvec"]
        numbers = [action] if space["type"] == "discrete" else action
        start = space.get("start", 0)
        for number, count in zip(numbers, counts):
            if not start <= number < start + count:
                raise Refusal("bad-action", "environment %d: the action %s is not from %d to %d" % (
                    env_id, action, start, start + count - 1), env_id)

    # Requests in binary.

    def answer_frame(self, data):
        _, kind, flags, _, identifier, count = _HEADER.unpack_from(data)
        place = _HEADER.size
        seeds = None
        if flags & 1:
            seeds = array.array("Q", data[place:place + 8 * count])
            place += 8 * count
        env_ids = array.array("i", data[place:place + 4 * count])
        place += 4 * count
        if kind == _RESET:
            reply = self.reset(env_ids, seeds)
            parts = [self.pack(reply["obs"])]
            if self.has_mask:
                parts.append(bytes(sum(reply["mask"], [])))
        else:
            width = self.action_elements
            numbers = array.array("f" if self.action_type == "box" else "i", data[place:])
            if self.action_type != "discrete":
                numbers = [numbers[row * width:(row + 1) * width] for row in range(count)]
            reply = self.step(env_ids, numbers, seeds)
            parts = [array.array("d", reply["reward"]).tobytes(), self.pack(reply["obs"]),
                     self.pack([final for final in reply["final_obs"] if final is not None])]
            if self.has_mask:
                parts.append(bytes(sum(reply["mask"], [])))
            parts += [bytes(reply["terminated"]), bytes(reply["truncated"])]
        body = b"".join(parts)
        self.write(_HEADER.pack(len(body) + 12, kind, 0, 0, identifier, count) + body)

    def pack(self, rows):
        numbers = array.array(self.obs_type)
        for row in rows:
            numbers.extend(row)
        return numbers.tobytes()


class Client:
    """The other direction: environments that a program offers over this protocol, for example

        envs = relaxrl.Client(["rl-train", "serve-env", "--env", "cartpole"], num_envs=64)
        obs = envs.reset(range(64))
        obs, reward, terminated, truncated, final_obs = envs.step(actions, seeds)

    Rows are lists of numbers. seeds are those of the episodes that follow ones that end in the step;
    without them an environment has to be reset by name afterwards.
    """

    def __init__(self, command, num_envs=1):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.num_envs = num_envs
        self._id = -1
        self.description = self._ask({"type": "hello", "protocol": VERSION, "encodings": ["json"],
                                      "num_envs": num_envs})

    def _ask(self, message):
        self._id += 1
        message["id"] = self._id
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()
        reply = json.loads(self.process.stdout.readline() or b"null")
        if reply is None:
            raise EOFError("the simulator ended with code %s" % self.process.wait())
        if reply["type"] == "error":
            raise RuntimeError("%(code)s: %(message)s" % reply["error"])
        return reply

    def reset(self, seeds, env_ids=None):
        env_ids = list(range(self.num_envs)) if env_ids is None else list(env_ids)
        return self._ask({"type": "reset", "env_ids": env_ids, "seeds": list(seeds)})["obs"]

    def step(self, actions, seeds=None, env_ids=None):
        env_ids = list(range(self.num_envs)) if env_ids is None else list(env_ids)
        message = {"type": "step", "env_ids": env_ids, "actions": list(actions)}
        if seeds is not None:
            message["seeds"] = list(seeds)
        reply = self._ask(message)
        finals = reply.get("final_obs") or [None] * len(env_ids)
        return reply["obs"], reply["reward"], reply["terminated"], reply["truncated"], finals

    def close(self):
        self._ask({"type": "close"})
        self.process.wait()
