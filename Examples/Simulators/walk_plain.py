"""The walk of walk.py without any module: one JSON object per line is all there is to the protocol."""

import json
import random
import sys

LIMIT = 100
positions, steps = [], []
BOX = {"type": "box", "shape": [1], "low": -1, "high": 1}


def reset(env, seed):
    positions[env] = random.Random(seed).uniform(-0.1, 0.1)
    steps[env] = 0
    return [positions[env]]


def step(env, action):
    move = 0.1 if action == 1 else -0.1
    positions[env] = min(max(positions[env] + move, -1.0), 1.0)
    steps[env] += 1
    return [positions[env]], -1.0, positions[env] == 1.0, steps[env] >= LIMIT


for line in sys.stdin:
    request = json.loads(line)
    kind, reply = request["type"], {"type": request["type"], "id": request["id"]}
    if kind == "hello":
        positions, steps = [0.0] * request["num_envs"], [0] * request["num_envs"]
        reply.update(type="ready", protocol="1.0", name="walk", max_episode_steps=LIMIT,
                     reward_threshold=-12, observation_space=BOX,
                     action_space={"type": "discrete", "n": 2})
    elif kind == "reset":
        reply["obs"] = [reset(*pair) for pair in zip(request["env_ids"], request["seeds"])]
    elif kind == "step" and not set(request["actions"]) <= {0, 1}:
        reply.update(type="error", error={"code": "bad-action", "message": "it must be 0 or 1"})
    elif kind == "step":
        reply.update(obs=[], reward=[], terminated=[], truncated=[], final_obs=[])
        for row, env in enumerate(request["env_ids"]):
            obs, reward, terminated, truncated = step(env, request["actions"][row])
            ended = terminated or truncated
            reply["final_obs"].append(obs if ended else None)
            if ended and "seeds" in request:
                obs = reset(env, request["seeds"][row])
            reply["obs"].append(obs)
            reply["reward"].append(reward)
            reply["terminated"].append(terminated)
            reply["truncated"].append(truncated)
    print(json.dumps(reply), flush=True)
    if kind == "close":
        break
