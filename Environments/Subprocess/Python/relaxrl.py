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
anything that JSON can hold; render(), which returns what the environment shows as an image: an array [height,
width, 3] of bytes, lists of rows of such colors, or None for nothing. step may return a fourth value, True where the episode was cut off; the limit
of max_episode_steps is kept here. What Gymnasium's environments return is understood, too: (obs, info)
from reset, and five values, or four with a dict, from step. serve takes a class, a function that makes an
environment, or an environment; one of gymnasium.Env will do.

Observations may be numbers, lists, or arrays of NumPy and the like; arrays and bytes of the type that the
space declares are passed on as they are. Seeds are whole numbers below 2 ** 31.

What the program prints goes to standard error, because standard output belongs to the protocol
(docs/protocol.md), and its standard input is empty. Python 3.8 or newer, nothing else.
"""

import array
import ast
import base64
import json
import math
import operator
import os
import struct
import subprocess
import sys
import traceback

VERSION = "1.0"
_HEADER = struct.Struct("<IBBHII")
_RESET, _STEP, _IMAGE = 1, 2, 3
_DTYPES = {
    "float32": "float32", "float64": "float64", "int32": "int32", "uint8": "uint8",
    # Others become the closest of those that travel.
    "float16": "float32", "float": "float64", "bool": "uint8", "bool_": "uint8", "int8": "int32",
    "int16": "int32", "uint16": "int32", "uint32": "float64", "uint64": "float64",
}
# How the numbers of a space travel in binary: a code of the modules array and struct, one of NumPy.
_CODES = {"float32": ("f", "<f4"), "float64": ("f", "<f4"), "int32": ("i", "<i4"), "uint8": ("B", "|u1")}


# Spaces.

def box(low, high, shape=None, dtype="float32"):
    """Arrays of numbers; low and high are numbers, or one for each element in row-major order."""
    if shape is None:
        shape = _shape(low) or _shape(high) or [1]
    elif hasattr(shape, "__iter__"):
        shape = [_whole(extent, "an extent of a box") for extent in shape] or [1]
    else:
        shape = [_whole(shape, "the shape of a box")]
    count = 1
    for extent in shape:
        count *= extent
    if count < 1 or any(extent < 1 for extent in shape):
        raise ValueError("a box needs at least one number, but its shape is %s" % (shape,))
    low, high = _bounds(low, count, shape, "low"), _bounds(high, count, shape, "high")
    for index in range(count):
        lower, upper = low[index % len(low)], high[index % len(high)]
        if not lower <= upper:
            raise ValueError(
                "bound %d of a box must go from low to high, but goes from %s to %s "
                "(box takes low, high and shape, in this order)" % (index, lower, upper))
        if len(low) == len(high) == 1:
            break
    name = getattr(dtype, "__name__", None) or getattr(dtype, "name", None) or str(dtype)
    if name in ("int64", "int"):
        name = "int32" if min(low) >= -2**31 and max(high) < 2**31 else "float64"
    if name not in _DTYPES:
        raise ValueError("the dtype of a box must be one of %s, but is %s" % (
            ", ".join(sorted(set(_DTYPES.values()))), name))
    return {"type": "box", "shape": shape, "low": _bound(low), "high": _bound(high), "dtype": _DTYPES[name]}


def discrete(n, start=0):
    """The whole numbers start … start + n - 1."""
    n, start = _whole(n, "the size of a discrete space"), _whole(start, "its start")
    if n < 1:
        raise ValueError("a discrete space needs at least one number, but has %d" % n)
    return {"type": "discrete", "n": n, "start": start}


def multi_discrete(nvec):
    """Several whole numbers, number k from 0 to nvec[k] - 1."""
    nvec = [_whole(n, "an element of nvec") for n in _flat(nvec)]
    if not nvec or min(nvec) < 1:
        raise ValueError("a multi-discrete space needs numbers of at least 1, but has %s" % (nvec,))
    return {"type": "multi_discrete", "nvec": nvec}


def multi_binary(n):
    """So many bits, each 0 or 1."""
    n = _whole(n, "the size of a multi-binary space")
    if n < 1:
        raise ValueError("a multi-binary space needs at least one bit, but has %d" % n)
    return {"type": "multi_binary", "n": n}


def _scalar(value):
    """A number of Python's from one of NumPy and the like, or from an array of one; anything else as it is."""
    if hasattr(value, "item"):
        size = getattr(value, "size", 1)
        if (value.numel() if callable(size) else size) == 1:
            return value.item()
    return value


