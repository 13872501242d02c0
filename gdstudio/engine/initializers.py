"""Where a descent starts: parameters drawn from a seed.

Knows nothing of data or descent.
"""

import numpy as np

from gdstudio.engine.arrays import Array, frozen
from gdstudio.engine.network import Network


def draw_parameters(network: Network, seed: int) -> Array:
    """Return start parameters for ``network``, the same for the same seed.

    ReLU layers: normal with variance 2 / fan_in (He et al. 2015); all others: uniform within
    sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010). Biases are 0.
    """
    random = np.random.default_rng((0, seed))
    parameters = np.zeros(network.parameter_count)
    for (weights, _), name in zip(network.layers(parameters), network.activations, strict=True):
        fan_in, fan_out = weights.shape
        if name == "relu":
            weights[...] = random.normal(0.0, np.sqrt(2.0 / fan_in), weights.shape)
        else:
            reach = np.sqrt(6.0 / (fan_in + fan_out))
            weights[...] = random.uniform(-reach, reach, weights.shape)
    return frozen(parameters)
