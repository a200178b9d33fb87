"""badcrossbar and scipy on the arrays of `Benchmarks wires`: pip install badcrossbar==1.1.0 scipy

Prints the same table. Conductances are log-uniform in 1…150 µS, all segments 1 ohm; scipy factorises
the nodal matrix by SuperLU. Arguments: the program (badcrossbar or scipy), the array's side, and the
number of vectors.
"""

import sys
import time

import numpy as np
import scipy.sparse
import scipy.sparse.linalg

program, n, vectors = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
random = np.random.default_rng(1)
conductances = 1e-6 * 150 ** random.random((n, n))
voltages = random.random((n, vectors))


def by_badcrossbar():
    return badcrossbar.compute(voltages, 1 / conductances, r_i=1.0)


def by_scipy():
    u = np.arange(n * n).reshape(n, n)
    w = u + n * n
    a = np.concatenate([u.ravel(), u[:, 1:].ravel(), w[1:].ravel()])
    b = np.concatenate([w.ravel(), u[:, :-1].ravel(), w[:-1].ravel()])
    g = np.concatenate([conductances.ravel(), np.ones(2 * n * (n - 1))])
    ends = np.concatenate([u[:, 0], w[-1]])
    rows = np.concatenate([a, b, a, b, ends])
    columns = np.concatenate([b, a, a, b, ends])
    values = np.concatenate([-g, -g, g, g, np.ones(2 * n)])
    matrix = scipy.sparse.csc_matrix((values, (rows, columns)), shape=(2 * n * n, 2 * n * n))
    right = np.zeros((2 * n * n, vectors))
    right[u[:, 0]] = voltages
    return scipy.sparse.linalg.splu(matrix, permc_spec="MMD_AT_PLUS_A").solve(right)


body = by_scipy
if program == "badcrossbar":
    import badcrossbar

    body = by_badcrossbar
best, spent = float("inf"), 0.0
while spent < 2.0:
    start = time.perf_counter()
    body()
    elapsed = time.perf_counter() - start
    best, spent = min(best, elapsed), spent + elapsed
print("case,quantity,value,unit,baseline,times")
print(f"{program},{vectors} vectors {n}x{n},{best * 1e3},ms,,")