def _whole(value, what):
    """A whole number of Python's from one of whatever kind."""
    value = _scalar(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    try:
        return operator.index(value)
    except TypeError:
        raise ValueError("%s must be a whole number, but is %r" % (what, value)) from None


def _shape(value):
    """The shape of nested lists or of an array; empty for a number."""
    if hasattr(value, "shape"):
        return list(value.shape)
    shape = []
    while isinstance(value, (list, tuple)):
        shape.append(len(value))
        value = value[0] if value else 0
    return shape


def _bounds(value, count, shape, name):
    """The bounds as Python's floats: one for all elements, or one for each."""
    numbers = [float(number) for number in _flat(value)]
    if len(numbers) not in (1, count) or any(math.isnan(number) for number in numbers):
        raise ValueError("%s of a box of the shape %s must be a number, or %d of them, but has %d: %s" % (
            name, shape, count, len(numbers), numbers[:8]))
    return numbers


def _bound(numbers):
    """Bounds as they travel: JSON has no infinities."""
    if all(number == numbers[0] for number in numbers):
        numbers = numbers[:1]
    shown = [number if math.isfinite(number) else "inf" if number > 0 else "-inf" for number in numbers]
    return shown[0] if len(shown) == 1 else shown


def _flat(value):
    """Numbers without nesting."""
    if hasattr(value, "ravel"):
        return value.ravel().tolist()
    if not hasattr(value, "__iter__") or isinstance(value, (str, bytes)):
        return [_scalar(value)]
    row = []
    for element in value:
        if type(element) in (float, int):
            row.append(element)
        else:
            row.extend(_flat(element))
    return row


def elements(space):
    """How many numbers an element of the space has."""
    if space["type"] == "box":
        count = 1
        for extent in space["shape"]:
            count *= extent
        return count
    if space["type"] == "multi_binary":
        return space["n"]
    return 1 if space["type"] == "discrete" else len(space["nvec"])


# What goes wrong.

class Refusal(Exception):
    """Becomes an error message of the protocol; code is one of those that docs/protocol.md lists."""

    def __init__(self, code, message, env_id=None, fatal=False):
        super().__init__(message)
        self.reply = {"code": code, "message": message, "env_id": env_id, "fatal": fatal}


def usage(message):
    """Whoever chose the environment or its arguments made a mistake."""
    return Refusal("usage", message, fatal=True)


def mistake(message, env_id=None):
    """The program returns what no environment may: starting it again would not help."""
    return Refusal("bug", message, env_id, fatal=True)


def _failure(error, what, env_id):
    """An exception of the program's own code, with the lines that led to it."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.endswith("relaxrl.py")] or frames
    lines = ["%s: %s" % (type(error).__name__, error)]
    lines[0] = "%s (%s)" % (lines[0].split("\n")[0][:300] or type(error).__name__, what)
    lines.append("Traceback (most recent call last):")
    for text in traceback.format_list(own[-20:]) + traceback.format_exception_only(type(error), error):
        lines.extend(text.rstrip("\n").split("\n"))
    return Refusal("sim-failure", "\n".join(lines), env_id, fatal=True)


# What is set of an environment.

def arguments(text):
    """The keyword arguments in a text such as size=8,obs_type=ram,shape=[3,4]; none in an empty one."""
    if not text:
        return {}
    parts, depth, quote = [""], 0, None
    for character in text:
        if quote:
            quote = None if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        if character == "," and depth == 0 and quote is None:
            parts.append("")
        else:
            parts[-1] += character
    result = {}
    for part in parts:
        key, equals, word = part.partition("=")
        if not equals or not key.strip().isidentifier():
            raise usage("--env-args must be like size=8,obs_type=ram, but has \"%s\"" % part)
        result[key.strip()] = _value(word.strip())
    return result


def _value(word):
    """A number, a list or a truth value where the word is one, else the word."""
    named = {"true": True, "false": False, "none": None, "null": None}
    if word.lower() in named:
        return named[word.lower()]
    for read in (json.loads, ast.literal_eval):
        try:
            return read(word)
        except (ValueError, SyntaxError):
            pass
    return word


# From what programs return to what travels.

class _Rows:
    """Checks observations and makes them what travels: bytes in binary, lists of numbers in JSON."""

    def __init__(self, space):
        self.space = space
        self.count = elements(space)
        dtype = space.get("dtype", "float32") if space["type"] == "box" else "int32"
        self.dtype = dtype
        self.code, self.numpy_code = _CODES[dtype]
        self.size = {"f": 4, "i": 4, "B": 1}[self.code]

    def wrong(self, obs, env_id, received):
        return mistake("the observation must have %d numbers, as %s says, but has %s" % (
            self.count, _shown(self.space), received), env_id)

    def pack(self, obs, env_id):
        """The observation's numbers as they lie in memory."""
        if type(obs) in (list, tuple) and len(obs) == self.count:
            try:
                return array.array(self.code, obs).tobytes()
            except (TypeError, OverflowError):
                pass
        if hasattr(obs, "detach"):
            obs = obs.detach().cpu().numpy()
        dtype = getattr(obs, "dtype", None)
        if dtype is not None and hasattr(obs, "astype"):
            if obs.size != self.count:
                raise self.wrong(obs, env_id, "%d (shape %s)" % (obs.size, list(obs.shape)))
            if dtype.str != self.numpy_code:
                obs = self.convert(obs, env_id)
            return obs.tobytes()
        if isinstance(obs, (bytes, bytearray, memoryview, array.array)):
            return self.pack_memory(obs, env_id)
        return self.pack_list(_flat(obs), obs, env_id)

    def convert(self, obs, env_id):
        """An array of another type, if its numbers stay what they are."""
        if obs.dtype.kind not in "fiub":
            raise mistake("the observation must have numbers, but has the dtype %s" % obs.dtype, env_id)
        converted = obs.astype(self.numpy_code)
        if self.code != "f" and not (converted == obs).all():
            raise self.misfit((converted != obs).ravel().argmax(), obs.ravel().tolist(), env_id)
        return converted

    def pack_memory(self, obs, env_id):
        view = memoryview(obs)
        if view.format in ("B", "b", "c") and self.code == "B" or view.format == self.code:
            if view.nbytes != self.count * self.size:
                raise self.wrong(obs, env_id, view.nbytes // self.size)
            return view.tobytes()
        return self.pack_list(view.tolist() if view.ndim == 1 else _flat(view.tolist()), obs, env_id)

    def pack_list(self, row, obs, env_id):
        if len(row) != self.count:
            raise self.wrong(obs, env_id, len(row))
        try:
            return array.array(self.code, row).tobytes()
        except (TypeError, OverflowError):
            pass
        packed = array.array(self.code)
        for index, number in enumerate(row):
            try:
                # Whole numbers may be floats; anything else is a mistake.
                packed.append(int(number) if self.code != "f" and number == int(number) else number)
            except (TypeError, ValueError, OverflowError):
                raise self.misfit(index, row, env_id)
        return packed.tobytes()

    def misfit(self, index, row, env_id):
        """The mistake that one number of a row is none of this type."""
        return mistake("the observation must have numbers that fit %s, but number %d is %s" % (
            self.dtype, index, _shown(row[index])), env_id)

    def listed(self, obs, env_id):
        """The observation's numbers as a list."""
        if hasattr(obs, "detach"):
            obs = obs.detach().cpu().numpy()
        if isinstance(obs, (bytes, bytearray, memoryview, array.array)):
            row = list(array.array(self.code, self.pack_memory(obs, env_id)))
        else:
            row = _flat(obs)
        if len(row) != self.count:
            raise self.wrong(obs, env_id, len(row))
        for index, number in enumerate(row):
            if isinstance(number, bool):
                row[index] = int(number)
            elif not isinstance(number, (int, float)):
                raise mistake("the observation must have numbers, but has %s" % _shown(number), env_id)
        return row


def _shown(value):
    text = " ".join(repr(value).split())
    return text if len(text) <= 200 else text[:200] + "…"


def _flag(value, what, env_id):
    """True or False, of Python's or NumPy's kind, or 1 or 0."""
    if value is True or value is False:
        return value
    value = _scalar(value)
    if isinstance(value, (bool, int)) and value in (0, 1):
        return bool(value)
    raise mistake("%s must be True or False, but is %s" % (what, _shown(value)), env_id)


def _number(value, what, env_id):
    """A number of Python's, Numpy's, or an array of one."""
    if type(value) is float:
        return value
    value = _scalar(value)
    if isinstance(value, (list, tuple)) and len(value) == 1:
        value = value[0]
    try:
        if isinstance(value, (str, bytes)):
            raise TypeError
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise mistake("%s must be a number, but is %s" % (what, _shown(value)), env_id) from None


def _first(result):
    """The observation of a reset, which may come with a dict of information."""
    if isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], dict):
        return result
    return result, {}


