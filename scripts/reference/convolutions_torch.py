"""Values, gradients and Hessian-vector products of small convolutional networks, computed by PyTorch in double precision.

Writes Tests/DifferentiationTests/Reference/convolutions.json. Run from the repository root:
    .venv/bin/python scripts/reference/convolutions_torch.py      (after scripts/python-env.sh --reference)
"""

import json
import pathlib

import torch

torch.set_default_dtype(torch.float64)
POOLS = {"average": torch.nn.functional.avg_pool2d, "maximum": torch.nn.functional.max_pool2d, "none": None}


def network(image: list[int], layers: list[list[int]], pool: str, outputs: int, batch: int) -> dict:
    """Convolutions [channels, height, width, vertical stride, horizontal stride] with tanh, a pool of 2 x 2, a linear map.

    L = sum(weights * y^2) with y the output; a Hessian-vector product along `direction`. Images and weights are
    written channels last, as the engine has them.
    """
    generator = torch.Generator().manual_seed(sum(image) * 100 + len(layers) * 10 + len(pool))

    def draw(*shape: int) -> torch.Tensor:
        # Four decimals, so that the file is small and both sides read the same numbers.
        return torch.round(torch.randn(*shape, generator=generator), decimals=4)

    x = draw(batch, *image)
    parameters = []
    height, width, channels = image
    for out, kh, kw, sh, sw in layers:
        size = kh * kw * channels
        parameters += [torch.round(draw(kh, kw, channels, out) / size**0.5, decimals=4), draw(out) / 4]
        height, width, channels = (height - kh) // sh + 1, (width - kw) // sw + 1, out
    if POOLS[pool]:
        height, width = height // 2, width // 2
    features = height * width * channels
    parameters += [torch.round(draw(features, outputs) / features**0.5, decimals=4), draw(outputs) / 4]
    parameters = [torch.round(p, decimals=4) for p in parameters]
    direction = [draw(*p.shape) for p in parameters]
    direction_x = draw(*x.shape)
    weights = draw(batch, outputs)
    for p in parameters + [x]:
        p.requires_grad_()

    y = x.permute(0, 3, 1, 2)
    for index, (_, _, _, sh, sw) in enumerate(layers):
        kernel = parameters[2 * index].permute(3, 2, 0, 1)
        y = torch.tanh(torch.nn.functional.conv2d(y, kernel, parameters[2 * index + 1], stride=(sh, sw)))
    if POOLS[pool]:
        y = POOLS[pool](y, 2)
    y = y.permute(0, 2, 3, 1).reshape(batch, features) @ parameters[-2] + parameters[-1]
    loss = (weights * y**2).sum()
    inputs = [x] + parameters
    gradient = torch.autograd.grad(loss, inputs, create_graph=True)
    slope = sum((g * d).sum() for g, d in zip(gradient, [direction_x] + direction))
    second = torch.autograd.grad(slope, inputs)

    def projections(tensors) -> list[float]:
        """A few numbers that tell tensors apart: per tensor the first, the last, sum and sum of squares."""
        return [
            v for t in tensors
            for v in (t.flatten()[0].item(), t.flatten()[-1].item(), t.sum().item(), (t**2).sum().item())
        ]

    flat = lambda t: [float(f"{v:.4f}") for v in t.flatten().tolist()]
    return {
        "image": image, "layers": layers, "pool": pool, "outputs": outputs, "batch": batch,
        "x": flat(x), "directionOfX": flat(direction_x), "weights": flat(weights),
        "parameters": [flat(p) for p in parameters], "direction": [flat(d) for d in direction],
        "output": y.flatten().tolist(), "loss": loss.item(),
        "gradient": projections(gradient), "hessianVectorProduct": projections(second),
    }


def main() -> None:
    cases = [
        network([6, 6, 3], [[4, 3, 3, 1, 1]], "none", 2, 2),
        network([9, 8, 2], [[3, 3, 2, 2, 1], [4, 2, 3, 1, 2]], "none", 3, 2),
        network([7, 8, 2], [[3, 2, 3, 1, 1]], "average", 2, 2),
        network([7, 8, 2], [[3, 2, 3, 1, 1]], "maximum", 2, 2),
    ]
    path = pathlib.Path("Tests/DifferentiationTests/Reference/convolutions.json")
    path.write_text(json.dumps({"torch": torch.__version__.split("+")[0], "cases": cases}) + "\n")


if __name__ == "__main__":
    main()
