"""Offers games of the Atari 2600 to rl-train, as ale_py emulates them: python3 atari_bridge.py pong [episodic_life=true]

The preprocessing is that of Mnih et al. (2015), done by the emulator itself: each action is held for four frames, the
brighter of the last two is made grey and 84 × 84, and an observation is the last four of those, [row, column, frame].
Rewards are the game's own. Arguments are those of ale_py's AtariVectorEnv; Machado et al. (2018) have
repeat_action_probability=0.25,noop_max=0,full_action_space=true.
"""

import difflib
import os
import sys

import relaxrl

# What can be set, and what it is otherwise.
USUAL = {
    "episodic_life": False, "frameskip": 4, "full_action_space": False, "grayscale": True, "img_height": 84,
    "img_width": 84, "max_num_frames_per_episode": 108000, "maxpool": True, "noop_max": 30,
    "repeat_action_probability": 0.0, "stack_num": 4, "use_fire_reset": True,
}
LEAST = {"noop_max": 0, "repeat_action_probability": 0.0}


def closest(word, known):
    """A name that may be meant, in words; empty where there is none."""
    found = difflib.get_close_matches(word, known, 1)
    return " Do you mean %s?" % found[0] if found else ""


def settings(game, text):
    """What is set of a game, with what is usual for the rest."""
    given = relaxrl.arguments(text)
    for key, value in given.items():
        if key == "obs_type":
            raise relaxrl.usage("atari:%s shows the screen; gym:ALE/… has obs_type=ram" % game)
        if key not in USUAL:
            raise relaxrl.usage("atari:%s has no argument %s, but has %s.%s" % (
                game, key, ", ".join(USUAL), closest(key, USUAL)))
        usual = USUAL[key]
        kinds = (int, float) if isinstance(usual, float) else type(usual)
        is_right = isinstance(value, kinds) and isinstance(value, bool) == isinstance(usual, bool)
        if not is_right or not isinstance(usual, bool) and not LEAST.get(key, 1) <= value < 2 ** 31:
            raise relaxrl.usage("--env-args %s must be %s, but is %r" % (
                key, "true or false" if isinstance(usual, bool) else "a %snumber of at least %s and below 2^31" % (
                    "" if isinstance(usual, float) else "whole ", LEAST.get(key, 1)), value))
    if given.get("repeat_action_probability", 0) > 1:
        raise relaxrl.usage("--env-args repeat_action_probability must be at most 1, but is %s" % (
            given["repeat_action_probability"],))
    return dict(USUAL, **given)


def advice(ale_py, rom):
    """What brings a game's file back, where it is missing; else nothing."""
    try:
        path = ale_py.roms.get_rom_path(rom)
    except Exception:
        path = None
    if path and os.path.exists(path):
        return ""
    return ". Its ROM comes with ale-py: %s -m pip install --force-reinstall ale-py" % sys.executable


def game(name, text):
    """A class of one game."""
    try:
        import ale_py
        import numpy
        from ale_py.vector_env import AtariVectorEnv
    except ImportError as error:
        raise relaxrl.usage("atari:%s needs the Python package ale-py, version 0.12 or newer, which %s does not have (%s). "
                            "To install it: %s -m pip install -U ale-py gymnasium" % (
                                name, sys.executable, error, sys.executable))
    rom = name.lower().replace("-", "_")
    known = ale_py.roms.get_all_rom_ids()
    if rom not in known:
        # MsPacman is ms_pacman.
        joined = {key.replace("_", ""): key for key in known}
        if rom not in joined:
            raise relaxrl.usage("there is no game atari:%s.%s" % (
                name, closest(rom, known) or " There are: %s." % ", ".join(sorted(known))))
        rom = joined[rom]
    chosen = settings(rom, text)
    ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)

    class Game:
        name = "atari:" + rom
        max_episode_steps = max(1, chosen["max_num_frames_per_episode"] // chosen["frameskip"])

        def __init__(self):
            try:
                self.env = AtariVectorEnv(rom, num_envs=1, num_threads=1, reward_clipping=False, **chosen)
            except Exception as error:
                raise relaxrl.usage("atari:%s cannot be emulated: %s%s" % (
                    rom, " ".join(str(error).split()), advice(ale_py, rom)))
            rows, columns = chosen["img_height"], chosen["img_width"]
            channels = chosen["stack_num"] * (1 if chosen["grayscale"] else 3)
            self.observation_space = relaxrl.box(0, 255, [rows, columns, channels], "uint8")
            self.action_space = relaxrl.discrete(self.env.single_action_space.n)

        def reset(self, seed):
            obs, _ = self.env.reset(seed=numpy.array([seed]))
            return self.see(obs[0])

        def step(self, action):
            obs, reward, terminated, truncated, _ = self.env.step(numpy.array([action]))
            return self.see(obs[0]), float(reward[0]), bool(terminated[0]), bool(truncated[0])

        def render(self):
            # What the policy sees of it: the emulator's own screen cannot be had through this interface.
            frame = self.frames[-1]
            return frame if frame.ndim == 3 else numpy.stack([frame] * 3, -1)

        def see(self, frames):
            self.frames = frames
            # Faster than the copy of a transposed array.
            return numpy.stack(list(frames), -1) if frames.ndim == 3 else numpy.concatenate(list(frames), -1)

    return Game


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        raise SystemExit("usage: atari_bridge.py GAME [ARGUMENTS]")
    relaxrl.serve(lambda: relaxrl.Environments(game(sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else "")))