def _outcome(result, env_id):
    """Observation, reward, terminated, truncated and information from what step returned."""
    if not isinstance(result, (tuple, list)) or not 3 <= len(result) <= 5:
        raise mistake(
            "step must return observation, reward and terminated, and may return truncated, but returned %s" %
            ("%d values" % len(result) if isinstance(result, (tuple, list)) else _shown(result)), env_id)
    obs, reward, terminated = result[:3]
    terminated = _flag(terminated, "the third value of step (terminated)", env_id)
    truncated, info = False, {}
    if len(result) == 5:
        truncated, info = _flag(result[3], "the fourth value of step (truncated)", env_id), result[4]
    elif len(result) == 4 and isinstance(result[3], dict):
        # The older form: observation, reward, done, info.
        info = result[3]
        if terminated and info.get("TimeLimit.truncated"):
            terminated, truncated = False, True
    elif len(result) == 4:
        fourth = result[3]
        if not isinstance(fourth, bool) and getattr(getattr(fourth, "dtype", None), "kind", "") != "b":
            raise mistake(
                "the fourth value of step says whether the episode was cut off and must be True or False, "
                "but is %s" % _shown(fourth), env_id)
        truncated = _flag(fourth, "the fourth value of step (truncated)", env_id)
    reward = _number(reward, "the second value of step (reward)", env_id)
    return obs, reward, terminated, truncated, info if isinstance(info, dict) else {}


