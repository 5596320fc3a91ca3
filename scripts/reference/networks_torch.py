"""Values, gradients and Hessian-vector products of small networks, computed by PyTorch in double precision.

Writes Tests/DifferentiationTests/Reference/networks.json. Run from the repository root:
    .venv/bin/python scripts/reference/networks_torch.py      (after scripts/python-env.sh --reference)
"""

import json
import pathlib

import torch

torch.set_default_dtype(torch.float64)
ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu, "elu": torch.nn.functional.elu}


def network(name: str, sizes: list[int], batch: int) -> dict:
    """One network: L = sum(weights * y^2) with y the output; a Hessian-vector product along `direction`."""
    generator = torch.Generator().manual_seed(len(name) * 1000 + sum(sizes))

    def draw(*shape: int) -> torch.Tensor:
        # Four decimals, so that the file is small and both sides read the same numbers.
        return torch.round(torch.randn(*shape, generator=generator), decimals=4)

    parameters = []
    for rows, columns in zip(sizes, sizes[1:]):
        parameters += [torch.round(draw(rows, columns) / rows**0.5, decimals=4), torch.round(draw(columns) / 4, decimals=4)]
    direction = [draw(*p.shape) for p in parameters]
    x, weights = draw(batch, sizes[0]), draw(batch, sizes[-1])
    for p in parameters:
        p.requires_grad_()

    y = x
    for layer in range(len(sizes) - 1):
        y = y @ parameters[2 * layer] + parameters[2 * layer + 1]
        if layer < len(sizes) - 2:
            y = ACTIVATIONS[name](y)
    loss = (weights * y**2).sum()
    gradient = torch.autograd.grad(loss, parameters, create_graph=True)
    slope = sum((g * d).sum() for g, d in zip(gradient, direction))
    second = torch.autograd.grad(slope, parameters)

    def projections(tensors) -> list[float]:
        """A few numbers that tell tensors apart: per tensor the first, the last, sum and sum of squares."""
        return [
            v for t in tensors
            for v in (t.flatten()[0].item(), t.flatten()[-1].item(), t.sum().item(), (t**2).sum().item())
        ]

    flat = lambda t: [float(f"{v:.4f}") for v in t.flatten().tolist()]
    return {
        "activation": name, "sizes": sizes, "batch": batch, "x": flat(x), "weights": flat(weights),
        "parameters": [flat(p) for p in parameters], "direction": [flat(d) for d in direction],
        "output": y.flatten().tolist(), "loss": loss.item(),
        "gradient": projections(gradient), "hessianVectorProduct": projections(second),
    }


def main() -> None:
    cases = [
        network("tanh", [4, 64, 64, 2], 3), network("relu", [5, 16, 16, 3], 4), network("elu", [5, 16, 16, 3], 4),
    ]
    path = pathlib.Path("Tests/DifferentiationTests/Reference/networks.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"torch": torch.__version__.split("+")[0], "cases": cases}) + "\n")


if __name__ == "__main__":
    main()
