#!/usr/bin/env python3
"""Golden games of MinAtar, from the real package: what was drawn and done, and a checksum of what came of it.

    scripts/python-env.sh --reference && .venv/bin/python scripts/golden_minatar.py
    .venv/bin/python scripts/golden_minatar.py --steps 1000000 --out FOLDER       (the test reads FOLDER, too)

Writes Tests/EnvironmentsTests/Golden/minatar-<game>.bin: a line of JSON, then the bytes

    actions    [steps]    numbers of the minimal action set
    draws      [draws]    in the order in which the game asked: k for rand() = (k + 1/2) / 256, else what randint gave,
                          counted from its lowest number
    checksums  [steps / interval]    of 4 bytes, the lowest first: the CRC-32 of everything up to there

The checksum goes over the first observation of every game, and after each step over the observation, the reward
and whether the game is over, one byte each. Games are played at random, by players who look ahead, and by
mixtures of both, so that late and rare states are met as well; the line of JSON says how far that went.
"""

import argparse
import copy
import json
import logging
import pathlib
import zlib

logging.disable(logging.WARNING)  # The package warns that it cannot draw pictures.

import numpy as np
from importlib.metadata import version
from minatar import Environment

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Tests/EnvironmentsTests/Golden"
GAMES = ["asterix", "breakout", "freeway", "seaquest", "space_invaders"]
INTERVAL = 1000
STILL, LEFT, UP, RIGHT, DOWN, FIRE = range(6)


class Draws:
    """In place of the package's generator: numbers of one byte, which are written down."""

    def __init__(self, seed, record):
        self.random = np.random.RandomState(seed)
        self.record = record

    def draw(self, count):
        value = int(self.random.randint(count))
        if self.record is not None:
            self.record.append(value)
        return value

    def rand(self, size=None):
        if size is None:
            return (self.draw(256) + 0.5) / 256
        return np.array([(self.draw(256) + 0.5) / 256 for _ in range(size)])

    def randint(self, low, high=None, size=None):
        low, high = (0, low) if high is None else (low, high)
        if size is None:
            return low + self.draw(high - low)
        return np.array([low + self.draw(high - low) for _ in range(size)])


def looking_ahead(game, generator, scratch, frames, bonus):
    """The action after which the next frames look best, each tried on a copy."""
    best, best_score = STILL, -1e9
    for action in game.minimal_action_set():
        saved, game.random = game.random, None
        other = copy.deepcopy(game)
        game.random, other.random = saved, scratch
        score = other.act(action)[0] + bonus(other)
        for frame in range(frames):
            if other.terminal:
                score -= 100 - frame
                break
            score += 0.9 * other.act(STILL)[0]
        score += 0.01 * generator.random()
        if score > best_score:
            best, best_score = action, score
    return best


def asterix(game):
    gold = [abs(e[0] - game.player_x) + abs(e[1] - game.player_y) for e in game.entities if e and e[3]]
    # The middle is far from where enemies come in.
    return -0.1 * min(gold, default=5) - 0.02 * abs(game.player_x - 4.5)


def seaquest(game):
    is_full, is_short = game.diver_count >= 6, game.oxygen < 60
    if is_full or (is_short and game.diver_count != 0):
        return -0.2 * game.sub_y
    score = -1.0 if game.sub_y == 0 and game.diver_count >= 0 else 0.0
    divers = [abs(d[0] - game.sub_x) + abs(d[1] - game.sub_y) for d in game.divers]
    return score + 0.5 * game.diver_count - 0.1 * min(divers, default=8)


def space_invaders(game):
    columns = np.flatnonzero(game.alien_map.any(axis=0))
    distance = min((abs(int(c) - game.pos) for c in columns), default=0)
    return -0.1 * distance


def breakout(game, _generator):
    frames = max(0, 8 - game.ball_y) if game.ball_dir in (2, 3) else 0
    target = game.ball_x + frames * (1 if game.ball_dir in (1, 2) else -1)
    target = -1 - target if target < 0 else 19 - target if target > 9 else target
    return LEFT if target < game.pos else RIGHT if target > game.pos else STILL


def freeway(game, _generator):
    return UP


def player(name, scratch):
    ahead = {"asterix": (4, asterix), "seaquest": (4, seaquest), "space_invaders": (9, space_invaders)}
    if name in ahead:
        return lambda game, generator: looking_ahead(game, generator, scratch, *ahead[name])
    return {"breakout": breakout, "freeway": freeway}[name]


def watch(name, game, most):
    """How far the games went."""
    seen = {
        "asterix": lambda: {"ramp": game.ramp_index, "entities": sum(e is not None for e in game.entities)},
        "breakout": lambda: {"broken": 30 - int(np.count_nonzero(game.brick_map))},
        "freeway": lambda: {"slow": max(abs(int(car[3])) for car in game.cars)},
        "seaquest": lambda: {
            "ramp": game.ramp_index, "divers": game.diver_count, "divers owed": -game.diver_count,
            "enemies": len(game.e_fish) + len(game.e_subs), "bullets": len(game.e_bullets)},
        "space_invaders": lambda: {
            "ramp": game.ramp_index, "lowest": int(np.max(np.where(game.alien_map.any(axis=1))))},
    }[name]()
    for key, value in seen.items():
        most[key] = max(most.get(key, value), value)


def play(name, steps, seed):
    generator = np.random.default_rng(seed)
    record = bytearray()
    env = Environment(name)
    env.random = env.env.random = Draws(seed, record)
    choose = player(name, Draws(seed + 1, None))
    actions, checksums, checksum, most = bytearray(), bytearray(), 0, {}
    minimal = env.minimal_action_set()

    def begin():
        nonlocal checksum
        env.reset()
        checksum = zlib.crc32(env.state().tobytes(), checksum)
        # What share of the actions is drawn at random, in this game.
        return generator.choice([1.0, 0.3, 0.05, 0.0])

    randomness, total, rewards, games = begin(), 0, [], 0
    for step in range(steps):
        if generator.random() < randomness:
            index = int(generator.integers(len(minimal)))
        else:
            index = minimal.index(choose(env.env, generator))
        actions.append(index)
        reward, is_over = env.act(minimal[index])
        total += int(reward)
        checksum = zlib.crc32(env.state().tobytes(), checksum)
        checksum = zlib.crc32(bytes([int(reward), int(is_over)]), checksum)
        watch(name, env.env, most)
        if (step + 1) % INTERVAL == 0:
            checksums += checksum.to_bytes(4, "little")
        if is_over:
            games += 1
            rewards.append(total)
            total = 0
            randomness = begin()
    header = {
        "game": name, "package": f"minatar {version('minatar')}", "numpy": np.__version__, "seed": seed,
        "steps": steps, "draws": len(record), "interval": INTERVAL, "games": games,
        "best": max(rewards, default=0), "most": {k: int(v) for k, v in most.items()}}
    return json.dumps(header), bytes(actions + record + checksums)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=100_000, help="of each game, whole thousands")
    parser.add_argument("--out", type=pathlib.Path, default=FOLDER)
    parser.add_argument("--games", nargs="*", default=GAMES, choices=GAMES)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in arguments.games:
        header, contents = play(name, arguments.steps, seed=20240601)
        path = arguments.out / f"minatar-{name.replace('_', '-')}.bin"
        path.write_bytes(header.encode() + b"\n" + contents)
        print(f"{path.name}: {path.stat().st_size} bytes, {header}")


if __name__ == "__main__":
    main()
