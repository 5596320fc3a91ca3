"""Time of one RELAX training step in JAX, the same step as the case relax-200-bernoulli of `rl-bench estimators`.

200 Bernoulli variables with shared logits, a batch of 24 draws, the black box f(b) = |b W - x|^2 with 784 outputs, a
control variate with two hidden layers of 200 ReLU units. A step draws the noise, forms the gradient by the logits and
the second-order gradient by the control variate's parameters, and moves both with Adam. Steps run inside one compiled
scan, so that no time is lost between them, on one core. Prints one JSON line.

    python3 -m venv .venv-comparison
    .venv-comparison/bin/pip install -r scripts/comparison/requirements.txt
    .venv-comparison/bin/python scripts/comparison/relax_step_jax.py
"""
import json
import time

import one_core

parser = one_core.parser(__doc__)
parser.add_argument("--steps", type=int, default=300, help="steps per measurement")
arguments = parser.parse_args()
one_core.stay(arguments.core)

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
import optax  # noqa: E402

BATCH, VARIABLES, WIDTH, HIDDEN = 24, 200, 784, 200

random = np.random.default_rng(0)


def normal(*shape, deviation):
    return jnp.asarray(deviation * random.normal(size=shape), jnp.float32)


matrix = normal(VARIABLES, WIDTH, deviation=0.07)
data = normal(BATCH, WIDTH, deviation=1.0)
logits = jnp.zeros(VARIABLES, jnp.float32)
phi = [
    (normal(VARIABLES, HIDDEN, deviation=(2 / VARIABLES) ** 0.5), jnp.zeros(HIDDEN)),
    (normal(HIDDEN, HIDDEN, deviation=(2 / HIDDEN) ** 0.5), jnp.zeros(HIDDEN)),
    (normal(HIDDEN, 1, deviation=(1 / HIDDEN) ** 0.5), jnp.zeros(1)),
]
optimizer = optax.adam(1e-3)


def black_box(value):
    return jnp.square(value @ matrix - data).sum(axis=1)


def control_variate(parameters, z):
    for weight, bias in parameters[:-1]:
        z = jax.nn.relu(z @ weight + bias)
    weight, bias = parameters[-1]
    return (z @ weight + bias)[:, 0]


def estimate(parameters, rows, noise, conditional_noise):
    """The RELAX gradient of each draw by its own row of logits."""
    value = (rows + noise > 0).astype(jnp.float32)

    def difference(rows):
        z = rows + noise
        sign = 2 * value - 1
        conditional = sign * jax.nn.softplus(sign * conditional_noise + jax.nn.softplus(sign * rows))
        both = control_variate(parameters, jnp.concatenate([z, conditional]))
        return (both[:BATCH] - both[BATCH:]).sum(), both[BATCH:]

    correction, c = jax.grad(difference, has_aux=True)(rows)
    score = value - jax.nn.sigmoid(rows)
    return (black_box(value) - c)[:, None] * score + correction


def step(state, key):
    logits, phi, logit_moments, phi_moments = state
    noise, conditional_noise = jax.random.logistic(key, (2, BATCH, VARIABLES), jnp.float32)
    rows = jnp.broadcast_to(logits, (BATCH, VARIABLES))

    def objective(parameters):
        gradient = estimate(parameters, rows, noise, conditional_noise) / BATCH
        return jnp.square(gradient).sum(), gradient.sum(axis=0)

    phi_gradient, logit_gradient = jax.grad(objective, has_aux=True)(phi)
    logit_update, logit_moments = optimizer.update(logit_gradient, logit_moments)
    phi_update, phi_moments = optimizer.update(phi_gradient, phi_moments)
    return (
        optax.apply_updates(logits, logit_update), optax.apply_updates(phi, phi_update),
        logit_moments, phi_moments,
    ), None


@jax.jit
def train(state, key):
    return jax.lax.scan(step, state, jax.random.split(key, arguments.steps))[0]


start = (logits, phi, optimizer.init(logits), optimizer.init(phi))
jax.block_until_ready(train(start, jax.random.PRNGKey(0)))
milliseconds, shares = [], []
for repeat in range(arguments.repeats):
    wall, processor = time.perf_counter(), time.process_time()
    jax.block_until_ready(train(start, jax.random.PRNGKey(repeat + 1)))
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    milliseconds.append(1000 * processor / arguments.steps)
    shares.append(processor / wall)
milliseconds.sort()
print(json.dumps({
    "benchmark": "estimators", "name": "relax-200-bernoulli", "library": f"jax {jax.__version__}",
    "batch": BATCH, "ms_per_step": round(milliseconds[len(milliseconds) // 2], 4),
    "min": round(milliseconds[0], 4), "max": round(milliseconds[-1], 4),
    "cpu_share": round(min(shares), 2),
}))
