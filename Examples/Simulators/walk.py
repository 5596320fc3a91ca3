"""A walk on a line that should get to 1 in few steps, with the module relaxrl.

    rl-train python-module > relaxrl.py
    rl-train --agent a2c --env-command 'python3 walk.py'
"""

import random

import relaxrl


class Walk:
    name = "walk"
    observation_space = relaxrl.box([-1], [1])
    action_space = relaxrl.discrete(2)
    max_episode_steps = 100
    reward_threshold = -12

    def reset(self, seed):
        self.position = random.Random(seed).uniform(-0.1, 0.1)
        return [self.position]

    def step(self, action):
        move = 0.1 if action == 1 else -0.1
        self.position = min(max(self.position + move, -1.0), 1.0)
        return [self.position], -1.0, self.position == 1.0

    # Only for runs that are to be resumed in the middle of an episode.
    def state(self):
        return self.position

    def restore(self, state):
        self.position = state


relaxrl.serve(Walk)
