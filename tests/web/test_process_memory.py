import mmap
from pathlib import Path

from gql_leads.web.process_memory import resident_memory

SIZE = 32 * 1024 * 1024


def test_mapped_files_are_told_apart_from_private_memory(tmp_path: Path) -> None:
    file = tmp_path / "mapped"
    file.write_bytes(b"x" * SIZE)
    before = resident_memory()
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert sum(mapped[at] for at in range(0, SIZE, mmap.PAGESIZE)) > 0
        after = resident_memory()
    growth = {kind: (after[kind] - before[kind]) / SIZE for kind in ("private", "mapped", "shared")}
    assert growth["private"] < 0.5
    assert growth["mapped"] + growth["shared"] > 0.9  # a temporary folder in memory counts as shared
