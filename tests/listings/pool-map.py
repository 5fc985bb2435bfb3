# SPDX-License-Identifier: MIT
"""The listing that user/demos/pool-map.c follows."""
from multiprocessing import Pool


def sum_of_squares(n):
    return sum(i * i for i in range(n))


if __name__ == "__main__":
    with Pool(4) as pool:
        print(pool.map(sum_of_squares, [1_000_000] * 4))
