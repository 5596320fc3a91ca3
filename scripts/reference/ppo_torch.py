"""Updates of PPO computed by PyTorch, for Tests/AgentsTests/PPO/PPOReferenceTests.swift.

Run with a Python that has torch and numpy:

    python scripts/reference/ppo_torch.py > Tests/AgentsTests/PPO/Reference/ppo.json

Each case is one rollout of two lanes that meet the same observations and rewards and act differently: an episode that
terminates, one that a step limit cuts off, and one that goes on. The update is four epochs of one minibatch, so that
the order of rows does not matter, with a step long enough for ratios to be clipped. Recorded are the parameters after each
epoch, in double precision, and those that some usual mistakes would give.
"""

import json
import sys

import numpy as np
import torch

torch.set_default_dtype(torch.float64)

LANES, STEPS, SIZE, HIDDEN, EPOCHS = 2, 7, 3, 5, 4
DISCOUNT, LAMBDA, RATE, VALUE_RATE, CLIP, MAX_NORM = 0.9, 0.8, 0.04, 0.03, 0.2, 0.5
# A quarter of the run is over, this rollout included.
DONE, TOTAL = 14, 56
# Rows are acted on these observations; the second episode is cut off at 7, and the rollout ends before 9.
ROWS, LIMIT, AFTER, NEXT_EPISODE = [0, 1, 3, 4, 5, 6, 8], 7, 9, 8

# Name, outputs, numbers of an action, entropy's weight, V's clip range.
CASES = [
    ("choice", 3, 1, 0.0, 0.0),
    ("choices", 5, 2, 0.01, 0.0),
    ("bits", 3, 3, 0.02, 0.1),
    ("real", 2, 2, 0.01, 0.3),
    ("squashed", 2, 2, 0.0, 0.0),
]


class Network:
    def __init__(self, generator, outputs, has_deviation=False):
        def draw(*shape):
            value = generator.normal(size=shape).astype(np.float32) * np.float32(0.6)
            return torch.tensor(value.astype(np.float64), requires_grad=True)

        self.parameters = [draw(SIZE, HIDDEN), draw(HIDDEN), draw(HIDDEN, outputs), draw(outputs)]
        if has_deviation:
            self.parameters.append(draw(outputs))

    def __call__(self, x):
        w0, b0, w1, b1 = self.parameters[:4]
        return torch.tanh(x @ w0 + b0) @ w1 + b1

    def numbers(self):
        return [x for p in self.parameters for x in p.detach().reshape(-1).tolist()]

    def copy(self):
        other = object.__new__(Network)
        other.parameters = [p.detach().clone().requires_grad_() for p in self.parameters]
        return other


def log_probability_and_entropy(kind, policy, x, action):
    out = policy(x)
    if kind == "choice":
        d = torch.distributions.Categorical(logits=out)
        return d.log_prob(action[:, 0]), d.entropy()
    if kind == "choices":
        parts = [torch.distributions.Categorical(logits=l) for l in (out[:, :2], out[:, 2:])]
        return (
            sum(d.log_prob(action[:, i]) for i, d in enumerate(parts)),
            sum(d.entropy() for d in parts),
        )
    if kind == "bits":
        d = torch.distributions.Bernoulli(logits=out)
        return d.log_prob(action).sum(1), d.entropy().sum(1)
    d = torch.distributions.Normal(out, policy.parameters[4].exp().expand_as(out))
    if kind == "squashed":
        # The action is given as what tanh was taken of.
        volume = torch.log(1 - torch.tanh(action) ** 2).sum(1)
        return d.log_prob(action).sum(1) - volume, torch.zeros(len(x))
    return d.log_prob(action).sum(1), d.entropy().sum(1)


def advantages_of(values, rewards, at_limit, after):
    """Of one lane: rows 0 and 1 are an episode, 2 to 5 one that was cut off, 6 the start of one."""
    next_values = [values[1], 0.0, values[3], values[4], values[5], at_limit, after]
    ends = [False, True, False, False, False, True, True]
    advantages, following = [0.0] * STEPS, 0.0
    for t in reversed(range(STEPS)):
        delta = rewards[t] + DISCOUNT * next_values[t] - values[t]
        following = delta + (0.0 if ends[t] else DISCOUNT * LAMBDA * following)
        advantages[t] = following
    return advantages