def _mask(values, count, env_id):
    """A mask as zeros and ones."""
    row = [1 if allowed else 0 for allowed in _flat(values)]
    if len(row) != count:
        raise mistake("the action mask must have %d numbers, but has %d" % (count, len(row)), env_id)
    return row


def _image(picture, env_id):
    """Width, height and bytes of what render returned."""
    if picture is None:
        return 0, 0, b""
    if hasattr(picture, "detach"):
        picture = picture.detach().cpu().numpy()
    shape = _shape(picture)
    if len(shape) != 3 or shape[2] != 3 or min(shape) < 1:
        raise mistake("render must return an image [height, width, 3] or None, but returned %s" % (
            "one of the shape %s" % shape if shape else _shown(picture)), env_id)
    try:
        kind = getattr(getattr(picture, "dtype", None), "str", "")
        data = picture.tobytes() if kind == "|u1" else bytes(_flat(picture))
    except (TypeError, ValueError):
        data = b""
    if len(data) != shape[0] * shape[1] * 3:
        raise mistake("the colors of an image must be whole numbers from 0 to 255", env_id)
    if len(data) > 12 << 20:
        raise mistake("an image may have 12 MiB, but has %d × %d pixels" % (shape[1], shape[0]), env_id)
    return shape[1], shape[0], data


def mask_size(space):
    """How many numbers a mask of actions has: one for every value of every choice, side by side."""
    if space["type"] == "multi_binary":
        return 2 * space["n"]
    return space["n"] if space["type"] == "discrete" else sum(space.get("nvec", []))


# Environments.

