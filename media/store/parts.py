"""How a file of known size is cut into parts. Pure arithmetic; the limits are those of S3.

Source of the limits: "Amazon S3 multipart upload limits". Other stores have the same or wider ones,
but some ask that all parts but the last have one size, and our local store does, too.
"""

MIB = 1024 * 1024
# Every part but the last must have at least 5 MiB; 8 MiB needs fewer requests and still is quickly sent again.
SMALLEST_PART_BYTES = 8 * MIB
MAX_PARTS = 10_000
LARGEST_PART_BYTES = 5 * 1024 * MIB
LARGEST_OBJECT_BYTES = 5 * 1024 * 1024 * MIB


def part_size_for(size_bytes: int) -> int:
    """Return the size in bytes of every part but the last for a file of `size_bytes`.

    8 MiB while that needs at most 10,000 parts, else the smallest whole number of MiB that does.
    Raises ValueError below 0 and above 5 TiB, the largest object that S3 holds.
    """
    if not 0 <= size_bytes <= LARGEST_OBJECT_BYTES:
        raise ValueError(f"a file of {size_bytes} bytes cannot be stored in parts")
    smallest_possible = -(-size_bytes // MAX_PARTS)
    whole_mib = -(-smallest_possible // MIB) * MIB
    return max(SMALLEST_PART_BYTES, whole_mib)


def part_count(size_bytes: int, part_size_bytes: int) -> int:
    """Return how many parts a file has; an empty file has none."""
    return -(-size_bytes // part_size_bytes)


def size_of_part(number: int, size_bytes: int, part_size_bytes: int) -> int:
    """Return the size in bytes of part `number` (from 1). Raises ValueError for a number the file does not have."""
    if not 1 <= number <= part_count(size_bytes, part_size_bytes):
        raise ValueError(f"there is no part {number}")
    return min(part_size_bytes, size_bytes - (number - 1) * part_size_bytes)
