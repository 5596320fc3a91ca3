"""A dot that falls over 4 rows of 3 pixels, to be caught by a paddle on the last one; pictures of bytes, 255 or 0."""

import random

import relaxrl

ROWS, COLUMNS = 4, 3


class Catch:
    name = "catch"
    observation_space = relaxrl.box(0, 255, (ROWS, COLUMNS, 1), "uint8")
    action_space = relaxrl.discrete(3)

    def reset(self, seed):
        self.column, self.row, self.paddle = random.Random(seed).randrange(COLUMNS), 0, 1
        return self.picture()

    def step(self, action):
        self.paddle = min(max(self.paddle + action - 1, 0), COLUMNS - 1)
        self.row += 1
        if self.row < ROWS - 1:
            return self.picture(), 0.0, False
        return self.picture(), 1.0 if self.paddle == self.column else -1.0, True

    def picture(self):
        pixels = [0] * (ROWS * COLUMNS)
        pixels[(ROWS - 1) * COLUMNS + self.paddle] = 255
        pixels[self.row * COLUMNS + self.column] = 255
        return pixels

    def state(self):
        return [self.column, self.row, self.paddle]

    def restore(self, state):
        self.column, self.row, self.paddle = state


relaxrl.serve(Catch)