class Environments:
    """Many environments of one class, each with reset and step, as serve wants them."""

    def __init__(self, make):
        self._make, self._most = _maker(make)
        sample = self._make()
        self._envs = [sample]
        for name in ("reset", "step"):
            if not callable(getattr(sample, name, None)):
                raise TypeError("%s has no method %s" % (type(sample).__name__, name))
        for name in ("observation_space", "action_space"):
            if not isinstance(getattr(sample, name, None), dict):
                raise TypeError(
                    "%s.%s must be made by box, discrete, multi_discrete or multi_binary of this module, "
                    "but is %r" % (
                        type(sample).__name__, name, getattr(sample, name, None)))
        limit = getattr(sample, "max_episode_steps", None)
        threshold = getattr(sample, "reward_threshold", None)
        self._limit = None if limit is None else _whole(limit, "max_episode_steps")
        # Numbers of a box travel as real ones.
        self._is_whole_box = (
            sample.action_space["type"] == "box" and sample.action_space["dtype"] in ("int32", "uint8"))
        self.description = {
            "name": str(getattr(sample, "name", type(sample).__name__.lower())),
            "observation_space": sample.observation_space,
            "action_space": sample.action_space,
            "max_episode_steps": self._limit,
            "reward_threshold": None if threshold is None else float(threshold),
        }
        capabilities = []
        if hasattr(sample, "action_mask"):
            capabilities.append("mask")
        if hasattr(sample, "state") and hasattr(sample, "restore"):
            capabilities.append("snapshot")
        if hasattr(sample, "render"):
            capabilities.append("render")
        self.description["capabilities"] = capabilities
        if self._most is not None:
            self.description["max_envs"] = self._most

    def start(self, count):
        self._envs += [self._make() for _ in range(count - len(self._envs))]
        self._steps = [0] * count

    def reset(self, env_id, seed):
        self._steps[env_id] = 0
        return _first(self._envs[env_id].reset(seed))[0]

    def step(self, env_id, action):
        if self._is_whole_box:
            action = [int(number) for number in action]
        result = self._envs[env_id].step(action)
        obs, reward, terminated, truncated, _ = _outcome(result, env_id)
        self._steps[env_id] += 1
        if self._limit is not None and self._steps[env_id] >= self._limit and not terminated:
            truncated = True
        return obs, reward, terminated, truncated

    def mask(self, env_id):
        return self._envs[env_id].action_mask()

    def render(self, env_id):
        return self._envs[env_id].render()

    def save(self, env_id):
        state = {"steps": self._steps[env_id], "state": self._envs[env_id].state()}
        return json.dumps(state, sort_keys=True)

    def load(self, env_id, text):
        saved = json.loads(text)
        self._steps[env_id] = saved["steps"]
        self._envs[env_id].restore(saved["state"])


def _maker(make):
    """A function that makes environments, and how many it can make if there is a limit."""
    if callable(make) and not (hasattr(make, "reset") and hasattr(make, "step") and not isinstance(make, type)):
        return make, None
    # One environment: every process has its own.
    return lambda: make, 1


