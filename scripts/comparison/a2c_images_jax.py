"""Training speed of an all-JAX A2C on images of 10 x 10 x 4, the same update as `rl-bench agents --images`.

Rollout and update in one jitted scan, but without a game: observations are taken in turns from images of zeros and
ones that were drawn before, which costs next to nothing. One convolution of 3 x 3 with 16 channels and 128 units,
which policy and V share, 5 steps per rollout, returns that continue with V, RMSProp at 7e-4, norms clipped at 0.5. On
one core. The time of the first call, which compiles, is left out. Prints one JSON line for each number of lanes.

    python3 -m venv .venv-comparison
    .venv-comparison/bin/pip install -r scripts/comparison/requirements.txt
    .venv-comparison/bin/python scripts/comparison/a2c_images_jax.py
    rl-bench agents --agent a2c --images --envs 8,32,64
"""
import json
import time

import one_core

parser = one_core.parser(__doc__)
parser.add_argument("--envs", type=int, nargs="+", default=[8, 32, 64], help="lanes")
parser.add_argument("--seconds", type=float, default=2, help="about so long is a measurement")
arguments = parser.parse_args()
one_core.stay(arguments.core)

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import optax  # noqa: E402

STEPS, ACTIONS, IMAGES, DISCOUNT = 5, 3, 64, 0.99


def parameters(key):
    keys = jax.random.split(key, 4)

    def layer(key, gain, *shape):
        return jax.nn.initializers.orthogonal(gain)(key, shape), jnp.zeros(shape[-1])

    return {
        "convolution": layer(keys[0], 2**0.5, 3, 3, 4, 16), "units": layer(keys[1], 2**0.5, 8 * 8 * 16, 128),
        "policy": layer(keys[2], 0.01, 128, ACTIONS), "value": layer(keys[3], 1, 128, 1),
    }


def network(tensors, images):
    weight, bias = tensors["convolution"]
    # Windows side by side and one product: five times as fast here as `jax.lax.conv_general_dilated`.
    images = images.astype(jnp.float32)
    windows = jnp.concatenate(
        [images[:, row:row + 8, column:column + 8] for row in range(3) for column in range(3)], axis=-1)
    rows = jax.nn.relu(windows.reshape(-1, 36) @ weight.reshape(36, 16) + bias).reshape(images.shape[0], -1)
    rows = jax.nn.relu(rows @ tensors["units"][0] + tensors["units"][1])
    return (rows @ tensors["policy"][0] + tensors["policy"][1],
            (rows @ tensors["value"][0] + tensors["value"][1])[:, 0])


def optimizer():
    return optax.chain(optax.clip_by_global_norm(0.5), optax.rmsprop(7e-4, decay=0.99, eps=1e-5))


def build(lanes, updates, images):
    def act(carry, key):
        tensors, clock = carry
        observation = images[clock % IMAGES]
        action = jax.random.categorical(key, network(tensors, observation)[0])
        seen = {"observation": observation, "action": action, "reward": (action == 0).astype(jnp.float32)}
        return (tensors, clock + 1), seen

    def loss(tensors, rollout, last):
        logits, value = network(tensors, rollout["observation"].reshape(STEPS * lanes, 10, 10, 4))
        follows = jax.lax.stop_gradient(network(tensors, last)[1])
        returns = jax.lax.scan(
            lambda later, reward: (reward + DISCOUNT * later,) * 2, follows, rollout["reward"], reverse=True)[1]
        advantage = returns.reshape(-1) - value
        chosen = jnp.take_along_axis(
            jax.nn.log_softmax(logits), rollout["action"].reshape(-1, 1), 1)[:, 0]
        return (-chosen * jax.lax.stop_gradient(advantage) + 0.25 * jnp.square(advantage)).mean()

    def update(carry, key):
        tensors, moments, clock = carry
        (_, clock), rollout = jax.lax.scan(act, (tensors, clock), jax.random.split(key, STEPS), unroll=STEPS)
        gradient = jax.grad(loss)(tensors, rollout, images[clock % IMAGES])
        change, moments = optimizer().update(gradient, moments)
        return (optax.apply_updates(tensors, change), moments, clock), None

    return jax.jit(lambda carry, key: jax.lax.scan(update, carry, jax.random.split(key, updates))[0])


def measure(lanes):
    key = jax.random.key(0)
    images = jax.random.bernoulli(key, 0.1, (IMAGES, lanes, 10, 10, 4)).astype(jnp.uint8)
    tensors = parameters(key)
    start_carry = (tensors, optimizer().init(tensors), 0)
    updates = 10
    run = build(lanes, updates, images)
    carry = jax.block_until_ready(run(start_carry, key))
    start = time.perf_counter()
    jax.block_until_ready(run(carry, key))
    calls = max(1, int(arguments.seconds / (time.perf_counter() - start)))
    rates = []
    for _ in range(arguments.repeats):
        start = time.perf_counter()
        for _ in range(calls):
            carry = jax.block_until_ready(run(carry, key))
        rates.append(calls * updates * STEPS * lanes / (time.perf_counter() - start))
    rates.sort()
    print(json.dumps({
        "benchmark": "a2c, images, JAX", "jax": jax.__version__, "envs": lanes,
        "steps_per_second": round(rates[len(rates) // 2]), "min": round(rates[0]), "max": round(rates[-1])}), flush=True)


for count in arguments.envs:
    measure(count)
