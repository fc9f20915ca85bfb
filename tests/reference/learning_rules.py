"""The synapses of the library, written again as functions of arrays of all pairs; `Pairs` has the order of a step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.reference.plasticity import Array, Pairs

Values = dict[str, Array]
At = NDArray[np.bool_]


def clipped(v: Values, at: At, change: Any, low: float, high: float) -> None:
    v["w"] = np.where(at, np.clip(v["w"] + change, low, high), v["w"])


def transmit(v: Values, at: At) -> None:
    v["g"] += np.where(at, v["w"], 0.0)


def potential(t: Any) -> Any:
    """What the postsynaptic neurons' `v` is, mV."""
    return -60.0 + 25.0 * np.sin(0.07 * t)


def stp(tau_rec: float, tau_facil: float, U: float) -> Pairs:
    def pre(v: Values, at: At) -> None:
        v["g"] += np.where(at, v["w"] * v["u"] * v["x"], 0.0)
        v["x"] = np.where(at, v["x"] - v["u"] * v["x"], v["x"])
        v["u"] = np.where(at, v["u"] + U * (1 - v["u"]), v["u"])

    return Pairs({}, {"x": (tau_rec, 1.0), "u": (tau_facil, U)}, pre)


def tsodyks_markram(tau_rec: float, tau_facil: float, tau_psc: float, U: float) -> Pairs:
    """Three pools of resources and the utilisation of the paper; between steps the exact flow from y to z to x."""

    def start(v: Values) -> None:
        for name, value in {"pool_x": 1.0, "pool_y": 0.0, "pool_z": 0.0, "utilisation": 0.0}.items():
            v.setdefault(name, np.full(v["w"].shape, value))

    def pre(v: Values, at: At) -> None:
        start(v)
        v["utilisation"] = np.where(at, v["utilisation"] + U * (1 - v["utilisation"]), v["utilisation"])
        released = np.where(at, v["utilisation"] * v["pool_x"], 0.0)
        v["g"] += v["w"] * released
        v["pool_x"] = v["pool_x"] - released
        v["pool_y"] = v["pool_y"] + released

    def equations(v: Values, _: At) -> None:
        y, z, dt = v["pool_y"], v["pool_z"], 0.1
        fast, slow = np.exp(-dt / tau_psc), np.exp(-dt / tau_rec)
        v["pool_y"] = y * fast
        v["pool_z"] = z * slow + y * tau_rec / (tau_rec - tau_psc) * (slow - fast)
        v["pool_x"] = 1.0 - v["pool_y"] - v["pool_z"]
        v["utilisation"] = v["utilisation"] * np.exp(-dt / tau_facil)
        ratio = 1.0 / (tau_psc - tau_rec)
        v["y"], v["a"] = v["pool_y"], v["pool_z"] - v["pool_y"] * tau_rec * ratio
        v["u"] = v["utilisation"] + U * (1 - v["utilisation"])

    return Pairs({}, {}, pre, equations=equations)


def stdp(tau_plus: float, tau_minus: float, A_plus: float, A_minus: float, w_min: float, w_max: float) -> Pairs:
    def pre(v: Values, at: At) -> None:
        transmit(v, at)
        v["x"] = v["x"] + A_plus * w_max * at
        clipped(v, at, v["y"], w_min, w_max)

    def post(v: Values, at: At) -> None:
        v["y"] = v["y"] - A_minus * w_max * at
        clipped(v, at, v["x"], w_min, w_max)

    return Pairs({}, {"x": (tau_plus, 0.0), "y": (tau_minus, 0.0)}, pre, post)


def pair_stdp(
    tau_plus: float, tau_minus: float, A_plus: float, A_minus: float, mu_plus: float, mu_minus: float, w_max: float
) -> Pairs:
    def pre(v: Values, at: At) -> None:
        transmit(v, at)
        clipped(v, at, -A_minus * w_max * np.maximum(v["w"] / w_max, 0.0) ** mu_minus * v["y"], 0.0, np.inf)
        v["x"] = v["x"] + at

    def post(v: Values, at: At) -> None:
        clipped(v, at, A_plus * w_max * np.maximum(1 - v["w"] / w_max, 0.0) ** mu_plus * v["x"], -np.inf, w_max)
        v["y"] = v["y"] + at

    return Pairs({}, {"x": (tau_plus, 0.0), "y": (tau_minus, 0.0)}, pre, post)


def nearest_stdp(tau_plus: float, tau_minus: float, A_plus: float, A_minus: float, w_min: float, w_max: float) -> Pairs:
    def pre(v: Values, at: At) -> None:
        transmit(v, at)
        clipped(v, at, -A_minus * w_max * v["y"], w_min, w_max)
        v["x"] = np.where(at, 1.0, v["x"])

    def post(v: Values, at: At) -> None:
        clipped(v, at, A_plus * w_max * v["x"], w_min, w_max)
        v["y"] = np.where(at, 1.0, v["y"])

    return Pairs({}, {"x": (tau_plus, 0.0), "y": (tau_minus, 0.0)}, pre, post)


