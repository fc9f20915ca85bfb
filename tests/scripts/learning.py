"""A network of conductance-based neurons that learns by rules of the library, and rate-coded neurons that do."""

import sys

import numpy as np

from distann import *

setup(dt=0.1, seed=33)
COBA = Neuron(
    equations="""
        20.0 * dv/dt = (-60.0 - v) - g_exc * v + g_inh * (-80.0 - v) : init = -60.0, exponential
        5.0 * dg_exc/dt = -g_exc : exponential
        10.0 * dg_inh/dt = -g_inh : exponential
        40.0 * dreward/dt = g_reward - reward : exponential
    """,
    spike="v > -50.0",
    reset="v = -60.0",
    refractory=5.0,
)
cells = Population(300, COBA, name="cells")
cells.v = Uniform(-60.0, -50.0)
noise = PoissonPopulation(60, rates=12.0, name="noise")
outside = Projection(noise, cells, "exc", TsodyksMarkram(tau_rec=100.0, U=0.3))
outside.connect_fixed_number_pre(12, Uniform(0.4, 1.0), delays=Uniform(0.1, 1.5))
stdp = Projection(cells[:240], cells, "exc", STDP(w_max=0.3, A_minus=0.0105))
stdp.connect_fixed_probability(0.1, Uniform(0.0, 0.3), delays=Uniform(0.1, 3.0))
inhibition = Projection(cells[240:], cells, "inh", VogelsSprekeler(eta=0.05, rho=8.0))
inhibition.connect_fixed_probability(0.2, 1.0, delays=0.8, force_multiple_weights=True)
triplet = Projection(cells[:120], cells[240:], "exc", TripletSTDP(w_max=0.4))
triplet.connect_fixed_number_pre(5, Uniform(0.0, 0.2), delays=1.0)
voltage = Projection(noise, cells[:90:3], "exc", Clopath(theta_plus=-57.0, A_LTP=8e-4, w_max=0.5))
voltage.connect_all_to_all(Uniform(0.0, 0.1), delays=0.3)
rewarded = Projection(noise, cells[100:140], ["exc", "reward"], DopamineSTDP(w_max=0.2, dopamine="post.reward"))
rewarded.connect_all_to_all(Uniform(0.0, 0.05))
scaled = Projection(noise, cells[200:], "exc", HomeostaticScaling(tau=1000.0, beta=4e-6, gamma=1e-10))
scaled.connect_fixed_number_post(20, Uniform(0.0, 0.2), delays=0.5)
facilitating = Projection(cells[140:200], cells[:100], "exc", STP(tau_facil=200.0, U=0.1))
facilitating.connect_fixed_total_number(400, 0.2, allow_multapses=True)
unit = Neuron(equations="5.0 * dr/dt = 0.2 * sum(in) - r + 0.5 + 0.4 * sin(0.01 * t) : exponential")
sheet = Population((6, 7), unit)
sheet.r = Uniform(0.0, 1.0)
oja = Projection(sheet, sheet, "in", Oja(eta=0.002, alpha=20.0))
oja.connect_fixed_probability(0.5, Uniform(0.0, 0.05), delays=Uniform(0.1, 0.5))
covariance = Projection(sheet, sheet, "in", Covariance(eta=1e-3, w_max=0.02))
covariance.connect_all_to_all(Uniform(0.0, 0.01), allow_self_connections=True)
compile()
scaled.enable_learning(period=1.0)
M = Monitor(cells, ["spike"])
simulate(float(sys.argv[1]))
spikes = M.get("spike")
c, u_plus, integral = rewarded.c.flat, np.asarray(voltage.u_plus), np.asarray(scaled.s)
