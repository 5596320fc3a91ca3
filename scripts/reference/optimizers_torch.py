"""Sequences of updates computed by PyTorch, for Tests/NetworksTests/OptimizerTests.swift.

Run with a Python that has torch and numpy:

    python scripts/reference/optimizers_torch.py > Tests/NetworksTests/Reference/optimizers.json

Every case updates the same three parameters with the same gradients. The gradients range over ten
orders of magnitude, so that the place of epsilon shows, and are representable in single precision,
so that both precisions see the same ones. Recorded are the parameters after every update and what
clip_grad_norm_ returned.
"""

import json
import sys

import numpy as np
import torch

SHAPES = {"a.weight": (2, 2), "a.bias": (2,), "scale": ()}
STEPS = 12

CASES = [
    ("sgd", dict(momentum=0.0), None, torch.optim.SGD, {}),
    ("sgd", dict(momentum=0.9), 0.5, torch.optim.SGD, dict(momentum=0.9)),
    ("rmsprop", dict(decay=0.99, epsilon=1e-8), None, torch.optim.RMSprop, {}),
    ("rmsprop", dict(decay=0.9, epsilon=1e-3), 0.5, torch.optim.RMSprop, dict(alpha=0.9, eps=1e-3)),
    ("adam", dict(beta1=0.9, beta2=0.999, epsilon=1e-8), None, torch.optim.Adam, {}),
    (
        "adam",
        dict(beta1=0.8, beta2=0.95, epsilon=1e-3),
        0.5,
        torch.optim.Adam,
        dict(betas=(0.8, 0.95), eps=1e-3),
    ),
]


def draw():
    generator = np.random.default_rng(20260101)
    size = sum(int(np.prod(shape)) for shape in SHAPES.values())
    start = generator.normal(size=size).astype(np.float32)
    gradients = []
    for _ in range(STEPS):
        scale = 10.0 ** generator.uniform(-8, 1, size=size)
        gradients.append((generator.normal(size=size) * scale).astype(np.float32))
    gradients[4][:] = 0  # An update without any gradient still moves what has momentum.
    rates = [0.01 * (1 - step / (2 * STEPS)) for step in range(STEPS)]
    return start, gradients, rates


def split(flat, dtype):
    views, offset = [], 0
    for shape in SHAPES.values():
        count = int(np.prod(shape))
        views.append(torch.tensor(flat[offset : offset + count], dtype=dtype).reshape(shape))
        offset += count
    return views


def run(dtype, start, gradients, rates, max_norm, optimizer_type, options):
    parameters = [torch.nn.Parameter(view) for view in split(start, dtype)]
    optimizer = optimizer_type(parameters, lr=1.0, **options)
    states, norms = [], []
    for gradient, rate in zip(gradients, rates):
        for parameter, view in zip(parameters, split(gradient, dtype)):
            parameter.grad = view
        optimizer.param_groups[0]["lr"] = rate
        limit = float("inf") if max_norm is None else max_norm
        norms.append(torch.nn.utils.clip_grad_norm_(parameters, limit).item())
        optimizer.step()
        states.append([x for p in parameters for x in p.detach().reshape(-1).tolist()])
    return {"parameters": states, "norms": norms}


def main():
    start, gradients, rates = draw()
    result = {
        "torch": torch.__version__,
        "entries": [{"name": name, "shape": list(shape)} for name, shape in SHAPES.items()],
        "start": start.tolist(),
        "gradients": [gradient.tolist() for gradient in gradients],
        "learningRates": rates,
        "cases": [],
    }
    for name, settings, max_norm, optimizer_type, options in CASES:
        case = {"configuration": {name: settings}, "maximumNorm": max_norm}
        for key, dtype in (("float32", torch.float32), ("float64", torch.float64)):
            case[key] = run(dtype, start, gradients, rates, max_norm, optimizer_type, options)
        result["cases"].append(case)
    json.dump(result, sys.stdout, indent=None, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
