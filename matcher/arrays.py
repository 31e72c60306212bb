"""Names of the array types that the stages hand to each other."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Ints = NDArray[np.int64]
Positions = NDArray[np.int64]
"""Row numbers, from 0."""
Flags = NDArray[np.bool_]
Objects = NDArray[np.object_]
