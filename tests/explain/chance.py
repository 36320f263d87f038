"""Whether what was counted can be chance."""

import math

# For one comparison. Fewer than 500 are made in a run of all tests here, so that a right model is
# rejected in fewer than one of 10**9 runs.
LIMIT = 1e-12


def _tail(count, trials, probability, step):
    """P(count, or further away in the direction of `step`), for a count on that side of the mean."""
    log = math.log
    total = 0.0
    while 0 <= count <= trials:
        term = math.exp(
            math.lgamma(trials + 1)
            - math.lgamma(count + 1)
            - math.lgamma(trials - count + 1)
            + count * log(probability)
            + (trials - count) * log(1 - probability)
        )
        total += term
        if term < total * 1e-17:
            break
        count += step
    return total


def likelihood(count, trials, probability):
    """Of a count so far from the mean, or further, on its side: exact, binomial."""
    if probability <= 0 or probability >= 1:
        return float(count == round(trials * probability))
    mean = trials * probability
    if abs(count - mean) < 1:
        return 1.0
    return _tail(count, trials, probability, -1 if count < mean else 1)


def agrees(count, trials, probability, error=0.0):
    """Whether a count is compatible with a probability that is known to within `error`."""
    low = max(0.0, probability - error)
    high = min(1.0, probability + error)
    if low <= count / trials <= high:
        return True
    nearest = low if count < trials * low else high
    return likelihood(count, trials, nearest) >= LIMIT
