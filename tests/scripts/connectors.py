"""One projection of each connector; nothing happens, the synapses are what is compared."""

import os
import tempfile

import numpy as np

from distann import *
from distann.runtime.startup import start

setup(dt=0.5, seed=3)
sheet, line, few = Population((12, 10), Izhikevich), Population(77, Izhikevich), Population(3, Izhikevich)
other = Population((7, 9), Izhikevich)
view, reverse = sheet[[5, 90, 33, 2, 61, 62, 118]], line[::-2]
same = {"weights": Uniform(0.0, 1.0), "delays": Uniform(0.5, 4.0)}


def between(pre, post):
    return Projection(pre, post, "exc")


def pattern(pre, post):
    synapses = LILConnectivity()
    for rank in range(0, post.size, 3):
        synapses.add(rank, np.arange(rank % 7, pre.size, 5), 0.1 * rank, 1.0 + rank % 3)
    return synapses


edges = np.random.default_rng(4).choice(77 * 120, 900, replace=False)
everyone = between(few, line).all_to_all(**same)
pairs = between(line, sheet).one_to_one(**same)
bernoulli = between(sheet, sheet).fixed_probability(0.2, **same)
before = between(line, few).fixed_number_pre(11, **same)
before_again = between(reverse, view).fixed_number_pre(60, allow_multapses=True, **same)
after = between(sheet, line).fixed_number_post(9, **same)
after_most = between(line, line).fixed_number_post(70, **same)
after_again = between(reverse, reverse).fixed_number_post(20, allow_multapses=True, **same)
after_view = between(sheet, view).fixed_number_post(2, 0.5)
total = between(sheet, line).fixed_total_number(2000, **same)
hill = between(sheet, other).gaussian(1.0, 0.1, delays="0.5 + 3 * d")
hat = between(sheet, sheet).dog(1.0, 0.1, 0.5, 0.2, wrap=True)
near = between(view, sheet).pairwise_probability("exp(-d / 0.2)", "d", wrap=True)
matrix = between(line, sheet).from_matrix(np.arange(77 * 120).reshape(120, 77) % 13.0)
given = between(line, sheet).from_coo(edges // 77, edges % 77, edges * 0.1, 0.5 + edges % 4)
function = between(sheet, other).from_function(pattern)
compile()
path = os.path.join(tempfile.gettempdir(), f"distann-connectors-{os.getppid()}-{start().size}.npz")
path = start().bcast(path)
given.save_connectivity(path)
clear()
setup(dt=0.5, seed=3)
sheet, line = Population((12, 10), Izhikevich), Population(77, Izhikevich)
loaded = between(line, sheet).from_file(path)
compile()
start().barrier()
if start().rank == 0:
    os.unlink(path)
