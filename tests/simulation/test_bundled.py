from matcher.datasets import DEMO_FOLDER
from simulation.bundled import write_bundled


def test_bundled_files_are_what_the_simulation_writes(tmp_path):
    write_bundled(tmp_path)
    written = [path.relative_to(tmp_path) for path in tmp_path.rglob("*.csv")]
    assert set(written) == {path.relative_to(DEMO_FOLDER) for path in DEMO_FOLDER.rglob("*.csv")}
    for path in written:
        assert (tmp_path / path).read_bytes() == (DEMO_FOLDER / path).read_bytes()
    assert sum(path.stat().st_size for path in (DEMO_FOLDER / "programme").iterdir()) < 400_000
