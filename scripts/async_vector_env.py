"""Steps per second of Gymnasium's own AsyncVectorEnv, for comparison with rl-bench pipe --gym.

    .venv/bin/python scripts/async_vector_env.py CartPole-v1 4
"""

import json
import sys
import time

import gymnasium
import numpy

if __name__ == "__main__":
    name, count = sys.argv[1], int(sys.argv[2])
    envs = gymnasium.make_vec(name, num_envs=count, vectorization_mode="async")
    envs.reset(seed=list(range(count)))
    actions = numpy.arange(count) % envs.single_action_space.n
    rates = []
    for repetition in range(6):
        steps, start = 0, time.perf_counter()
        while time.perf_counter() - start < 0.5:
            for _ in range(16):
                envs.step(actions)
            steps += 16 * count
        rates.append(steps / (time.perf_counter() - start))
    envs.close()
    rates = sorted(rates[1:])
    print(json.dumps({"benchmark": "AsyncVectorEnv", "name": name, "envs": count, "processes": count,
                      "steps_per_second": round(rates[len(rates) // 2]), "min": round(rates[0]),
                      "max": round(rates[-1])}))
