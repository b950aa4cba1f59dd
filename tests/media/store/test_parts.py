"""The arithmetic of parts, at every boundary."""

import pytest

from media.store import MAX_PARTS, part_count, part_size_for, size_of_part
from media.store.parts import LARGEST_OBJECT_BYTES, LARGEST_PART_BYTES, MIB, SMALLEST_PART_BYTES

WITH_8_MIB = 8 * MIB * MAX_PARTS


@pytest.mark.parametrize(
    ("size_bytes", "part_size_mib"),
    [
        (0, 8),
        (1, 8),
        (8 * MIB - 1, 8),
        (8 * MIB, 8),
        (8 * MIB + 1, 8),
        (WITH_8_MIB - 1, 8),
        (WITH_8_MIB, 8),
        (WITH_8_MIB + 1, 9),
        (9 * MIB * MAX_PARTS, 9),
        (9 * MIB * MAX_PARTS + 1, 10),
        (LARGEST_OBJECT_BYTES, 525),
    ],
)
def test_parts_have_8_mib_until_ten_thousand_are_not_enough(size_bytes: int, part_size_mib: int) -> None:
    part_size = part_size_for(size_bytes)
    assert part_size == part_size_mib * MIB
    assert part_count(size_bytes, part_size) <= MAX_PARTS
    assert SMALLEST_PART_BYTES <= part_size <= LARGEST_PART_BYTES


@pytest.mark.parametrize("size_bytes", [-1, LARGEST_OBJECT_BYTES + 1])
def test_a_size_that_no_store_takes_is_refused(size_bytes: int) -> None:
    with pytest.raises(ValueError, match="cannot be stored"):
        part_size_for(size_bytes)


@pytest.mark.parametrize(("size_bytes", "count"), [(0, 0), (1, 1), (7, 1), (8, 1), (9, 2), (16, 2), (17, 3)])
def test_the_count_of_parts_covers_the_file(size_bytes: int, count: int) -> None:
    assert part_count(size_bytes, 8) == count


@pytest.mark.parametrize("size_bytes", [1, 7, 8, 9, 16, 17])
def test_the_sizes_of_all_parts_add_up_to_the_file(size_bytes: int) -> None:
    sizes = [size_of_part(number, size_bytes, 8) for number in range(1, part_count(size_bytes, 8) + 1)]
    assert sum(sizes) == size_bytes
    assert all(size == 8 for size in sizes[:-1])
    assert 1 <= sizes[-1] <= 8


@pytest.mark.parametrize(("number", "size_bytes"), [(0, 9), (-1, 9), (3, 9), (1, 0)])
def test_a_number_that_the_file_does_not_have_is_refused(number: int, size_bytes: int) -> None:
    with pytest.raises(ValueError, match="no part"):
        size_of_part(number, size_bytes, 8)