def triplet_stdp(p: dict[str, float]) -> Pairs:
    def pre(v: Values, at: At) -> None:
        transmit(v, at)
        clipped(v, at, -v["o1"] * (p["A2_minus"] + p["A3_minus"] * v["r2"]), p["w_min"], p["w_max"])
        v["r1"], v["r2"] = v["r1"] + at, v["r2"] + at

    def post(v: Values, at: At) -> None:
        clipped(v, at, v["r1"] * (p["A2_plus"] + p["A3_plus"] * v["o2"]), p["w_min"], p["w_max"])
        v["o1"], v["o2"] = v["o1"] + at, v["o2"] + at

    taus = {"r1": "tau_plus", "r2": "tau_x", "o1": "tau_minus", "o2": "tau_y"}
    return Pairs({}, {name: (p[tau], 0.0) for name, tau in taus.items()}, pre, post)


def clopath(p: dict[str, float]) -> Pairs:
    def pre(v: Values, at: At) -> None:
        transmit(v, at)
        clipped(v, at, -p["A_LTD"] * np.maximum(v["u_minus"] - p["theta_minus"], 0.0), p["w_min"], p["w_max"])
        v["x"] = v["x"] + at / p["tau_x"]

    def equations(v: Values, everywhere: At) -> None:
        now = potential(v["t"])
        for name, tau in (("u_minus", p["tau_minus"]), ("u_plus", p["tau_plus"])):
            v[name] = now + (v[name] - now) * np.exp(-0.1 / tau)
        over = np.maximum(now - p["theta_plus"], 0.0) * np.maximum(v["u_plus"] - p["theta_minus"], 0.0)
        clipped(v, everywhere, 0.1 * p["A_LTP"] * v["x"] * over, p["w_min"], p["w_max"])

    return Pairs({}, {"x": (p["tau_x"], 0.0)}, pre, equations=equations)


def vogels_sprekeler(tau: float, eta: float, rho: float, w_min: float, w_max: float) -> Pairs:
    def pre(v: Values, at: At) -> None:
        transmit(v, at)
        clipped(v, at, eta * (v["y"] - 2e-3 * rho * tau), w_min, w_max)
        v["x"] = v["x"] + at

    def post(v: Values, at: At) -> None:
        clipped(v, at, eta * v["x"], w_min, w_max)
        v["y"] = v["y"] + at

    return Pairs({}, {"x": (tau, 0.0), "y": (tau, 0.0)}, pre, post)


def dopamine_stdp(p: dict[str, float]) -> Pairs:
    def pre(v: Values, at: At) -> None:
        transmit(v, at)
        v["c"] = v["c"] - p["A_minus"] * v["y"] * at
        v["x"] = v["x"] + at

    def post(v: Values, at: At) -> None:
        v["c"] = v["c"] + p["A_plus"] * v["x"] * at
        v["y"] = v["y"] + at

    def equations(v: Values, everywhere: At) -> None:
        clipped(v, everywhere, 0.1 * v["c"] * v["d"], p["w_min"], p["w_max"])

    taus = {"x": "tau_plus", "y": "tau_minus", "c": "tau_c", "d": "tau_d"}
    return Pairs({}, {name: (p[tau], 0.0) for name, tau in taus.items()}, pre, post, equations)


def homeostatic_scaling(p: dict[str, float]) -> Pairs:
    def equations(v: Values, everywhere: At) -> None:
        v["s"] = v["s"] + 0.1 * (p["goal"] - v["a"])
        v["a"] = v["a"] * np.exp(-0.1 / p["tau"])
        drive = p["beta"] * (p["goal"] - v["a"]) + p["gamma"] * v["s"]
        clipped(v, everywhere, 0.1 * v["w"] * drive, p["w_min"], p["w_max"])

    def post(v: Values, at: At) -> None:
        v["a"] = v["a"] + 1000.0 / p["tau"] * at

    return Pairs({}, {}, transmit, post, equations)


# ---- rate-coded: one step of 1 ms, `pre` of shape (1, pre), `post` of shape (post, 1) --------------------------------

RateRule = Callable[[Values, Array, Array], None]


def hebb(eta: float) -> RateRule:
    def learn(v: Values, pre: Array, post: Array) -> None:
        v["w"] = np.maximum(v["w"] + eta * pre * post, 0.0)

    return learn


def oja(eta: float, alpha: float) -> RateRule:
    def learn(v: Values, pre: Array, post: Array) -> None:
        v["w"] = np.maximum(v["w"] + eta * (pre * post - alpha * post * post * v["w"]), 0.0)

    return learn


def ibcm(eta: float, tau: float) -> RateRule:
    def learn(v: Values, pre: Array, post: Array) -> None:
        v["theta"] = post**2 + (v["theta"] - post**2) * np.exp(-1.0 / tau)
        v["w"] = np.maximum(v["w"] + eta * post * (post - v["theta"]) * pre, 0.0)

    return learn


def bcm(eta: float, tau: float, goal: float, p: float, decay: float) -> RateRule:
    def learn(v: Values, pre: Array, post: Array) -> None:
        v["m"] = post + (v["m"] - post) * np.exp(-1.0 / tau)
        v["w"] = v["w"] + eta * post * (post - (v["m"] / goal) ** p * v["m"]) * pre - decay * v["w"]

    return learn


def covariance(eta: float, tau: float, w_min: float, w_max: float) -> RateRule:
    """The change of the weight sees the mean of the step before on its own side, of this step on the other."""

    def learn(v: Values, pre: Array, post: Array) -> None:
        v["post_mean"] = post + (v["post_mean"] - post) * np.exp(-1.0 / tau)
        change = eta * (pre - v["pre_mean"]) * (post - v["post_mean"])
        v["pre_mean"] = pre + (v["pre_mean"] - pre) * np.exp(-1.0 / tau)
        v["w"] = np.clip(v["w"] + change, w_min, w_max)

    return learn
