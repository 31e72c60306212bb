"""The parts of `scripts/benchmark.py`: cases, systems, judging, encoders, speed."""
