"""One update of td3, sac and dqn, computed by PyTorch in double precision from given parameters, batch and noise.

Writes Tests/AgentsTests/OffPolicy/Reference/updates.json, with what the usual mistakes would give beside it. Run
from the repository root:
    .venv/bin/python scripts/reference/off_policy_torch.py      (after scripts/python-env.sh --reference)
"""

import json
import math
import pathlib

import torch

torch.set_default_dtype(torch.float64)
BATCH, D, C, A, HIDDEN = 8, 2, 2, 3, [6, 5]
DISCOUNT, TAU, RATE = 0.9, 0.25, 1e-3
generator = torch.Generator().manual_seed(20261125)


def draw(*shape: int) -> torch.Tensor:
    # Four decimals, so that the file is small and both sides read the same numbers.
    return torch.round(torch.randn(*shape, generator=generator), decimals=4)


def network(inputs: int, outputs: int) -> list[torch.Tensor]:
    sizes = [inputs, *HIDDEN, outputs]
    return [p for rows, columns in zip(sizes, sizes[1:])
            for p in (torch.round(draw(rows, columns) / rows**0.5, decimals=4), torch.round(draw(columns) / 4, decimals=4))]


def run(parameters: list[torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    for layer in range(0, len(parameters), 2):
        x = x @ parameters[layer] + parameters[layer + 1]
        if layer < len(parameters) - 2:
            x = torch.tanh(x)
    return x


def flat(tensors) -> list[float]:
    return [round(v, 9) for t in tensors for v in t.detach().flatten().tolist()]


def copy(networks: dict) -> dict:
    return {k: [p.clone().requires_grad_() for p in v] for k, v in networks.items()}


def step(networks: dict, losses: dict, rate: float, targets: dict, tau: float) -> dict:
    """Adam on each network's loss, all gradients at the same parameters; then the targets follow."""
    networks = copy(networks)
    gradients = {k: torch.autograd.grad(v, networks[k], retain_graph=True) for k, v in losses(networks).items()}
    after = {}
    for name, parameters in networks.items():
        optimizer = torch.optim.Adam(parameters, lr=rate)
        for p, g in zip(parameters, gradients[name]):
            p.grad = g.clone()
        optimizer.step()
        after[name] = flat(parameters)
    for name, parameters in targets.items():
        after["target." + name] = flat([t + tau * (p - t) for t, p in zip(parameters, networks[name])])
    return {"gradients": {k: flat(v) for k, v in gradients.items()}, "after": after}


def case(networks: dict, targets: dict, batch: dict, losses, mistakes: dict, tau: float = TAU) -> dict:
    """The right update, and those with one thing changed; `losses` takes the networks and the change."""
    result = {"parameters": {k: flat(v) for k, v in networks.items()},
              "targets": {k: flat(v) for k, v in targets.items()},
              "batch": {k: flat([v]) for k, v in batch.items()},
              **step(networks, lambda n: losses(n, ""), RATE, targets, tau), "mistakes": {}}
    for mistake in mistakes:
        result["mistakes"][mistake] = step(networks, lambda n: losses(n, mistake), RATE, targets, tau)["gradients"]
    # The rate of a schedule that counts updates instead of the run's steps: nothing of it has passed yet.
    result["localSchedule"] = step(networks, lambda n: losses(n, ""), 2 * RATE, targets, tau)["after"]
    return result


continues = torch.tensor([1.0, 0, 1, 1, 0, 1, 1, 0])
batch = {"observations": draw(BATCH, D), "actions": torch.round(torch.tanh(draw(BATCH, C)), decimals=4), "rewards": draw(BATCH),
         "continues": continues, "next_observations": draw(BATCH, D), "noise": draw(BATCH, C), "next_noise": 2 * draw(BATCH, C)}
s, a, r, s2 = batch["observations"], batch["actions"], batch["rewards"], batch["next_observations"]


def q(parameters, states, actions):
    return run(parameters, torch.cat([states, actions], 1))[:, 0]


def twin_losses(n: dict, target: torch.Tensor) -> dict:
    # Each critic's own share: the other one's does not depend on it.
    return {k: ((q(n[k], s, a) - target.detach()) ** 2).mean() for k in ("critic", "second_critic")}


def td3() -> dict:
    networks = {"actor": network(D, C), "critic": network(D + C, 1), "second_critic": network(D + C, 1)}
    targets = {"actor": network(D, C), "critic": network(D + C, 1), "second_critic": network(D + C, 1)}

    def losses(n, mistake):
        noise = 0.2 * batch["next_noise"]
        noise = noise if mistake == "noise without limit" else noise.clamp(-0.5, 0.5)
        if mistake == "no noise":
            noise = 0 * noise
        action = torch.tanh(run(targets["actor"], s2)) + noise
        action = action if mistake == "actions beyond their bounds" else action.clamp(-1, 1)
        values = [q(targets[k], s2, action) for k in ("critic", "second_critic")]
        lowest = torch.maximum(*values) if mistake == "the higher critic" else torch.minimum(*values)
        goes_on = torch.ones(BATCH) if mistake == "values behind terminal states" else continues
        return twin_losses(n, r + DISCOUNT * goes_on * lowest) | {"actor": -q(n["critic"], s, torch.tanh(run(n["actor"], s))).mean()}

    return case(networks, targets, batch, losses, ["noise without limit", "no noise", "actions beyond their bounds",
                                                   "the higher critic", "values behind terminal states"])


def sac() -> dict:
    networks = {"actor": network(D, 2 * C), "critic": network(D + C, 1), "second_critic": network(D + C, 1),
                "log_temperature": [torch.tensor([math.log(0.3)])]}
    targets = {"critic": network(D + C, 1), "second_critic": network(D + C, 1)}

    def losses(n, mistake):
        def policy(states, noise):
            mean, deviation = run(n["actor"], states).chunk(2, 1)
            normal = torch.distributions.Normal(mean, deviation.clamp(-20, 2).exp())
            u = normal.mean + normal.stddev * noise
            if mistake == "log-probability of the clipped action":
                return u.clamp(-1, 1), normal.log_prob(u).sum(1)
            if mistake == "log-probability without the squashing":
                return torch.tanh(u), normal.log_prob(u).sum(1)
            squashed = torch.distributions.TransformedDistribution(normal, [torch.distributions.transforms.TanhTransform(cache_size=1)])
            action = torch.tanh(u)
            volume = (1 - action**2).log().sum(1)
            # Two ways that agree where nothing is lost.
            assert torch.allclose(squashed.log_prob(action).sum(1), normal.log_prob(u).sum(1) - volume, atol=1e-8)
            return action, normal.log_prob(u).sum(1) - volume

        alpha = n["log_temperature"][0].exp().detach()
        action, log_probability = policy(s2, batch["next_noise"] / 2)
        values = torch.minimum(*[q(targets[k], s2, action) for k in ("critic", "second_critic")])
        values = values if mistake == "no entropy in targets" else values - alpha * log_probability
        goes_on = torch.ones(BATCH) if mistake == "values behind terminal states" else continues
        now, log_now = policy(s, batch["noise"])
        entropy = C if mistake == "target entropy of the wrong sign" else -C
        lowest = torch.minimum(*[q(n[k], s, now) for k in ("critic", "second_critic")])
        return twin_losses(n, r + DISCOUNT * goes_on * values) | {
            "actor": (alpha * log_now - lowest).mean(),
            "log_temperature": -(n["log_temperature"][0] * (log_now.detach() + entropy)).mean()}

    return case(networks, targets, batch, losses,
                ["log-probability of the clipped action", "log-probability without the squashing", "no entropy in targets",
                 "values behind terminal states", "target entropy of the wrong sign"])


def dqn() -> dict:
    networks, targets = {"value": network(D, A)}, {"value": network(D, A)}
    choices = torch.tensor([0, 1, 2, 1, 0, 2, 2, 1])
    masks = torch.tensor([[1.0, 1, 0], [1, 1, 1], [0, 1, 1], [1, 0, 0], [1, 1, 1], [1, 0, 1], [0, 0, 1], [0, 1, 0]])
    own = batch | {"actions": choices.double()[:, None], "next_masks": masks, "rewards": 2 * batch["rewards"]}

    def losses(n, mistake):
        values, theirs = run(n["value"], s2).detach(), run(targets["value"], s2)
        allowed = torch.ones(BATCH, A) if mistake == "forbidden actions in targets" else masks
        choosing = theirs if mistake == "single" else values
        best = torch.where(allowed > 0, choosing, torch.tensor(-1e9)).argmax(1)
        future = theirs.gather(1, best[:, None])[:, 0]
        goes_on = torch.ones(BATCH) if mistake == "maximum at terminal states" else continues
        value = run(n["value"], s).gather(1, choices[:, None])[:, 0]
        loss = torch.nn.functional.mse_loss if mistake == "squared error" else torch.nn.functional.smooth_l1_loss
        return {"value": loss(value, own["rewards"] + DISCOUNT * goes_on * future)}

    return case(networks, targets, own, losses, ["maximum at terminal states", "forbidden actions in targets", "single", "squared error"])


path = pathlib.Path("Tests/AgentsTests/OffPolicy/Reference/updates.json")
path.parent.mkdir(parents=True, exist_ok=True)
content = {"hidden": HIDDEN, "discount": DISCOUNT, "tau": TAU, "rate": RATE, "cases": {"td3": td3(), "sac": sac(), "dqn": dqn()}}
path.write_text(json.dumps(content, separators=(",", ":")) + "\n")
