"""Training speed of an all-JAX PPO on CartPole-v1, the same as the case ppo of `rl-bench agents`.

Environment, rollout and update in one jitted scan: 64 environments, 128 steps per rollout, separate 64-64 tanh
networks, generalized advantages (0.99, 0.95), 4 epochs of 4 shuffled minibatches with advantages normalized in each,
Adam at 3e-4 for policy and V, norms of both gradients clipped at 0.5. On one core. The time of the first call, which
compiles, is left out. Prints one JSON line.

    python3 -m venv .venv-comparison
    .venv-comparison/bin/pip install -r scripts/comparison/requirements.txt
    .venv-comparison/bin/python scripts/comparison/ppo_jax.py
    rl-bench agents --agent ppo --envs 64
"""
import json
import time

import one_core

parser = one_core.parser(__doc__)
parser.add_argument("--envs", type=int, default=64, help="environments")
parser.add_argument("--updates", type=int, default=40, help="updates per measurement")
arguments = parser.parse_args()
one_core.stay(arguments.core)

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import optax  # noqa: E402

LANES, STEPS, EPOCHS, MINIBATCHES = arguments.envs, 128, 4, 4
ROWS = LANES * STEPS
DISCOUNT, LAMBDA, CLIP, LIMIT = 0.99, 0.95, 0.2, 500


def first_states(key):
    return jax.random.uniform(key, (LANES, 4), minval=-0.05, maxval=0.05)


def simulate(state, push):
    """Gymnasium's CartPole-v1: Euler steps of 0.02 s; a step's end where the pole falls or the cart leaves."""
    x, x_dot, theta, theta_dot = state.T
    force = jnp.where(push == 1, 10.0, -10.0)
    cosine, sine = jnp.cos(theta), jnp.sin(theta)
    temporary = (force + 0.05 * theta_dot**2 * sine) / 1.1
    angular = (9.8 * sine - cosine * temporary) / (0.5 * (4 / 3 - 0.1 * cosine**2 / 1.1))
    linear = temporary - 0.05 * angular * cosine / 1.1
    state = jnp.stack(
        [x + 0.02 * x_dot, x_dot + 0.02 * linear, theta + 0.02 * theta_dot, theta_dot + 0.02 * angular], axis=1)
    return state, (jnp.abs(state[:, 0]) > 2.4) | (jnp.abs(state[:, 2]) > 0.20943951)


def network(key, outputs, gain):
    sizes, layers = [4, 64, 64, outputs], []
    for index, key in enumerate(jax.random.split(key, 3)):
        scale = gain if index == 2 else 2**0.5
        weights = jax.nn.initializers.orthogonal(scale)(key, (sizes[index], sizes[index + 1]))
        layers.append((weights, jnp.zeros(sizes[index + 1])))
    return layers


def apply(layers, value):
    for weight, bias in layers[:-1]:
        value = jnp.tanh(value @ weight + bias)
    weight, bias = layers[-1]
    return value @ weight + bias


def optimizer():
    return optax.chain(optax.clip_by_global_norm(0.5), optax.adam(3e-4, eps=1e-5))


def act(carry, key):
    policy, critic, state, clock = carry
    choice, restart = jax.random.split(key)
    logits = apply(policy, state)
    action = jax.random.categorical(choice, logits)
    log_probability = jnp.take_along_axis(jax.nn.log_softmax(logits), action[:, None], 1)[:, 0]
    after, failed = simulate(state, action)
    clock = clock + 1
    ended = failed | (clock >= LIMIT)
    seen = {
        "state": state, "action": action, "log_probability": log_probability, "value": apply(critic, state)[:, 0],
        # What follows a time limit counts, what follows a fall does not.
        "next_value": jnp.where(failed, 0.0, apply(critic, after)[:, 0]), "ended": ended,
    }
    state = jnp.where(ended[:, None], first_states(restart), after)
    return (policy, critic, state, jnp.where(ended, 0, clock)), seen


def advantages(rollout):
    def back(following, row):
        delta = 1.0 + DISCOUNT * row["next_value"] - row["value"]
        advantage = delta + DISCOUNT * LAMBDA * jnp.where(row["ended"], 0.0, following)
        return advantage, advantage

    return jax.lax.scan(back, jnp.zeros(LANES), rollout, reverse=True)[1]


def policy_loss(policy, batch):
    logits = jax.nn.log_softmax(apply(policy, batch["state"]))
    log_probability = jnp.take_along_axis(logits, batch["action"][:, None], 1)[:, 0]
    ratio = jnp.exp(log_probability - batch["log_probability"])
    advantage = batch["advantage"]
    advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
    return -jnp.minimum(ratio * advantage, jnp.clip(ratio, 1 - CLIP, 1 + CLIP) * advantage).mean()


def value_loss(critic, batch):
    return jnp.square(apply(critic, batch["state"])[:, 0] - batch["target"]).mean()


def descend(carry, batch):
    policy, critic, policy_moments, critic_moments = carry
    change, policy_moments = optimizer().update(jax.grad(policy_loss)(policy, batch), policy_moments)
    policy = optax.apply_updates(policy, change)
    change, critic_moments = optimizer().update(jax.grad(value_loss)(critic, batch), critic_moments)
    return (policy, optax.apply_updates(critic, change), policy_moments, critic_moments), None


def update(carry, key):
    networks, state, clock = carry
    acting, shuffling = jax.random.split(key)
    (_, _, state, clock), rollout = jax.lax.scan(
        act, (networks[0], networks[1], state, clock), jax.random.split(acting, STEPS))
    rollout["advantage"] = advantages(rollout)
    rollout["target"] = rollout["advantage"] + rollout["value"]
    rows = jax.tree.map(lambda column: column.reshape((ROWS,) + column.shape[2:]), rollout)

    def epoch(networks, key):
        order = jax.random.permutation(key, ROWS).reshape(MINIBATCHES, -1)
        return jax.lax.scan(descend, networks, jax.tree.map(lambda column: column[order], rows))

    networks, _ = jax.lax.scan(epoch, networks, jax.random.split(shuffling, EPOCHS))
    return (networks, state, clock), rollout["ended"].sum()


@jax.jit
def train(carry, key):
    return jax.lax.scan(update, carry, jax.random.split(key, arguments.updates))


policy_key, critic_key, state_key, key = jax.random.split(jax.random.PRNGKey(1), 4)
policy, critic = network(policy_key, 2, 0.01), network(critic_key, 1, 1.0)
networks = (policy, critic, optimizer().init(policy), optimizer().init(critic))
carry, _ = jax.block_until_ready(train((networks, first_states(state_key), jnp.zeros(LANES, jnp.int32)), key))
rates, shares = [], []
for repeat in range(arguments.repeats):
    wall, processor = time.perf_counter(), time.process_time()
    carry, ends = jax.block_until_ready(train(carry, jax.random.PRNGKey(repeat + 2)))
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    rates.append(arguments.updates * ROWS / wall)
    shares.append(processor / wall)
rates.sort()
print(json.dumps({
    "benchmark": "agents", "agent": "ppo", "library": f"jax {jax.__version__}", "envs": LANES,
    "steps_per_second": round(rates[len(rates) // 2]), "min": round(rates[0]), "max": round(rates[-1]),
    # How well it plays shows that it learns.
    "mean_length": round(arguments.updates * ROWS / max(1, int(ends.sum())), 1), "cpu_share": round(min(shares), 2),
}))