def update(case, policy, value, data, mistake=None):
    kind, _, _, entropy_weight, value_clip = case
    policy, value = policy.copy(), value.copy()
    observations, rewards, x, action = data
    with torch.no_grad():
        all_values = value(observations)[:, 0]
        old_values = all_values[ROWS]
        at_limit = {"no_bootstrap": 0.0, "next_episode": all_values[NEXT_EPISODE].item()}.get(
            mistake, all_values[LIMIT].item()
        )
        one = advantages_of(old_values.tolist(), rewards, at_limit, all_values[AFTER].item())
        # Row t * N + n is step t of lane n.
        advantages = torch.tensor(one).repeat_interleave(LANES)
        old_values = old_values.repeat_interleave(LANES)
        targets = advantages + old_values
        old_log_probability, _ = log_probability_and_entropy(kind, policy, x, action)
        normalized = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
        if mistake == "unnormalized":
            normalized = advantages
    optimizers = [torch.optim.Adam(n.parameters, lr=1.0, eps=1e-5) for n in (policy, value)]
    states, shares = [], []
    for epoch in range(EPOCHS):
        left = 1 - DONE / TOTAL
        if mistake == "local_counter":
            left = 1 - epoch / EPOCHS
        clip = CLIP * left
        log_probability, entropy = log_probability_and_entropy(kind, policy, x, action)
        ratio = (log_probability - old_log_probability).exp()
        surrogate = torch.min(ratio * normalized, ratio.clamp(1 - clip, 1 + clip) * normalized)
        policy_loss = -(surrogate + entropy_weight * entropy).mean()
        v = value(x)[:, 0]
        error = (v - targets) ** 2
        if value_clip > 0:
            moved = old_values + (v - old_values).clamp(-value_clip, value_clip)
            error = torch.max(error, (moved - targets) ** 2)
        value_loss = 0.5 * error.mean()
        shares.append(((ratio - 1).abs() > clip).double().mean().item())
        for network, loss, optimizer, rate in (
            (policy, policy_loss, optimizers[0], RATE),
            (value, value_loss, optimizers[1], VALUE_RATE),
        ):
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters, MAX_NORM)
            optimizer.param_groups[0]["lr"] = rate * left
            optimizer.step()
        states.append([policy.numbers(), value.numbers()])
    return states, shares, old_log_probability.tolist()


def draw_actions(generator, kind, outputs, numbers):
    rows = LANES * STEPS
    if kind == "choice":
        return torch.tensor(generator.integers(0, outputs, size=(rows, 1)))
    if kind == "choices":
        return torch.tensor(
            np.stack([generator.integers(0, 2, size=rows), generator.integers(0, 3, size=rows)], 1)
        )
    if kind == "bits":
        return torch.tensor(generator.integers(0, 2, size=(rows, numbers)).astype(np.float64))
    return torch.tensor(generator.normal(size=(rows, numbers)).astype(np.float32).astype(np.float64))


def main():
    generator = np.random.default_rng(20260218)
    observations = generator.normal(size=(10, SIZE)).astype(np.float32).astype(np.float64)
    rewards = generator.normal(size=STEPS).astype(np.float32).astype(np.float64).tolist()
    x = torch.tensor(observations[ROWS]).repeat_interleave(LANES, dim=0)
    cases = []
    for case in CASES:
        kind, outputs, numbers, entropy_weight, value_clip = case
        policy = Network(generator, outputs, kind in ("real", "squashed"))
        value = Network(generator, 1)
        action = draw_actions(generator, kind, outputs, numbers)
        data = (torch.tensor(observations), rewards, x, action)
        states, shares, old = update(case, policy, value, data)
        mistakes = ["local_counter", "no_bootstrap", "next_episode", "unnormalized"]
        cases.append(
            {
                "kind": kind,
                "entropyCoefficient": entropy_weight,
                "valueClipRange": value_clip,
                "start": [policy.numbers(), value.numbers()],
                "actions": action.double().reshape(-1).tolist(),
                "logProbabilities": old,
                "epochs": states,
                "clippedShares": shares,
                "mistakes": {m: update(case, policy, value, data, m)[0][-1] for m in mistakes},
            }
        )
    result = {
        "torch": torch.__version__,
        "observations": observations.tolist(),
        "rewards": rewards,
        "cases": cases,
    }
    json.dump(result, sys.stdout, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
