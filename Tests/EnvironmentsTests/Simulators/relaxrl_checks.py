"""What relaxrl.py and the bridge to Gymnasium do with what programs return: python3 relaxrl_checks.py, with both on the path.

Each check talks to a program as the trainer does, in both encodings. Without NumPy or Gymnasium their checks are skipped.
"""

import base64
import json
import os
import struct
import subprocess
import sys
import tempfile
import textwrap
import unittest

try:
    import numpy
except ImportError:
    numpy = None
try:
    import gymnasium
except ImportError:
    gymnasium = None

import relaxrl

FOLDER = os.path.dirname(os.path.abspath(relaxrl.__file__))


class Trainer:
    """The trainer's side of a conversation with a program."""

    def __init__(self, source, encoding="json", count=2, arguments=()):
        self.file = tempfile.NamedTemporaryFile("w", suffix=".py", delete=False)
        self.file.write(textwrap.dedent(source))
        self.file.close()
        self.start([sys.executable, self.file.name], encoding, count, arguments)

    def start(self, command, encoding, count, arguments):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            command + list(arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
            env=dict(os.environ, RL_ENV_PROTOCOL="1", PYTHONPATH=FOLDER))
        self.binary = False
        self.ready = self.ask({"type": "hello", "id": 0, "protocol": "1.0", "encodings": [encoding], "num_envs": count})
        self.binary = encoding == "bin1" and self.ready["type"] == "ready"
        self.ids = list(range(min(count, self.ready.get("max_envs") or count)))

    def ask(self, message):
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline() or b'{"type":"gone"}')

    def frame(self, kind, seeds, actions=b""):
        ids = self.ids
        body = struct.pack("<%dQ" % len(ids), *seeds) + struct.pack("<%di" % len(ids), *ids) + actions
        self.process.stdin.write(struct.pack("<IBBHII", len(body) + 12, kind, 1, 0, 7, len(ids)) + body)
        self.process.stdin.flush()
        length, kind = struct.unpack("<IB", self.process.stdout.read(5))
        data = self.process.stdout.read(length - 1)[11:]
        return json.loads(data) if kind == 0 else data

    def reset(self):
        seeds = [2 ** 31 - 1] * len(self.ids)
        if self.binary:
            return self.frame(1, seeds)
        return self.ask({"type": "reset", "id": 1, "env_ids": self.ids, "seeds": seeds})

    def step(self, action=0):
        seeds = [5] * len(self.ids)
        if self.binary:
            return self.frame(2, seeds, struct.pack("<i", action) * len(self.ids))
        return self.ask({"type": "step", "id": 2, "env_ids": self.ids, "actions": [action] * len(self.ids), "seeds": seeds})

    def close(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.stdout.close()
        self.process.wait(10)
        self.errors.seek(0)
        text = self.errors.read().decode(errors="replace")
        self.errors.close()
        if hasattr(self, "file"):
            os.unlink(self.file.name)
        return text


def program(reset="[0.5]", step="[0.25], 1.0, False", space="relaxrl.box([-1], [1])", more=""):
    numbers = "import numpy as np\n" if "np." in reset + step + space + more else ""
    return numbers + """
import relaxrl, subprocess, sys
class Task:
    observation_space = %s
    action_space = relaxrl.discrete(2)
    max_episode_steps = 50
    number = 0
    def __init__(self):
        Task.number += 1
        self.number = Task.number - 1
    def reset(self, seed):
        self.t = 0
        self.seed = seed
        return %s
    def step(self, action):
        self.t += 1
        return %s
%s
relaxrl.serve(Task)
""" % (space, reset, step, textwrap.indent(more, "    "))


class Conversations(unittest.TestCase):
    def first_step(self, source, **options):
        trainer = Trainer(source, **options)
        try:
            self.reset = trainer.reset()
            return trainer.step()
        finally:
            self.errors = trainer.close()

    def assertMistake(self, reply, *fragments):
        self.assertEqual(reply["type"], "error", reply)
        self.assertEqual(reply["error"]["code"], "bug", reply)
        for fragment in fragments:
            self.assertIn(fragment, reply["error"]["message"])


class Images(Conversations):
    ARRAY = "[[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]]]"

    def drawn(self, returned, encoding="json"):
        trainer = Trainer(program(more="def render(self): return %s" % returned), encoding=encoding)
        try:
            trainer.reset()
            request = {"type": "render", "id": 9, "env_ids": [1]}
            if encoding == "json":
                return trainer.ready, trainer.ask(request)
            text = json.dumps(request).encode()
            trainer.process.stdin.write(struct.pack("<IBBHII", len(text) + 12, 0, 0, 0, 9, 0) + text)
            trainer.process.stdin.flush()
            length, kind, _, _, identifier, _ = struct.unpack("<IBBHII", trainer.process.stdout.read(16))
            return trainer.ready, (kind, identifier, trainer.process.stdout.read(length - 12))
        finally:
            trainer.close()

    def test_are_the_bytes_of_what_render_returns(self):
        ready, reply = self.drawn(self.ARRAY)
        self.assertIn("render", ready["capabilities"])
        self.assertEqual((reply["width"], reply["height"], base64.b64decode(reply["rgb"])), (2, 2, bytes(range(1, 13))))
        frame = struct.pack("<II", 2, 2) + bytes(range(1, 13))
        self.assertEqual(self.drawn(self.ARRAY, "bin1")[1], (3, 9, frame))
        if numpy:
            self.assertEqual(self.drawn("np.array(%s, np.uint8)" % self.ARRAY, "bin1")[1], (3, 9, frame))
            self.assertEqual(self.drawn("np.array(%s)" % self.ARRAY, "bin1")[1], (3, 9, frame))

    def test_may_be_missing(self):
        self.assertEqual(self.drawn("None", "bin1")[1], (3, 9, bytes(8)))
        trainer = Trainer(program())
        self.assertNotIn("render", trainer.ready["capabilities"])
        trainer.close()

    def test_of_other_shapes_or_colors_are_named(self):
        for returned in ("[[1, 2, 3]]", "[[[1, 2]]]", "'picture'", "[]"):
            self.assertMistake(self.drawn(returned)[1], "render", "[height, width, 3]")
        for returned in ("[[[1, 2, 256]]]", "[[[1, 2, 0.5]]]", "[[[1, 2, 'x']]]"):
            self.assertMistake(self.drawn(returned)[1], "0 to 255")

    def test_are_gymnasiums_where_they_are_asked_for(self):
        if gymnasium is None:
            self.skipTest("needs gymnasium")
        for variables, expected in ({}, False), ({"RL_ENV_RENDER": "1"}, True):
            os.environ.update(variables)
            try:
                trainer = Trainer.__new__(Trainer)
                trainer.start([sys.executable, os.path.join(FOLDER, "gymnasium_bridge.py")], "json", 1, ["CartPole-v1"])
            finally:
                for name in variables:
                    del os.environ[name]
            self.assertEqual("render" in trainer.ready["capabilities"], expected)
            trainer.close()


class Steps(Conversations):
    def test_a_dict_in_fourth_place_is_information(self):
        reply = self.first_step(program(step='[0.0], 1.0, self.t == 3, {"t": self.t}'))
        self.assertEqual(reply["truncated"], [False, False])
        self.assertEqual(reply["terminated"], [False, False])
        reply = self.first_step(program(step='[0.0], 1.0, True, {"TimeLimit.truncated": True}'))
        self.assertEqual((reply["terminated"], reply["truncated"]), ([False] * 2, [True] * 2))

    def test_any_other_fourth_value_is_named(self):
        for value in ("self.t", "'no'", "None", "[True]"):
            self.assertMistake(self.first_step(program(step="[0.0], 1.0, False, " + value)), "fourth value", "True or False")

    def test_five_values_are_those_of_gymnasium(self):
        reply = self.first_step(program(reset="[0.5], {}", step="[0.0], 1.0, False, True, {}"))
        self.assertEqual(self.reset["obs"], [[0.5], [0.5]])
        self.assertEqual((reply["terminated"], reply["truncated"]), ([False] * 2, [True] * 2))
        self.assertEqual((reply["obs"], reply["final_obs"]), ([[0.5]] * 2, [[0.0]] * 2))

    def test_other_results_are_named(self):
        self.assertMistake(self.first_step(program(step="[0.0], 1.0")), "2 values")
        self.assertMistake(self.first_step(program(step="None")), "None")
        self.assertMistake(self.first_step(program(step="[0.0], 'one', False")), "reward", "'one'")
        self.assertMistake(self.first_step(program(step="[0.0], 1.0, 'yes'")), "terminated", "'yes'")

    def test_rows_of_the_wrong_length_are_named_and_move_no_others(self):
        for encoding in ("json", "bin1"):
            step = "[0.1] * (1 + (self.number == 1)), 1.0, False"
            reply = self.first_step(program(step=step), encoding=encoding)
            self.assertMistake(reply, "must have 1 numbers", "has 2")
            self.assertEqual(reply["error"]["env_id"], 1)
            for value in ("None", "'abc'", "{'a': 1}", "[[1], [2]]", "[None]", "['a']"):
                self.assertMistake(self.first_step(program(step=value + ", 1.0, False"), encoding=encoding), "must have")

    def test_bytes_are_carried_as_they_are(self):
        space = "relaxrl.box(0, 255, (2, 2), 'uint8')"
        for value in ("b'\\x00\\x01\\x02\\xff'", "bytearray(b'\\x00\\x01\\x02\\xff')", "[[0, 1], [2, 255]]",
                      "memoryview(b'\\x00\\x01\\x02\\xff')", "[0.0, 1, True * 2, 255]"):
            source = program(reset=value, step=value + ", 1.0, False", space=space)
            self.assertEqual(self.first_step(source)["obs"], [[0, 1, 2, 255]] * 2)
            reply = self.first_step(source, encoding="bin1")
            self.assertEqual(reply, struct.pack("<2d", 1, 1) + b"\x00\x01\x02\xff" * 2 + b"\0" * 4)
        for value in ("[0.5] * 4", "[256] * 4", "[-1] * 4", "b'abc'", "[float('nan')] * 4"):
            source = program(reset="bytes(4)", step=value + ", 1.0, False", space=space)
            self.assertMistake(self.first_step(source, encoding="bin1"), "must have")
        for value, wrong in (("[1, 2, 256, 4]", "number 2 is 256"), ("[1, 2.0, 3, 0.5]", "number 3 is 0.5"),
                             ("[1, float('nan'), 300, 4]", "number 1 is nan"), ("['a', 1, 2, 3]", "number 0 is 'a'")):
            source = program(reset="bytes(4)", step=value + ", 1.0, False", space=space)
            self.assertMistake(self.first_step(source, encoding="bin1"), "fit uint8, but " + wrong)

    def test_an_exception_is_told_with_its_traceback_once(self):
        for encoding in ("json", "bin1"):
            more = "def help(self):\n    raise ValueError('a wall\\nof text')"
            reply = self.first_step(program(step="self.help()", more=more), encoding=encoding)
            error = reply["error"]
            self.assertEqual((error["code"], error["env_id"], error["fatal"]), ("sim-failure", 0, True))
            lines = error["message"].split("\n")
            self.assertEqual(lines[0], "ValueError: a wall (in step)")
            self.assertEqual(error["message"].count("Traceback"), 1)
            self.assertIn("in help", error["message"])
            self.assertNotIn("relaxrl.py", error["message"])
            self.assertEqual(self.errors, "")

    def test_children_and_input_do_not_read_requests(self):
        more = "def look(self):\n    subprocess.run([sys.executable, '-c', 'import sys; sys.stdin.read()'])\n    return [0.0]"
        reply = self.first_step(program(reset="self.look()", step="self.look(), 1.0, bool(sys.stdin.read())", more=more))
        self.assertEqual(reply["terminated"], [False, False])

    def test_what_is_printed_goes_to_standard_error(self):
        more = "def say(self):\n    print('hello')\n    subprocess.run(['echo', 'there'])\n    return [0.0]"
        reply = self.first_step(program(step="self.say(), 1.0, False", more=more))
        self.assertEqual(reply["type"], "step")
        self.assertIn("hello", self.errors)
        self.assertIn("there", self.errors)

    def test_masks_of_the_wrong_length_are_named(self):
        more = "def action_mask(self):\n    return [1] * (2 + self.t)"
        self.assertMistake(self.first_step(program(more=more)), "mask", "2 numbers", "has 3")

    def test_one_environment_is_one_process(self):
        trainer = Trainer(program().replace("serve(Task)", "serve(Task())"), count=4)
        self.assertEqual((trainer.ready["max_envs"], trainer.ready["name"]), (1, "task"))
        self.assertEqual(trainer.reset()["obs"], [[0.5]])
        trainer.close()

    def test_seeds_are_passed_on(self):
        self.assertEqual(self.first_step(program(step="[self.seed / 2 ** 32], 1.0, False"))["obs"], [[(2 ** 31 - 1) / 2 ** 32]] * 2)


class Spaces(unittest.TestCase):
    def test_shapes_come_in_third_place(self):
        self.assertEqual(relaxrl.box(0, 255, (84, 84, 4), "uint8")["shape"], [84, 84, 4])
        self.assertEqual(relaxrl.box(-1, 1, 3)["shape"], [3])
        self.assertEqual(relaxrl.box(-1, 1)["shape"], [1])
        self.assertEqual(relaxrl.box([[0, 0], [0, 0]], 1)["shape"], [2, 2])
        self.assertEqual(relaxrl.box([-1, float("-inf")], [1, float("inf")])["low"], [-1, "-inf"])

    def test_bits_and_boxes_of_whole_numbers_are_actions(self):
        for encoding, format in (("json", None), ("bin1", "i")):
            source = program(step="[0.0], float(sum(action) + isinstance(action[0], int)), False").replace(
                "relaxrl.discrete(2)", "relaxrl.multi_binary(3)")
            trainer = Trainer(source, encoding)
            self.assertEqual(trainer.ready["action_space"], {"type": "multi_binary", "n": 3})
            trainer.reset()
            if format:
                seeds, bits = [5] * 2, struct.pack("<6i", 1, 0, 1, 1, 1, 1)
                self.assertEqual(struct.unpack("<2d", trainer.frame(2, seeds, bits)[:16]), (3.0, 4.0))
            else:
                self.assertEqual(trainer.step([1, 0, 1])["reward"], [3.0, 3.0])
                self.assertEqual(trainer.step([1, 0, 2])["error"]["code"], "bad-action")
            trainer.close()
            whole = program(step="[0.0], float(sum(action)) + isinstance(action[1], int), False").replace(
                "relaxrl.discrete(2)", "relaxrl.box([-2, 0], [2, 9], dtype='int32')")
            trainer = Trainer(whole, encoding)
            trainer.reset()
            if format:
                numbers = struct.pack("<4f", -2, 9, 1, 3)
                self.assertEqual(struct.unpack("<2d", trainer.frame(2, [5] * 2, numbers)[:16]), (8.0, 5.0))
            else:
                self.assertEqual(trainer.step([-2.0, 9.0])["reward"], [8.0, 8.0])
            trainer.close()

    def test_masks_have_a_flag_for_every_value(self):
        self.assertEqual(relaxrl.mask_size(relaxrl.multi_discrete([2, 3])), 5)
        self.assertEqual(relaxrl.mask_size(relaxrl.multi_binary(3)), 6)
        more = "def action_mask(self):\n    return [[1, 0], [0, 1], [1, 1]]"
        source = program(more=more).replace("relaxrl.discrete(2)", "relaxrl.multi_binary(3)")
        trainer = Trainer(source)
        self.assertEqual(trainer.reset()["mask"], [[1, 0, 0, 1, 1, 1]] * 2)
        trainer.close()

    def test_what_cannot_be_is_named(self):
        for make, fragment in [
                (lambda: relaxrl.box(0, 1, (0,)), "at least one number"),
                (lambda: relaxrl.box([], []), "at least one number"),
                (lambda: relaxrl.box((3,), -1, 1), "low, high and shape"),
                (lambda: relaxrl.box([0, 0], [1, 1, 1]), "2 of them"),
                (lambda: relaxrl.box(float("nan"), 1), "nan"),
                (lambda: relaxrl.box(0, 1, dtype="complex64"), "complex64"),
                (lambda: relaxrl.discrete(0), "at least one"),
                (lambda: relaxrl.discrete(2.5), "2.5"),
                (lambda: relaxrl.multi_discrete([]), "at least 1"),
                (lambda: relaxrl.multi_binary(0), "at least one bit")]:
            with self.assertRaisesRegex(ValueError, fragment):
                make()


@unittest.skipIf(numpy is None, "needs NumPy")
class NumPy(Conversations):
    def test_spaces_take_its_numbers_and_arrays(self):
        np = numpy
        spaces = [relaxrl.discrete(np.int64(3), start=np.int64(1)), relaxrl.multi_discrete(np.array([2, 3])),
                  relaxrl.box(np.float32([-1, -1]), np.float32([1, 1])), relaxrl.box(np.float32(-1), np.float32(1), (2,)),
                  relaxrl.box(np.zeros((2, 3)), np.ones((2, 3)), dtype=np.float64), relaxrl.box(0, 255, (2,), np.dtype("uint8"))]
        self.assertEqual(json.loads(json.dumps(spaces)), spaces)
        self.assertEqual(spaces[4]["shape"], [2, 3])

    def test_arrays_are_carried_as_they_are(self):
        space = "relaxrl.box(0, 255, (2, 2), 'uint8')"
        for value in ("np.array([[0, 1], [2, 255]], np.uint8)", "np.array([[0, 1], [2, 255]])",
                      "np.array([[0, 2], [1, 255]], np.uint8).T", "np.array([0.0, 1, 2, 255], np.float32)"):
            source = program(reset=value, step=value + ", np.array([1.0]), np.bool_(False), np.bool_(False)", space=space)
            self.assertEqual(self.first_step(source)["obs"], [[0, 1, 2, 255]] * 2)
            self.assertEqual(self.first_step(source, encoding="bin1"), struct.pack("<2d", 1, 1) + b"\x00\x01\x02\xff" * 2 + b"\0" * 4)
        for value in ("np.zeros((2, 3), np.uint8)", "np.full(4, 0.5)", "np.full(4, 300)", "np.array(['a'] * 4)"):
            source = program(reset="bytes(4)", step=value + ", 1.0, False", space=space)
            self.assertMistake(self.first_step(source, encoding="bin1"), "must have")
        source = program(reset="bytes(4)", step="np.array([[1, 2], [300, -1]]), 1.0, False", space=space)
        self.assertMistake(self.first_step(source, encoding="bin1"), "fit uint8, but number 2 is 300")

    def test_numbers_of_single_precision_are_too(self):
        space = "relaxrl.box(-9, 9, (2,))"
        for value in ("np.float32([0.1, 2])", "np.array([0.1, 2])", "[np.float32(0.1), np.int64(2)]"):
            source = program(reset=value, step=value + ", np.float32(1), np.False_", space=space)
            reply = self.first_step(source, encoding="bin1")
            self.assertEqual(reply, struct.pack("<2d", 1, 1) + struct.pack("<2f", 0.1, 2) * 2 + b"\0" * 4)
            self.assertAlmostEqual(self.first_step(source)["obs"][1][0], 0.1, 6)
        self.assertMistake(self.first_step(program("[0, 0]", "np.zeros(2), np.zeros(2), False", space)), "reward")

    def test_seeds_suit_its_generator(self):
        reply = self.first_step(program(step="[np.random.RandomState(self.seed).rand()], 1.0, False"))
        self.assertEqual(reply["type"], "step")

    def test_a_picture_takes_microseconds(self):
        rows = relaxrl._Rows(relaxrl.box(0, 255, (84, 84, 4), "uint8"))
        picture = numpy.zeros((84, 84, 4), numpy.uint8)
        import timeit
        self.assertLess(min(timeit.repeat(lambda: rows.pack(picture, 0), number=100, repeat=5)) / 100, 100e-6)


GYM = """
import gymnasium as g, numpy as np, relaxrl
class Env(g.Env):
    observation_space = %s
    action_space = g.spaces.Discrete(3)
    def obs(self): return %s
    def reset(self, *, seed=None, options=None):
        np.random.seed(seed)
        return self.obs(), %s
    def step(self, action): return self.obs(), np.array([1.0]), np.False_, False, %s
relaxrl.serve(%s)
"""


@unittest.skipIf(gymnasium is None, "needs Gymnasium")
class Gymnasium(Conversations):
    BOX = "g.spaces.Box(-1, 1, (2,), np.float32)"
    ZEROS = "np.zeros(2, np.float32)"
    MASK = '{"action_mask": np.array([1, 0, 1], np.int8)}'

    def bridge(self, *arguments):
        trainer = Trainer.__new__(Trainer)
        trainer.start([sys.executable, os.path.join(FOLDER, "gymnasium_bridge.py")], "json", 2, arguments)
        return trainer

    def test_an_env_given_to_serve_will_do(self):
        for given in ("Env", "Env()", "lambda: Env()"):
            reply = self.first_step(GYM % (self.BOX, self.ZEROS, "{}", "{}", given), count=1)
            self.assertEqual((reply["obs"], reply["reward"]), ([[0.0, 0.0]], [1.0]))
            self.assertNotIn("mask", reply)

    def test_masks_may_be_in_the_information_or_in_the_observation(self):
        space = 'g.spaces.Dict({"seen": %s, "action_mask": g.spaces.Box(0, 1, (3,), np.int8), "mission": g.spaces.Text(9)})' % self.BOX
        seen = '{"seen": %s, "action_mask": np.array([1, 0, 1], np.int8), "mission": "go"}' % self.ZEROS
        for source in (GYM % (self.BOX, self.ZEROS, self.MASK, self.MASK, "Env"), GYM % (space, seen, "{}", "{}", "Env")):
            reply = self.first_step(source)
            self.assertEqual((reply["obs"], reply["mask"]), ([[0.0, 0.0]] * 2, [[1, 0, 1]] * 2))
        self.assertIn("mission (Text)", self.errors)

    def test_several_choices_are_passed_on_with_masks_of_either_kind(self):
        # The space, what is said of it, an action, and a mask as Gymnasium has it with what travels.
        for space, said, action, masks in [
                ("g.spaces.MultiDiscrete([2, 3])", relaxrl.multi_discrete([2, 3]), [1, 2],
                 [("(np.array([1, 0], np.int8), np.array([0, 1, 1], np.int8))", [1, 0, 0, 1, 1]),
                  ("np.array([1, 0, 0, 1, 1])", [1, 0, 0, 1, 1])]),
                ("g.spaces.MultiDiscrete([[2, 3], [2, 2]])", relaxrl.multi_discrete([2, 3, 2, 2]), [1, 2, 0, 1],
                 [("np.ones(9)", [1] * 9)]),
                ("g.spaces.MultiBinary(3)", relaxrl.multi_binary(3), [1, 0, 1],
                 [("np.array([0, 1, 2], np.int8)", [1, 0, 0, 1, 1, 1]),
                  ("np.array([[1, 0], [0, 1], [1, 1]])", [1, 0, 0, 1, 1, 1])]),
                ("g.spaces.MultiBinary((2, 2))", relaxrl.multi_binary(4), [1, 0, 1, 1],
                 [("np.array([[0, 1], [2, 2]], np.int8)", [1, 0, 0, 1, 1, 1, 1, 1])])]:
            for mask, flags in masks:
                info = '{"action_mask": %s}' % mask
                source = (GYM % (self.BOX, self.ZEROS, info, info, "Env")).replace("g.spaces.Discrete(3)", space)
                source = source.replace("self.obs(), np.array([1.0])", "self.obs(), float((np.asarray(action) * 1.0).sum())")
                trainer = Trainer(source)
                self.assertEqual(trainer.ready["action_space"], said)
                self.assertEqual(trainer.reset()["mask"], [flags] * 2)
                reply = trainer.step(action)
                self.assertEqual((reply["reward"], reply["mask"]), ([float(sum(action))] * 2, [flags] * 2))
                trainer.close()

    def test_a_start_of_several_choices_is_added(self):
        source = (GYM % (self.BOX, self.ZEROS, "{}", "{}", "Env")).replace(
            "g.spaces.Discrete(3)", "g.spaces.MultiDiscrete([2, 3], start=[5, -1])")
        source = source.replace("np.array([1.0])", "float(action[0] * 100 + action[1])")
        trainer = Trainer(source)
        self.assertEqual(trainer.ready["action_space"], relaxrl.multi_discrete([2, 3]))
        trainer.reset()
        self.assertEqual(trainer.step([1, 0])["reward"], [599.0, 599.0])
        trainer.close()

    def test_a_mask_at_reset_alone_is_named(self):
        reply = self.first_step(GYM % (self.BOX, self.ZEROS, self.MASK, "{}", "Env"))
        self.assertMistake(reply, "action_mask", "every one")

    def test_spaces_that_cannot_be_are_the_answer_to_hello(self):
        for space in ("g.spaces.Text(9)", "g.spaces.Box(0, 1, (0,))"):
            trainer = Trainer(GYM % (space, "None", "{}", "{}", "Env"))
            self.assertEqual(trainer.ready["error"]["code"], "usage", trainer.ready)
            self.assertNotIn("Traceback", trainer.close())

    def test_arguments_reach_the_environment(self):
        trainer = self.bridge("CartPole-v1", "sutton_barto_reward=true")
        trainer.reset()
        self.assertEqual(trainer.step()["reward"], [0.0, 0.0])
        trainer.close()
        for text, fragment in [("size=8", "size"), ("size", "size=8")]:
            trainer = self.bridge("CartPole-v1", text)
            self.assertEqual(trainer.ready["error"]["code"], "usage")
            self.assertIn(fragment, trainer.ready["error"]["message"])
            trainer.close()

    def test_arguments_are_read_as_written(self):
        self.assertEqual(
            relaxrl.arguments("size=8,obs_type=ram,shape=[3,4],fast=true,rate=0.5,name=\"a,b\",none=None"),
            {"size": 8, "obs_type": "ram", "shape": [3, 4], "fast": True, "rate": 0.5, "name": "a,b", "none": None})

    def test_packages_that_register_on_import_are_found(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "late_tasks.py"), "w") as file:
                file.write(textwrap.dedent("""
                    import gymnasium
                    gymnasium.register("Late/Task-v0", entry_point="gymnasium.envs.classic_control.cartpole:CartPoleEnv")
                    """))
            information = os.path.join(folder, "late_tasks-1.0.dist-info")
            os.mkdir(information)
            for name, text in [("METADATA", "Name: late-tasks\nVersion: 1.0\nRequires-Dist: gymnasium>=0.29\n"),
                               ("top_level.txt", "late_tasks\n")]:
                with open(os.path.join(information, name), "w") as file:
                    file.write(text)
            source = "import sys, runpy\nsys.path[:0] = [%r]\nsys.argv = ['b', 'Late/Task-v0']\n" % folder
            source += "runpy.run_path(%r, run_name='__main__')\n" % os.path.join(FOLDER, "gymnasium_bridge.py")
            trainer = Trainer(source)
            self.assertEqual(trainer.ready.get("name"), "gym:Late/Task-v0", trainer.ready)
            trainer.close()


if __name__ == "__main__":
    unittest.main()
