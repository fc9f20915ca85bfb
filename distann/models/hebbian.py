"""Rate-coded synapses that learn. All transmit ``w pre.r``. Times are in ms, learning rates `eta` per ms."""

from __future__ import annotations

from distann.model import Synapse
from distann.models.parameters import lines

__all__ = ["BCM", "IBCM", "Covariance", "Hebb", "Oja"]


class Hebb(Synapse):
    """Hebb's rule, ``dw/dt = eta pre.r post.r``, for weights that are not negative.

    Parameters
    ----------
    eta : float
        Learning rate.

    References
    ----------
    D. O. Hebb, *The organization of behavior*, Wiley 1949; P. Dayan and L. F. Abbott, *Theoretical neuroscience*, MIT
    Press 2001, equation 8.2.
    """

    def __init__(self, eta: float = 0.01) -> None:
        super().__init__(
            parameters=lines(eta=eta),
            equations="dw/dt = eta * pre.r * post.r : min = 0.0, explicit",
            name="Hebb",
            description="Hebb's rule.",
        )


class Oja(Synapse):
    """Oja's rule, ``dw/dt = eta (pre.r post.r - alpha post.r**2 w)``, for weights that are not negative.

    The weights of a linear neuron turn into the direction of the first principal component of its inputs, their
    squares add up to ``1 / alpha``.

    Parameters
    ----------
    eta : float
        Learning rate.
    alpha : float
        Strength of the normalisation.

    References
    ----------
    E. Oja, *A simplified neuron model as a principal component analyzer*, Journal of Mathematical Biology 15, 1982.
    """

    def __init__(self, eta: float = 0.01, alpha: float = 1.0) -> None:
        super().__init__(
            parameters=lines(eta=eta, alpha=alpha),
            equations="dw/dt = eta * (pre.r * post.r - alpha * post.r**2 * w) : min = 0.0, explicit",
            name="Oja",
            description="Oja's rule: Hebbian with a regularisation of each neuron's weights.",
        )


class IBCM(Synapse):
    """The rule of Bienenstock, Cooper and Munro in the form of Intrator and Cooper.

    ``dw/dt = eta post.r (post.r - theta) pre.r``, for weights that are not negative; the threshold theta follows
    ``post.r**2`` with the time constant `tau`.

    Parameters
    ----------
    eta : float
        Learning rate.
    tau : float
        Time constant of the threshold, ms.

    References
    ----------
    N. Intrator and L. N. Cooper, *Objective function formulation of the BCM theory of visual cortical plasticity*,
    Neural Networks 5, 1992.
    """

    def __init__(self, eta: float = 0.01, tau: float = 2000.0) -> None:
        super().__init__(
            parameters=f"{lines(tau=tau)} : projection\n{lines(eta=eta)}",
            equations="""
                tau * dtheta/dt + theta = post.r**2 : postsynaptic, exponential
                dw/dt = eta * post.r * (post.r - theta) * pre.r : min = 0.0, explicit
            """,
            name="IBCM",
            description="The rule of Bienenstock, Cooper and Munro in the form of Intrator and Cooper.",
        )


class BCM(Synapse):
    """The rule of Bienenstock, Cooper and Munro.

    ``dw/dt = eta post.r (post.r - (m / goal)**p m) pre.r - decay w``, where m is post.r, averaged with the time
    constant `tau`. Weights may become negative.

    Parameters
    ----------
    eta : float
        Learning rate.
    tau : float
        Time constant of the average, ms.
    goal : float
        The average rate at which it is its own threshold.
    p : float
        Exponent of the threshold.
    decay : float
        Of the weights, 1/ms.

    References
    ----------
    E. L. Bienenstock, L. N. Cooper and P. W. Munro, *Theory for the development of neuron selectivity: orientation
    specificity and binocular interaction in visual cortex*, Journal of Neuroscience 2, 1982.
    """

    def __init__(
        self, eta: float = 0.01, tau: float = 2000.0, goal: float = 1.0, p: float = 1.0, decay: float = 0.0
    ) -> None:
        super().__init__(
            parameters=f"{lines(tau=tau)} : projection\n{lines(eta=eta, goal=goal, p=p, decay=decay)}",
            equations="""
                tau * dm/dt = post.r - m : postsynaptic, exponential
                dw/dt = eta * post.r * (post.r - pos(m / goal)**p * m) * pre.r - decay * w : explicit
            """,
            name="BCM",
            description="The rule of Bienenstock, Cooper and Munro.",
        )


class Covariance(Synapse):
    """The covariance rule, ``dw/dt = eta (pre.r - pre_mean) (post.r - post_mean)``.

    The means are rates averaged with the time constant `tau`.

    Parameters
    ----------
    eta : float
        Learning rate.
    tau : float
        Time constant of the means, ms.
    w_min, w_max : float
        Bounds of the weight.

    References
    ----------
    T. J. Sejnowski, *Storing covariance with nonlinearly interacting neurons*, Journal of Mathematical Biology 4,
    1977; P. Dayan and L. F. Abbott, *Theoretical neuroscience*, MIT Press 2001, equations 8.7 to 8.9.
    """

    def __init__(self, eta: float = 0.01, tau: float = 1000.0, w_min: float = 0.0, w_max: float = 1.0) -> None:
        super().__init__(
            parameters=f"{lines(tau=tau)} : projection\n{lines(eta=eta, w_min=w_min, w_max=w_max)}",
            equations="""
                tau * dpre_mean/dt = pre.r - pre_mean : exponential
                tau * dpost_mean/dt = post.r - post_mean : postsynaptic, exponential
                dw/dt = eta * (pre.r - pre_mean) * (post.r - post_mean) : min = w_min, max = w_max, explicit
            """,
            name="Covariance",
            description="The covariance rule.",
        )
