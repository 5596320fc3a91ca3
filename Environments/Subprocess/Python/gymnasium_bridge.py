"""Offers any Gymnasium environment to rl-train: python3 gymnasium_bridge.py CartPole-v1

Boxes, discrete and multi-discrete spaces are passed on; dictionaries, tuples and the like are flattened
as gymnasium.spaces.flatten does, with discrete parts one-hot. Actions may be discrete, multi-discrete,
multi-binary or a box.
"""

import sys

import relaxrl


def usage(message):
    return relaxrl.Refusal("usage", message, fatal=True)


class Bridge:
    """Environments of one Gymnasium id in this process."""

    def __init__(self, name):
        try:
            import gymnasium
            import numpy
        except ImportError as error:
            raise usage(
                "%s needs the Python package gymnasium, which %s does not have (%s). "
                "To install it: %s -m pip install gymnasium" % (
                    "gym:" + name, sys.executable, error, sys.executable))
        self.gymnasium, self.numpy = gymnasium, numpy
        self.name = name
        self.envs = [self.make()]
        env, spaces = self.envs[0], gymnasium.spaces
        self.flat = None
        space = env.observation_space
        if not self.is_plain(space):
            try:
                self.flat, space = space, spaces.flatten_space(space)
            except NotImplementedError:
                space = None
            if not isinstance(space, spaces.Box):
                raise usage("gym:%s has observations that cannot be flattened: %s" % (
                    name, env.observation_space))
        self.action_space = env.action_space
        if isinstance(self.action_space, spaces.MultiBinary):
            count = int(numpy.prod(self.action_space.shape))
            action = relaxrl.multi_discrete([2] * count)
        elif self.is_plain(self.action_space):
            action = self.describe(self.action_space)
        else:
            raise usage("gym:%s has actions that are neither numbers nor a box: %s" % (
                name, self.action_space))
        _, info = env.reset(seed=0)
        self.infos = [info]
        self.description = {
            "name": "gym:" + name,
            "observation_space": self.describe(space),
            "action_space": action,
            "max_episode_steps": env.spec.max_episode_steps if env.spec else None,
            "reward_threshold": env.spec.reward_threshold if env.spec else None,
            "capabilities": ["mask"] if "action_mask" in info and action["type"] == "discrete" else [],
        }

    def make(self):
        try:
            return self.gymnasium.make(self.name)
        except (self.gymnasium.error.Error, ImportError, TypeError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise usage("gym:%s cannot be made: %s" % (self.name, reason))

    def is_plain(self, space):
        spaces = self.gymnasium.spaces
        if isinstance(space, spaces.MultiDiscrete):
            return len(space.shape) == 1 and not numpy_any(space.start)
        return isinstance(space, (spaces.Box, spaces.Discrete))

    def describe(self, space):
        spaces, numpy = self.gymnasium.spaces, self.numpy
        if isinstance(space, spaces.Discrete):
            return relaxrl.discrete(int(space.n), int(space.start))
        if isinstance(space, spaces.MultiDiscrete):
            return relaxrl.multi_discrete([int(count) for count in space.nvec])
        kind = "uint8" if space.dtype == numpy.uint8 else (
            "int32" if numpy.issubdtype(space.dtype, numpy.integer)
            and numpy.can_cast(space.dtype, numpy.int32) else "float32")
        low, high = (bound.astype(float).ravel().tolist() for bound in (space.low, space.high))
        return relaxrl.box(low, high, list(space.shape) or [1], kind)

    # What relaxrl.serve asks for.

    def start(self, count):
        self.envs += [self.make() for _ in range(count - len(self.envs))]
        self.infos += [{}] * (count - len(self.infos))

    def row(self, obs):
        if self.flat is not None:
            obs = self.gymnasium.spaces.flatten(self.flat, obs)
        return self.numpy.asarray(obs).ravel().tolist()

    def reset(self, env_id, seed):
        obs, self.infos[env_id] = self.envs[env_id].reset(seed=int(seed))
        return self.row(obs)

    def step(self, env_id, action):
        spaces, numpy = self.gymnasium.spaces, self.numpy
        space = self.action_space
        if not isinstance(space, spaces.Discrete):
            action = numpy.asarray(action, dtype=space.dtype).reshape(space.shape)
        obs, reward, terminated, truncated, self.infos[env_id] = self.envs[env_id].step(action)
        return self.row(obs), float(reward), bool(terminated), bool(truncated)

    def mask(self, env_id):
        return [int(allowed) for allowed in self.infos[env_id]["action_mask"]]


def numpy_any(values):
    return any(int(value) for value in values.ravel())


class Late:
    """Makes the bridge when the trainer says hello, so that what is wrong becomes an answer to it."""

    def __init__(self, name):
        self.bridge = None
        try:
            self.bridge = Bridge(name)
        except relaxrl.Refusal as refusal:
            self.refusal = refusal
        self.description = self.bridge.description if self.bridge else {
            "capabilities": [], "observation_space": relaxrl.box([0], [1]),
            "action_space": relaxrl.discrete(1)}

    def start(self, count):
        if self.bridge is None:
            raise self.refusal
        self.bridge.start(count)
        self.reset, self.step, self.mask = self.bridge.reset, self.bridge.step, self.bridge.mask


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: gymnasium_bridge.py ENVIRONMENT_ID")
    relaxrl.serve(Late(sys.argv[1]))
