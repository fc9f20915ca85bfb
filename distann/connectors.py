"""The connectors that follow a rule: who is connected to whom, and with which weights and delays."""

from __future__ import annotations

import math
from typing import Any

from distann.given import Delays, Profile, Space, Weights, check_hints
from distann.listed import ListedConnectors
from distann.model.distance import Distance
from distann.model.rules import (
    AllToAll,
    FixedNumberPost,
    FixedNumberPre,
    FixedProbability,
    FixedTotalNumber,
    OneToOne,
    PairwiseProbability,
)

__all__ = ["Connectors"]


class Connectors(ListedConnectors):
    """The connectors of a projection. One of them is called, once, before ``compile()``, and returns the projection.

    All take `weights` and `delays` (ms; rounded half up to steps, at least one): a number, a distribution, an
    expression of the distance such as ``"exp(-d / 0.2)"`` (a text, or a `Distance`), or an array of the shape
    (postsynaptic, presynaptic). And all take the hints `storage_format` and `storage_order`, which never change
    results. A weight that is one number is stored once (``proj.w`` is a number then) unless `force_multiple_weights` is
    true.
    """

    def all_to_all(
        self: Any,
        weights: Weights,
        delays: Delays = 0.0,
        allow_self_connections: bool = False,
        force_multiple_weights: bool = False,
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Any:
        """Connect every presynaptic neuron to every postsynaptic one.

        Parameters
        ----------
        weights : float, RandomDistribution, str, Distance or array
        delays : float, RandomDistribution, str, Distance or array
            ms.
        allow_self_connections : bool
            Whether a neuron connects to itself; matters when both sides are one population.
        force_multiple_weights : bool
            Store a weight for each synapse even when all are one number; its parameters too.
        storage_format, storage_order : str, optional
            Hints.
        """
        check_hints(storage_format, storage_order)
        return self._connect(AllToAll(allow_self_connections), weights, delays, force_multiple_weights)

    def one_to_one(
        self: Any,
        weights: Weights = 1.0,
        delays: Delays = 0.0,
        force_multiple_weights: bool = False,
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Any:
        """Connect neuron i of one side to neuron i of the other, as far as the smaller side goes.

        Parameters are those of `all_to_all`; an array of weights or delays may also have one value a pair.
        """
        check_hints(storage_format, storage_order)
        self._warn_of_sizes()
        return self._connect(OneToOne(), weights, delays, force_multiple_weights)

    def fixed_probability(
        self: Any,
        probability: float,
        weights: Weights,
        delays: Delays = 0.0,
        allow_self_connections: bool = False,
        force_multiple_weights: bool = False,
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Any:
        """Connect each pair with the same probability, independently.

        Parameters
        ----------
        probability : float
            From 0 to 1.

        The others are those of `all_to_all`.
        """
        check_hints(storage_format, storage_order)
        rule = FixedProbability(probability, allow_self_connections)
        return self._connect(rule, weights, delays, force_multiple_weights)

    def fixed_number_pre(
        self: Any,
        number: int,
        weights: Weights,
        delays: Delays = 0.0,
        allow_self_connections: bool = False,
        force_multiple_weights: bool = False,
        storage_format: str | None = None,
        storage_order: str | None = None,
        allow_multapses: bool = False,
    ) -> Any:
        """Connect each postsynaptic neuron to the same number of presynaptic ones, chosen at random.

        Parameters
        ----------
        number : int
            Presynaptic neurons of each postsynaptic one; all of them, with a warning, when there are not as many.
        allow_multapses : bool
            Whether one may be chosen again, so that the pair has several synapses. Otherwise all differ.

        The others are those of `all_to_all`.
        """
        check_hints(storage_format, storage_order)
        rule = FixedNumberPre(number, allow_self_connections, bool(allow_multapses))
        self._warn_of_number(rule, self.pre.size, "presynaptic")
        return self._connect(rule, weights, delays, force_multiple_weights)

    def fixed_number_post(
        self: Any,
        number: int,
        weights: Weights = 1.0,
        delays: Delays = 0.0,
        allow_self_connections: bool = False,
        force_multiple_weights: bool = False,
        storage_format: str | None = None,
        storage_order: str | None = None,
        allow_multapses: bool = False,
    ) -> Any:
        """Connect each presynaptic neuron to the same number of postsynaptic ones, chosen at random.

        Parameters
        ----------
        number : int
            Postsynaptic neurons of each presynaptic one; all of them, with a warning, when there are not as many.
        allow_multapses : bool
            Whether one may be chosen again, so that the pair has several synapses. Otherwise all differ.

        The others are those of `all_to_all`.
        """
        check_hints(storage_format, storage_order)
        rule = FixedNumberPost(number, allow_self_connections, bool(allow_multapses))
        self._warn_of_number(rule, self.post.size, "postsynaptic")
        return self._connect(rule, weights, delays, force_multiple_weights)

    def fixed_total_number(
        self: Any,
        number: int,
        weights: Weights,
        delays: Delays = 0.0,
        allow_self_connections: bool = True,
        allow_multapses: bool = True,
        force_multiple_weights: bool = False,
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Any:
        """Connect a number of pairs, chosen at random from all pairs.

        Parameters
        ----------
        number : int
            Synapses in all.
        allow_multapses : bool
            Whether a pair can be chosen again, so that it has several synapses. Otherwise all pairs differ.

        The others are those of `all_to_all`.

        Raises
        ------
        ConfigurationError
            When there are not as many pairs.
        """
        check_hints(storage_format, storage_order)
        rule = FixedTotalNumber(number, allow_self_connections, allow_multapses)
        self._check_pairs(rule)
        return self._connect(rule, weights, delays, force_multiple_weights)

    def pairwise_probability(
        self: Any,
        probability: float | str | Distance,
        weights: Weights,
        delays: Delays = 0.0,
        max_distance: float = math.inf,
        extent: float | tuple[float, ...] = 1.0,
        wrap: bool = False,
        allow_self_connections: bool = False,
        force_multiple_weights: bool = False,
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Any:
        """Connect each pair with a probability that depends on its distance, independently.

        Parameters
        ----------
        probability : str, Distance or float
            An expression of the distance ``d`` that lies between 0 and 1: ``"0.3 * exp(-d**2 / (2 * 0.1**2))"``.
        max_distance : float
            Pairs farther apart are not connected, and cost nothing: with it local connections are found quickly.
        extent, wrap
            Length of each axis, and whether it closes to a ring: see `Distance`. They hold for texts given as
            `probability`, `weights` and `delays`.

        The others are those of `all_to_all`.

        Raises
        ------
        EquationError, ConfigurationError
        KernelError
            By ``compile()``, when the probability of a pair is not between 0 and 1.
        """
        check_hints(storage_format, storage_order)
        space = Space(extent, wrap)
        text = repr(float(probability)) if isinstance(probability, int | float) else probability
        rule = PairwiseProbability(space.distance(text), max_distance, allow_self_connections)
        return self._connect(rule, weights, delays, force_multiple_weights, space)

    def gaussian(
        self: Any,
        amp: float,
        sigma: float,
        delays: Delays = 0.0,
        limit: float = 0.01,
        allow_self_connections: bool = False,
        storage_format: str | None = None,
        storage_order: str | None = None,
        wrap: bool = False,
    ) -> Any:
        """Connect neighbours, with weights that fall with the distance: ``amp * exp(-d**2 / (2 * sigma**2))``.

        Parameters
        ----------
        amp : float
            Weight at distance 0.
        sigma : float
            Width, where each axis of a population has the length 1.
        limit : float
            Weights that are not larger than this part of `amp`, in size, are left out.
        wrap : bool
            Whether each axis closes to a ring.

        The others are those of `all_to_all`.
        """
        check_hints(storage_format, storage_order)
        profile = Profile(((amp, sigma),), limit)
        return self._connect_profile(profile, delays, allow_self_connections, wrap)

    def dog(
        self: Any,
        amp_pos: float,
        sigma_pos: float,
        amp_neg: float,
        sigma_neg: float,
        delays: Delays = 0.0,
        limit: float = 0.01,
        allow_self_connections: bool = False,
        storage_format: str | None = None,
        storage_order: str | None = None,
        wrap: bool = False,
    ) -> Any:
        """Connect neighbours, with weights that are the difference of two Gaussians of the distance.

        Parameters
        ----------
        amp_pos, sigma_pos : float
            Of the first Gaussian, see `gaussian`.
        amp_neg, sigma_neg : float
            Of the one that is subtracted.
        limit : float
            Weights that are not larger than this part of ``amp_pos - amp_neg``, in size, are left out.
        wrap : bool
            Whether each axis closes to a ring.

        The others are those of `all_to_all`.
        """
        check_hints(storage_format, storage_order)
        profile = Profile(((amp_pos, sigma_pos), (-amp_neg, sigma_neg)), limit)
        return self._connect_profile(profile, delays, allow_self_connections, wrap)

    def _connect_profile(self: Any, profile: Profile, delays: Delays, allow_self_connections: bool, wrap: bool) -> Any:
        space = Space(1.0, wrap)
        rule = PairwiseProbability(space.distance(profile.connected), profile.reach, allow_self_connections)
        return self._connect(rule, space.distance(profile.weight), delays, True, space)

    connect_all_to_all = all_to_all
    connect_one_to_one = one_to_one
    connect_fixed_probability = fixed_probability
    connect_fixed_number_pre = fixed_number_pre
    connect_fixed_number_post = fixed_number_post
    connect_fixed_total_number = fixed_total_number
    connect_pairwise_probability = pairwise_probability
    connect_gaussian = gaussian
    connect_dog = dog
