"""Draws the mean return of training runs over their steps: learning_curve.py OUT.svg TITLE RUN…

Each run is a folder with progress.csv. The runs are drawn thin, their median thick.
"""

import csv
import sys

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 280, 56, 36, 28


def curve(run):
    with open(run + "/progress.csv") as file:
        return [(int(row["step"]), float(row["mean_return_100"])) for row in csv.DictReader(file)
                if row["mean_return_100"]]


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def main(target, title, runs):
    curves = [curve(run) for run in runs]
    last = max(points[-1][0] for points in curves)
    low = min(value for points in curves for _, value in points)
    high = max(value for points in curves for _, value in points)
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000) if (high - low) / s < 8)
    low, high = low // step * step, -(-high // step) * step

    def place(point):
        x = LEFT + (WIDTH - LEFT - 12) * point[0] / last
        y = HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (point[1] - low) / (high - low)
        return "%.1f,%.1f" % (x, y)

    def text(x, y, words, anchor="middle"):
        return '<text x="%s" y="%s" text-anchor="%s">%s</text>' % (x, y, anchor, words)

    lines = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" '
             'font-size="11" fill="#333"><rect width="100%%" height="100%%" fill="#fff"/>' % (WIDTH, HEIGHT),
             text(WIDTH / 2, 16, title)]
    value = low
    while value <= high:
        x, y = place((0, value)).split(",")
        lines.append('<path d="M%s,%sH%d" stroke="#ddd"/>' % (x, y, WIDTH - 12))
        lines.append(text(LEFT - 6, float(y) + 4, "%g" % value, "end"))
        value += step
    for tenth in range(0, 11, 2):
        x = place((last * tenth / 10, low)).split(",")[0]
        lines.append(text(x, HEIGHT - BOTTOM + 16, "{:,}".format(round(last * tenth / 10, -3))))
    lines.append(text(WIDTH / 2, HEIGHT - 6, "environment steps; mean return of the last 100 episodes"))
    for points in curves:
        lines.append('<polyline fill="none" stroke="#8ab" stroke-width="1" points="%s"/>'
                     % " ".join(map(place, points)))
    shared = sorted(set.intersection(*[{step for step, _ in points} for points in curves]))
    middle = [(step, median([dict(points)[step] for points in curves])) for step in shared]
    lines.append('<polyline fill="none" stroke="#036" stroke-width="2" points="%s"/>'
                 % " ".join(map(place, middle)))
    with open(target, "w") as file:
        file.write("\n".join(lines + ["</svg>"]) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
