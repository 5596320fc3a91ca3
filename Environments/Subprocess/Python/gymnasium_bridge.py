"""Offers any Gymnasium environment to rl-train: python3 gymnasium_bridge.py CartPole-v1 [size=8,obs_type=ram]

What is done with spaces, masks and the like is described at relaxrl.GymnasiumEnvironments. Environments of packages
that register them on import, such as ALE/Pong-v5, are found by their name.
"""

import importlib
import importlib.util
import os
import re
import sys

import relaxrl

# Packages whose import registers environments; others are found by what they require.
KNOWN = ["ale_py", "minigrid", "highway_env", "gymnasium_robotics", "miniworld", "flappy_bird_gymnasium"]
# These require Gymnasium but use environments, and take long to import.
USERS = {"gymnasium", "stable_baselines3", "sb3_contrib", "rl_zoo3", "ray", "tianshou", "torchrl", "d3rlpy", "skrl"}


def packages():
    """Names of packages that may register environments, the likeliest first."""
    for name in KNOWN:
        yield name
    try:
        from importlib import metadata
    except ImportError:
        return
    for distribution in metadata.distributions():
        if any(text.replace("_", "-").lower().startswith("gymnasium") for text in distribution.requires or []):
            names = (distribution.read_text("top_level.txt") or "").split()
            if not names:
                names = sorted({str(path).split("/")[0] for path in distribution.files or []
                                if str(path).endswith("__init__.py") and str(path).count("/") == 1})
            for name in names:
                if name not in USERS and name not in KNOWN and not name.startswith("_"):
                    yield name


def register(gymnasium, name):
    """Imports packages until one has registered the name, or all of them."""
    for package in packages():
        if importlib.util.find_spec(package) is None:
            continue
        try:
            importlib.import_module(package)
            gymnasium.spec(name)
            return
        except gymnasium.error.Error:
            continue
        except Exception as error:
            print("%s cannot be imported: %s" % (package, error), file=sys.stderr)


def advice(name):
    """What brings the games of the Atari 2600, where their package is missing; else nothing."""
    is_game = name.startswith("ALE/") or re.search("(NoFrameskip|Deterministic)-v[0-9]+$", name)
    if not is_game or importlib.util.find_spec("ale_py") is not None:
        return ""
    return " To install the games: %s -m pip install ale-py" % sys.executable


def bridge(name, text):
    """Environments of one Gymnasium id."""
    keywords = relaxrl.arguments(text)
    try:
        import gymnasium
        import numpy  # noqa: F401
    except ImportError as error:
        raise relaxrl.usage(
            "%s needs the Python package gymnasium, which %s does not have (%s). "
            "To install it: %s -m pip install gymnasium" % (
                "gym:" + name, sys.executable, error, sys.executable))

    def find(**more):
        try:
            return gymnasium.make(name, **keywords, **more)
        except gymnasium.error.UnregisteredEnv:
            register(gymnasium, name)
            # What is wrong with the name is known when all packages are.
            return gymnasium.make(name, **keywords, **more)

    def make():
        if os.environ.get("RL_ENV_RENDER") and "render_mode" not in keywords:
            try:
                return find(render_mode="rgb_array")
            except Exception:
                # One that does not draw itself so, or that cannot be made at all, which is said below.
                pass
        try:
            return find()
        except Exception as error:
            reason = " ".join(str(error).split())
            raise relaxrl.usage("gym:%s cannot be made%s: %s%s" % (
                name, " with --env-args %s" % text if text else "", reason or type(error).__name__, advice(name)))

    return relaxrl.GymnasiumEnvironments(make, "gym:" + name)


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        raise SystemExit("usage: gymnasium_bridge.py ENVIRONMENT_ID [ARGUMENTS]")
    relaxrl.serve(lambda: bridge(sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else ""))
