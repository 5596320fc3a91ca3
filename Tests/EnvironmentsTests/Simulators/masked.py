"""A ring of eight places in which one of three moves is forbidden everywhere; it can save its state."""

import json
import random
import sys

LIMIT = 30
places, steps = [], []


def observe(env):
    return [1.0 if place == places[env] else 0.0 for place in range(8)]


def mask(env):
    return [0 if move == places[env] % 3 else 1 for move in range(3)]


def reset(env, seed):
    places[env], steps[env] = random.Random(seed).randrange(8), 0


for line in sys.stdin:
    request = json.loads(line)
    kind, reply = request["type"], {"type": request["type"], "id": request["id"]}
    envs = request.get("env_ids", [])
    if kind == "hello":
        places, steps = [0] * request["num_envs"], [0] * request["num_envs"]
        reply.update(type="ready", protocol="1.0", name="masked", max_episode_steps=LIMIT, capabilities=["mask"],
                     observation_space={"type": "box", "shape": [8], "low": 0, "high": 1},
                     action_space={"type": "discrete", "n": 3})
    elif kind == "reset":
        for env, seed in zip(envs, request["seeds"]):
            reset(env, seed)
        reply.update(obs=[observe(env) for env in envs], mask=[mask(env) for env in envs])
    elif kind == "step":
        reply.update(obs=[], reward=[], terminated=[], truncated=[], final_obs=[], mask=[])
        for row, env in enumerate(envs):
            places[env] = (places[env] + [-1, 1, 3][request["actions"][row]]) % 8
            steps[env] += 1
            ends = steps[env] >= LIMIT
            reply["reward"].append(1.0 if places[env] == 0 else 0.0)
            reply["terminated"].append(False)
            reply["truncated"].append(ends)
            reply["final_obs"].append(observe(env) if ends else None)
            if ends and "seeds" in request:
                reset(env, request["seeds"][row])
            reply["obs"].append(observe(env))
            reply["mask"].append(mask(env))
    print(json.dumps(reply), flush=True)
    if kind == "close":
        break
