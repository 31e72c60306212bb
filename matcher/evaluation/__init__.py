"""How good recommendations are: metrics of both sides, exposure, groups, calibration, comparison."""