class GymnasiumEnvironments:
    """Many environments of gymnasium.Env, as serve wants them.

    Boxes, discrete and multi-discrete spaces are passed on, and so are bits that are actions; dictionaries, tuples and the like are flattened as
    gymnasium.spaces.flatten does, with discrete parts one-hot, and parts that have no numbers, such as
    texts, are left out. A mask of the actions may be in the info of reset and step, under "action_mask" in an
    observation that is a dictionary, or come from a method action_masks. It has one flag for every value of every
    choice; the tuple of arrays that Gymnasium has for multi-discrete spaces will do, and for bits its one
    number for each: 0 or 1 where the bit must be that, and 2 where it may be either.
    """

    def __init__(self, make, name=None, most=None):
        import gymnasium
        import numpy
        self.spaces, self.numpy = gymnasium.spaces, numpy
        self._make = make
        self.envs = [make()]
        env = self.envs[0]
        spec = getattr(env, "spec", None)
        self.name = name or (spec.id if spec else type(env.unwrapped).__name__.lower())
        space = env.observation_space
        self.flat, self.mask_key = None, None
        self.action_space = env.action_space
        action = self.describe_action(self.action_space)
        if isinstance(space, self.spaces.Dict) and "action_mask" in space.spaces and action["type"] != "box":
            self.mask_key = "action_mask"
        if not self.is_plain(space):
            space = self.flatten(space)
        self.infos, self.seen = [{}], [None]
        capabilities = []
        if action["type"] != "box":
            obs, info = _first(env.reset(seed=0))
            if self.mask_key or "action_mask" in info or hasattr(env.unwrapped, "action_masks"):
                capabilities.append("mask")
        if getattr(env, "render_mode", None) == "rgb_array":
            capabilities.append("render")
        self.description = {
            "name": self.name,
            "observation_space": self.describe(space),
            "action_space": action,
            "max_episode_steps": spec.max_episode_steps if spec else None,
            "reward_threshold": spec.reward_threshold if spec else None,
            "capabilities": capabilities,
        }
        if most is not None:
            self.description["max_envs"] = most

    def is_plain(self, space):
        spaces = self.spaces
        if isinstance(space, spaces.MultiDiscrete):
            return len(space.shape) == 1 and not any(_flat(space.start))
        return isinstance(space, (spaces.Box, spaces.Discrete))

    def flatten(self, space):
        """The box of the space's numbers; self.flat is the space without what has none."""
        left_out = []
        reduced = self.reduce(space, "", left_out)
        if left_out:
            print("%s: not part of the observation, because they have no fixed numbers: %s" % (
                self.name, ", ".join(left_out)), file=sys.stderr)
        flat = None
        if reduced is not None:
            try:
                flat = self.spaces.flatten_space(reduced)
            except NotImplementedError:
                pass
        if not isinstance(flat, self.spaces.Box):
            raise usage("%s has observations that cannot be flattened: %s" % (self.name, _shown(space)))
        self.flat = reduced
        return flat

    def reduce(self, space, path, left_out):
        """The space without the parts that have no fixed number of numbers."""
        spaces = self.spaces
        if isinstance(space, spaces.Dict):
            parts = {key: self.reduce(part, "%s%s" % (path and path + ".", key), left_out)
                     for key, part in space.spaces.items() if path or key != self.mask_key}
            parts = {key: part for key, part in parts.items() if part is not None}
            return spaces.Dict(parts) if parts else None
        if isinstance(space, spaces.Tuple):
            parts = [self.reduce(part, "%s%d" % (path and path + ".", index), left_out)
                     for index, part in enumerate(space.spaces)]
            # What is left out of a tuple would shift the others: it keeps its place as nothing.
            if any(part is None for part in parts):
                return spaces.Dict({str(index): part for index, part in enumerate(parts) if part is not None}) \
                    if any(part is not None for part in parts) else None
            return spaces.Tuple(parts)
        if isinstance(space, (spaces.Box, spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary)):
            return space
        left_out.append("%s (%s)" % (path or "all of it", type(space).__name__))
        return None

    def pick(self, space, obs):
        """The parts of an observation that the reduced space has."""
        if isinstance(space, self.spaces.Dict):
            if isinstance(obs, (tuple, list)):
                return {key: self.pick(part, obs[int(key)]) for key, part in space.spaces.items()}
            return {key: self.pick(part, obs[key]) for key, part in space.spaces.items()}
        if isinstance(space, self.spaces.Tuple):
            return tuple(self.pick(part, element) for part, element in zip(space.spaces, obs))
        return obs

    def describe_action(self, space):
        if isinstance(space, self.spaces.MultiBinary):
            return multi_binary(int(self.numpy.prod(space.shape)))
        if isinstance(space, self.spaces.MultiDiscrete):
            return multi_discrete(space.nvec)
        if self.is_plain(space):
            return self.describe(space)
        raise usage("%s has actions that are neither numbers nor a box: %s" % (self.name, _shown(space)))

    def describe(self, space):
        spaces = self.spaces
        try:
            if isinstance(space, spaces.Discrete):
                return discrete(space.n, space.start)
            if isinstance(space, spaces.MultiDiscrete):
                return multi_discrete(space.nvec)
            # Numbers travel in single precision, to which the bounds have to be rounded, too.
            single = space.dtype == self.numpy.float64
            return box(space.low, space.high, space.shape, "float32" if single else space.dtype)
        except ValueError as error:
            raise usage("%s has a space that cannot be used: %s" % (self.name, error)) from None

    # What serve asks for.

    def start(self, count):
        self.envs += [self._make() for _ in range(count - len(self.envs))]
        self.infos, self.seen = [{}] * count, [None] * count

    def row(self, env_id, obs):
        self.seen[env_id] = obs
        if self.flat is not None:
            return self.spaces.flatten(self.flat, self.pick(self.flat, obs))
        return obs

    def reset(self, env_id, seed):
        obs, self.infos[env_id] = _first(self.envs[env_id].reset(seed=int(seed)))
        return self.row(env_id, obs)

    def step(self, env_id, action):
        space = self.action_space
        if not isinstance(space, self.spaces.Discrete):
            action = self.numpy.asarray(action, dtype=space.dtype).reshape(space.shape)
            if isinstance(space, self.spaces.MultiDiscrete):
                action = action + self.numpy.asarray(space.start, dtype=space.dtype)
        result = self.envs[env_id].step(action)
        obs, reward, terminated, truncated, self.infos[env_id] = _outcome(result, env_id)
        return self.row(env_id, obs), reward, terminated, truncated

    def render(self, env_id):
        return self.envs[env_id].render()

    def mask(self, env_id):
        mask = self.found_mask(env_id)
        if not isinstance(self.action_space, self.spaces.MultiBinary):
            return mask
        # Gymnasium has one number for each bit: the value that it must have, or 2.
        row = _flat(mask)
        if len(row) == elements(self.description["action_space"]):
            return [flag for bit in row for flag in (bit != 1, bit != 0)]
        return row

    def found_mask(self, env_id):
        if self.mask_key:
            return self.seen[env_id][self.mask_key]
        info = self.infos[env_id]
        if "action_mask" in info:
            return info["action_mask"]
        method = getattr(self.envs[env_id].unwrapped, "action_masks", None)
        if method is not None:
            return method()
        raise mistake(
            "%s gave an action_mask in the info of its first reset, but not in that of the last reset or step: "
            "it must be in every one of them" % self.name, env_id)


