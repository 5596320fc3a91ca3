"""Gradient updates per second of Stable-Baselines3's DDPG on Pendulum-v1, on one core.

    python3 -m venv .venv-comparison
    .venv-comparison/bin/pip install -r scripts/comparison/requirements.txt
    taskset -c 0 .venv-comparison/bin/python scripts/comparison/sb3_ddpg_updates.py --hidden 256,256 --batch 256

To be compared with `rl-bench ddpg --hidden 256,256 --batch 256`, in turns on the same core. Both count processor
time, and an update is all that happens between two environment steps: drawing a batch, both gradients, both
optimizers, the target networks.
"""
import argparse
import json
import os
import statistics
import time

os.environ["OMP_NUM_THREADS"] = "1"

import stable_baselines3  # noqa: E402
import torch  # noqa: E402
from stable_baselines3 import DDPG  # noqa: E402
from stable_baselines3.common.logger import configure  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hidden", default="256,256")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--updates", type=int, default=300, help="per measurement")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    sizes = [int(size) for size in options.hidden.split(",")]
    # Steps without updates fill the buffer as far as rl-bench does.
    model = DDPG("MlpPolicy", "Pendulum-v1", policy_kwargs={"net_arch": sizes}, batch_size=options.batch,
                 learning_starts=20_000, buffer_size=1_000_000, seed=1, device="cpu")
    model.learn(10_100)
    model.set_logger(configure(None, []))
    model.train(gradient_steps=options.updates, batch_size=options.batch)
    rates, shares = [], []
    for _ in range(options.repeats):
        start, processor = time.perf_counter(), time.process_time()
        model.train(gradient_steps=options.updates, batch_size=options.batch)
        processor = time.process_time() - processor
        rates.append(options.updates / processor)
        shares.append(processor / (time.perf_counter() - start))
    print(json.dumps({
        "peer": "stable-baselines3 " + stable_baselines3.__version__, "torch": torch.__version__,
        "hidden": options.hidden, "batch": options.batch,
        "updates_per_second": round(statistics.median(rates), 1), "slowest": round(min(rates), 1),
        "fastest": round(max(rates), 1), "cpu_share": round(statistics.median(shares), 2),
    }))


if __name__ == "__main__":
    main()
