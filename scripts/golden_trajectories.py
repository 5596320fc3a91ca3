#!/usr/bin/env python3
"""Golden trajectories of the classic-control tasks, from the real gymnasium package.

Run by hand when the tasks change: scripts/python-env.sh && .venv/bin/python scripts/golden_trajectories.py
Writes Tests/EnvironmentsTests/Golden/<task>.csv. Lines are of four kinds:

  spec,<id>,<step limit>,<reward threshold or empty>
  episode,<random|extreme|directed>,<initial state...>
  step,<action>,<reward>,<terminated 0|1>,<state...>,<observation...>   numbers that read back exactly
  step,<action>                                                         played but not recorded
  end,<steps>,<return>

Actions and states are double precision, so that both sides do the same arithmetic. Continuous actions are
multiples of 1/64, which single precision represents exactly.
"""

import math
import pathlib

import gymnasium
import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Tests/EnvironmentsTests/Golden"
# Each episode's first and last steps are recorded one by one, in between every 25th.
HEAD, TAIL, STRIDE = 40, 10, 25
PI = math.pi

TASKS = {
    "cartpole": dict(
        ids=["CartPole-v1", "CartPole-v0"],
        extreme=[
            [2.39, 0, 0, 0], [-2.39, 0, 0, 0], [0, 0, 0.2094, 0], [0, 0, -0.2094, 0],
            [2.4, 5, 0.2, -5], [-2.4, -5, -0.2, 5], [0, 0, 0.2, -9], [0, 30, 0, 30], [0, -30, 0, -30],
            [0, 0, 0, 0], [0, 0, 1.5, 2], [0, 0, 3.1, -2],
        ],
        random=24, directed=2,
    ),
    "mountaincar": dict(
        ids=["MountainCar-v0"],
        extreme=[
            [-1.2, -0.07], [-1.2, 0], [0.6, 0.07], [0.499, 0.001], [0.499, 0.07], [0.45, -0.07],
            [-1.19, -0.07], [0.49, 0.07], [-0.5, 0.07], [-PI / 6, 0],
        ],
        random=14, directed=4,
    ),
    "mountaincar-continuous": dict(
        ids=["MountainCarContinuous-v0"],
        extreme=[
            [-1.2, -0.07], [-1.2, 0], [0.6, 0.07], [0.449, 0.001], [0.449, 0.07], [0.4, -0.07],
            [-1.19, -0.07], [0.44, 0.07], [-0.5, 0.07], [-PI / 6, 0],
        ],
        random=10, directed=4,
    ),
    "pendulum": dict(
        ids=["Pendulum-v1"],
        extreme=[
            [0, 0], [PI, 0], [-PI, 0], [PI, 8], [-PI, -8], [0.1, -8], [PI / 2, 8], [50, 8], [-50, -8],
            [3 * PI, 0.5], [-3 * PI, -0.5],
        ],
        random=14, directed=2,
    ),
    "acrobot": dict(
        ids=["Acrobot-v1"],
        extreme=[
            [0, 0, 0, 0], [PI, 0, 0, 0], [-PI, PI, 0, 0], [1.5, 1.5, 4 * PI, 9 * PI],
            [-1.5, -1.5, -4 * PI, -9 * PI], [3.1, -3.1, 12, -28], [2, 1, 0, 0], [0, PI, 1, 1],
            [0, 0, 4 * PI, 0], [0, 0, 0, 9 * PI],
        ],
        random=14, directed=2,
    ),
}


def number(value):
    value = float(value)
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def single(value):
    value = np.float32(value)
    return str(int(value)) if value == int(value) else str(value)


def random_action(space, generator):
    if isinstance(space, gymnasium.spaces.Discrete):
        return int(generator.integers(space.n))
    bound = int(space.high[0] * 64)
    return int(generator.integers(-bound, bound + 1)) / 64


def directed_action(name, state):
    """Policies that get somewhere: a balanced pole, a car at the flag, a spinning pendulum."""
    if name == "cartpole":
        return int(state[2] + 0.5 * state[3] + 0.05 * state[1] > 0)
    if name == "mountaincar":
        return 2 if state[1] >= 0 else 0
    if name == "mountaincar-continuous":
        return 1.0 if state[1] >= 0 else -1.0
    if name == "pendulum":
        return 2.0 if state[1] >= 0 else -2.0
    return 2 if state[2] >= 0 else 0


def play(name, env, kind, initial, generator):
    env.reset(seed=int(generator.integers(2**31)))
    if initial is not None:
        env.unwrapped.state = np.array(initial, dtype=np.float64)
    is_discrete = isinstance(env.action_space, gymnasium.spaces.Discrete)
    state = env.unwrapped.state
    lines = ["episode," + ",".join([kind] + [number(x) for x in state])]
    steps, total = [], 0.0
    while True:
        if kind == "directed":
            action = directed_action(name, state)
        else:
            action = random_action(env.action_space, generator)
        argument = action if is_discrete else np.array([action], dtype=np.float64)
        observation, reward, terminated, truncated, _ = env.step(argument)
        state = env.unwrapped.state
        total += float(reward)
        fields = [number(reward), str(int(terminated))] + [number(x) for x in state]
        fields += [single(x) for x in observation]
        steps.append(("step," + number(action), "," + ",".join(fields)))
        if terminated or truncated:
            break
    for index, (short, rest) in enumerate(steps):
        is_recorded = index < HEAD or index >= len(steps) - TAIL or (index + 1) % STRIDE == 0
        lines.append(short + rest if is_recorded else short)
    lines.append(f"end,{len(steps)},{number(total)}")
    return lines


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, task in TASKS.items():
        lines = [f"# gymnasium {gymnasium.__version__}, numpy {np.__version__}; scripts/golden_trajectories.py"]
        for identifier in task["ids"]:
            spec = gymnasium.spec(identifier)
            threshold = "" if spec.reward_threshold is None else number(spec.reward_threshold)
            lines.append(f"spec,{identifier},{spec.max_episode_steps},{threshold}")
        env = gymnasium.make(task["ids"][0], disable_env_checker=True)
        generator = np.random.default_rng(20240601)
        for _ in range(task["random"]):
            lines += play(name, env, "random", None, generator)
        for initial in task["extreme"]:
            lines += play(name, env, "extreme", initial, generator)
        for _ in range(task["directed"]):
            lines += play(name, env, "directed", None, generator)
        path = FOLDER / f"{name}.csv"
        path.write_text("\n".join(lines) + "\n")
        print(f"{path.name}: {len(lines)} lines, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