def _is_gymnasium(value):
    """Whether it is a gymnasium.Env or a class of them."""
    kind = value if isinstance(value, type) else type(value)
    return any(base.__module__.split(".")[0] == "gymnasium" and base.__name__ == "Env" for base in kind.__mro__)


def _environments(make):
    """What serve works with, from what it was given."""
    if isinstance(getattr(make, "description", None), dict) and hasattr(make, "start"):
        return make
    make, most = _maker(make)
    sample = make()
    if isinstance(getattr(sample, "description", None), dict) and hasattr(sample, "start"):
        return sample
    first = [sample]

    def again():
        return first.pop() if first else make()

    if _is_gymnasium(sample):
        return GymnasiumEnvironments(again, most=most)
    environments = Environments(again)
    if most is not None:
        environments.description["max_envs"] = most
    return environments


def serve(make):
    """Answers a trainer until it is done.

    make: a class with reset and step (see the module's documentation), a function that makes one of its kind, an
    environment, or an object with the methods of Environments.
    """
    if os.environ.get("RL_ENV_PROTOCOL") is None and sys.stdin.isatty():
        raise SystemExit("This program is an environment for rl-train; try\n"
                         "  rl-train check-env --env-command 'python3 %s'" % sys.argv[0])
    # Whatever the program or a library prints must not get between the messages, and whatever it or its children
    # read must not be taken from them.
    source = os.fdopen(os.dup(0), "rb", buffering=1 << 16)
    target = os.fdopen(os.dup(1), "wb", buffering=0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    try:
        try:
            envs = _environments(make)
        except Refusal as refusal:
            # What is wrong becomes the answer to the first request.
            hello = json.loads(source.readline() or b"{}")
            target.write(json.dumps({"type": "error", "id": hello.get("id"), "error": refusal.reply}).encode() + b"\n")
            return
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
        self.mask_size = mask_size(description["action_space"])
        self.rows = _Rows(description["observation_space"])
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

    def ask(self, what, env_id, method, *arguments):
        """Calls the program's own code; its exceptions become answers."""
        try:
            return method(env_id, *arguments)
        except Refusal as refusal:
            if refusal.reply["env_id"] is None:
                refusal.reply["env_id"] = env_id
            raise
        except (BrokenPipeError, KeyboardInterrupt):
            raise
        except Exception as error:
            raise _failure(error, what, env_id) from None

    # Messages in and out.

    def write(self, *parts):
        for data in parts:
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
        while True:
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
        if kind in ("reset", "step"):
            listed = self.rows.listed
            if kind == "reset":
                reply.update(self.reset(message["env_ids"], message["seeds"], listed))
            else:
                reply.update(self.step(message["env_ids"], message["actions"], message.get("seeds"), listed))
        elif kind == "snapshot":
            reply["states"] = [self.ask("in state", env_id, self.envs.save) for env_id in message["env_ids"]]
        elif kind == "restore":
            for env_id, state in zip(message["env_ids"], message["states"]):
                self.ask("in restore", env_id, self.envs.load, state)
                self.begun.add(env_id)
        elif kind == "render":
            self.render(message["env_ids"], identifier)
            return True
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
        if self.rows.count * self.rows.size * self.count > 1 << 16:
            # A larger pipe takes a larger part of a reply at once.
            try:
                import fcntl
                fcntl.fcntl(self.target.fileno(), getattr(fcntl, "F_SETPIPE_SZ", 1031), 1 << 20)
            except (ImportError, OSError):
                pass

    def check_rows(self, env_ids):
        for env_id in env_ids:
            if not 0 <= env_id < self.count:
                raise Refusal("bad-request", "there is no environment %d" % env_id, env_id)

    def reset(self, env_ids, seeds, row):
        self.check_rows(env_ids)
        obs = [row(self.ask("in reset, seed %d" % seed, env_id, self.envs.reset, seed), env_id)
               for env_id, seed in zip(env_ids, seeds)]
        self.begun.update(env_ids)
        reply = {"obs": obs}
        if self.has_mask:
            reply["mask"] = [self.mask(env_id, False) for env_id in env_ids]
        return reply

    def step(self, env_ids, actions, seeds, row):
        self.check_rows(env_ids)
        for env_id in env_ids:
            if env_id not in self.begun:
                raise Refusal("not-reset", "environment %d has no episode under way" % env_id, env_id)
        if self.action_type != "box":
            for env_id, action in zip(env_ids, actions):
                self.check(env_id, action)
        obs, rewards, terminations, truncations, finals, masks = [], [], [], [], [], []
        for index, env_id in enumerate(env_ids):
            seen, reward, terminated, truncated = self.ask("in step", env_id, self.envs.step, actions[index])
            seen = row(seen, env_id)
            final, waits = None, False
            if terminated or truncated:
                final = seen
                if seeds is not None:
                    seed = seeds[index]
                    seen = row(self.ask("in reset, seed %d" % seed, env_id, self.envs.reset, seed), env_id)
                else:
                    self.begun.discard(env_id)
                    waits = True
            obs.append(seen)
            rewards.append(reward)
            terminations.append(terminated)
            truncations.append(truncated)
            finals.append(final)
            if self.has_mask:
                masks.append(self.mask(env_id, waits))
        reply = {"obs": obs, "reward": rewards, "terminated": terminations, "truncated": truncations,
                 "final_obs": finals}
        if self.has_mask:
            reply["mask"] = masks
        return reply

    def mask(self, env_id, waits):
        # Nobody acts on the mask of an episode that is over, which need not have one.
        if waits:
            return [1] * self.mask_size
        return _mask(self.ask("in action_mask", env_id, self.envs.mask), self.mask_size, env_id)

    def render(self, env_ids, identifier):
        self.check_rows(env_ids)
        if len(env_ids) != 1:
            raise Refusal("bad-request", "one environment is drawn at a time, not %d" % len(env_ids))
        width, height, data = _image(self.ask("in render", env_ids[0], self.envs.render), env_ids[0])
        if self.binary:
            self.write(_HEADER.pack(len(data) + 20, _IMAGE, 0, 0, identifier, 1), struct.pack("<II", width, height), data)
        else:
            self.send({"type": "render", "id": identifier, "width": width, "height": height,
                       "rgb": base64.b64encode(data).decode()})

    def check(self, env_id, action):
        space = self.envs.description["action_space"]
        if space["type"] == "multi_binary":
            counts = [2] * space["n"]
        else:
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
        pack = self.rows.pack
        if kind == _RESET:
            reply = self.reset(env_ids, seeds, pack)
            parts = reply["obs"]
            if self.has_mask:
                parts = parts + [bytes(mask) for mask in reply["mask"]]
        else:
            width = self.action_elements
            numbers = array.array("f" if self.action_type == "box" else "i", data[place:])
            if self.action_type != "discrete":
                numbers = [numbers[row * width:(row + 1) * width] for row in range(count)]
            reply = self.step(env_ids, numbers, seeds, pack)
            parts = [array.array("d", reply["reward"]).tobytes()] + reply["obs"]
            parts += [final for final in reply["final_obs"] if final is not None]
            if self.has_mask:
                parts += [bytes(mask) for mask in reply["mask"]]
            parts += [bytes(reply["terminated"]), bytes(reply["truncated"])]
        length = sum(map(len, parts))
        self.write(b"".join([_HEADER.pack(length + 12, kind, 0, 0, identifier, count)] + parts))


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

    def render(self, env_id=0):
        """Width, height, and red, green and blue of each pixel, rows from the top."""
        reply = self._ask({"type": "render", "env_ids": [env_id]})
        return reply["width"], reply["height"], base64.b64decode(reply["rgb"])

    def close(self):
        self._ask({"type": "close"})
        self.process.wait()
