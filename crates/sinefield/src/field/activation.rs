//! The activations σ, their first five derivatives and their initialisers.
//!
//! A layer computes `h = σ(a)` with `a = ω z`. The backward pass needs σ', σ'', σ''' at the same `a`. They
//! are cheap functions of `h` and of one more number, `kept`, which the forward pass also returns (for the
//! sine, `kept = cos a`). An activation is therefore two functions. [`Activation::value`] returns
//! `(h, kept)`. [`Activation::slopes`] turns these into `[σ', σ'', σ''']`, with respect to `a`. Jets with third
//! and fourth derivatives need two more slopes, which [`Activation::higher_slopes`] gives.
//!
//! To add an activation, add a variant, its arms below, and its entry in [`Activation::ALL`].

use serde::{Deserialize, Serialize};

use super::init::{Initializer, Spread};
use super::lane::Lane;

/// The nonlinearity of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Activation {
    /// `sin(a)`: the activation of sine networks.
    Sine,
    /// `max(a, 0)`. Its second derivative is 0 everywhere by definition.
    Relu,
    /// `tanh(a)`.
    Tanh,
    /// `1 / (1 + exp(-a))`.
    Sigmoid,
    /// `ln(1 + exp(a))`.
    Softplus,
    /// `a` above 0, `exp(a) - 1` below.
    Elu,
    /// The self-normalising `λ a` above 0, `λ α (exp(a) - 1)` below (Klambauer et al. 2017).
    Selu,
    /// `exp(-a² / 2)`.
    Gaussian,
    /// `a` itself: the activation of the last layer.
    Linear,
}

const SELU_LAMBDA: f64 = 1.050_700_987_355_480_5;
const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;
/// The value that `elu` and `selu` keep instead of `exp(a)` for positive `a`. It exceeds `exp(a)` for `a <= 0`.
const POSITIVE: f64 = 2.0;

impl Activation {
    /// Every activation a hidden layer can have.
    pub const ALL: [Activation; 8] = [
        Activation::Sine,
        Activation::Relu,
        Activation::Tanh,
        Activation::Sigmoid,
        Activation::Softplus,
        Activation::Elu,
        Activation::Selu,
        Activation::Gaussian,
    ];

    /// The name used in files, options and messages.
    pub fn name(self) -> &'static str {
        match self {
            Activation::Sine => "sine",
            Activation::Relu => "relu",
            Activation::Tanh => "tanh",
            Activation::Sigmoid => "sigmoid",
            Activation::Softplus => "softplus",
            Activation::Elu => "elu",
            Activation::Selu => "selu",
            Activation::Gaussian => "gaussian",
            Activation::Linear => "linear",
        }
    }

    /// The default ω of a layer with this activation.
    pub fn default_omega(self) -> f32 {
        match self {
            Activation::Sine => 30.0,
            Activation::Gaussian => 10.0,
            _ => 1.0,
        }
    }

    /// The initialiser of a layer with this activation.
    ///
    /// Rectifiers follow He et al. 2015, saturating activations Glorot & Bengio 2010, and SELU Klambauer
    /// et al. 2017. The weight variance for ELU keeps a pre-activation variance of 1 fixed.
    pub fn initializer(self) -> Initializer {
        let weight = match self {
            Activation::Sine => return Initializer::Siren,
            Activation::Relu | Activation::Softplus => Spread::NormalOverFanIn(2.0),
            Activation::Tanh | Activation::Sigmoid => Spread::Xavier,
            Activation::Selu => Spread::NormalOverFanIn(1.0),
            Activation::Elu => Spread::NormalOverFanIn(1.550_518_8),
            Activation::Gaussian | Activation::Linear => Spread::UniformOverSqrtFanIn,
        };
        Initializer::Plain(weight)
    }

    /// `(h, kept)` at `a = ω z`.
    #[inline(always)]
    pub fn value<L: Lane>(self, a: L) -> (L, L) {
        let (zero, one) = (a.like(0.0), a.like(1.0));
        match self {
            Activation::Sine => a.sin_cos(),
            Activation::Relu => {
                // 0 for finite a and NaN for NaN. A maximum may turn NaN into 0.
                let off = a * zero;
                (a.where_above(0.0, a, off), a.where_above(0.0, one, off))
            }
            Activation::Tanh => {
                // Computed from exp(-2|a|), which cannot overflow.
                let magnitude = a.max(zero - a);
                let fall = (magnitude * a.like(-2.0)).exp();
                let h = (one - fall) / (one + fall);
                let h = a.where_above(0.0, h, zero - h);
                (h, h)
            }
            Activation::Sigmoid => {
                let h = sigmoid(a);
                (h, h)
            }
            Activation::Softplus => {
                let fall = (zero - a.max(zero - a)).exp();
                (a.max(zero) + fall.ln_1p_unit(), sigmoid(a))
            }
            Activation::Elu => {
                let e = a.where_above(0.0, zero, a).exp();
                let positive = a.like(POSITIVE);
                (a.where_above(0.0, a, e - one), a.where_above(0.0, positive, e))
            }
            Activation::Selu => {
                let e = a.where_above(0.0, zero, a).exp();
                let h = a.where_above(0.0, a, (e - one) * a.like(SELU_ALPHA));
                let kept = a.where_above(0.0, a.like(POSITIVE), e);
                (h * a.like(SELU_LAMBDA), kept)
            }
            Activation::Gaussian => ((a * a * a.like(-0.5)).exp(), a),
            Activation::Linear => (a, a),
        }
    }

    /// `[σ', σ'', σ''']` with respect to `a`, from the result of [`Activation::value`].
    #[inline(always)]
    pub fn slopes<L: Lane>(self, h: L, kept: L) -> [L; 3] {
        let (zero, one, two) = (h.like(0.0), h.like(1.0), h.like(2.0));
        match self {
            Activation::Sine => [kept, zero - h, zero - kept],
            Activation::Relu => [kept, zero, zero],
            Activation::Tanh => {
                let s1 = one - h * h;
                [s1, zero - two * h * s1, s1 * (h.like(6.0) * h * h - two)]
            }
            Activation::Sigmoid => {
                let s1 = h * (one - h);
                let s3 = s1 * (one - h.like(6.0) * s1);
                [s1, s1 * (one - two * h), s3]
            }
            Activation::Softplus => {
                let s2 = kept * (one - kept);
                [kept, s2, s2 * (one - two * kept)]
            }
            Activation::Elu => {
                let curve = kept.where_above(1.5, zero, kept);
                [kept.where_above(1.5, one, kept), curve, curve]
            }
            Activation::Selu => {
                let (lambda, alpha) = (h.like(SELU_LAMBDA), h.like(SELU_ALPHA));
                let curve = kept.where_above(1.5, zero, kept * lambda * alpha);
                [kept.where_above(1.5, lambda, curve), curve, curve]
            }
            Activation::Gaussian => {
                let square = kept * kept;
                let s1 = zero - kept * h;
                [s1, (square - one) * h, kept * h * (h.like(3.0) - square)]
            }
            Activation::Linear => [one, zero, zero],
        }
    }

    /// The fourth and fifth derivative with respect to `a`, from the result of [`Activation::value`].
    ///
    /// With `t = tanh a` and `f = 1 - t²`, those of tanh are `8 t f (2 - 3 t²)` and `8 f (2 - 15 t² f)`. With `s`
    /// the logistic function, `p = s (1 - s)` and `q = 1 - 2 s`, its derivatives from the third on are
    /// `p (1 - 6 p)`, `p q (1 - 12 p)` and `p (1 - 30 p + 120 p²)`.
    #[inline(always)]
    pub fn higher_slopes<L: Lane>(self, h: L, kept: L) -> [L; 2] {
        let number = |value: f64| h.like(value);
        let (zero, one, two) = (number(0.0), number(1.0), number(2.0));
        match self {
            Activation::Sine => [h, kept],
            Activation::Relu | Activation::Linear => [zero, zero],
            Activation::Tanh => {
                let square = h * h;
                let fall = one - square;
                let s5 = number(8.0) * fall * (two - number(15.0) * square * fall);
                [number(8.0) * h * fall * (two - number(3.0) * square), s5]
            }
            Activation::Sigmoid => {
                let p = h * (one - h);
                let s4 = p * (one - two * h) * (one - number(12.0) * p);
                [s4, p * (one - number(30.0) * p + number(120.0) * p * p)]
            }
            Activation::Softplus => {
                let p = kept * (one - kept);
                [p * (one - number(6.0) * p), p * (one - two * kept) * (one - number(12.0) * p)]
            }
            Activation::Elu => {
                let curve = kept.where_above(1.5, zero, kept);
                [curve, curve]
            }
            Activation::Selu => {
                let curve = kept.where_above(1.5, zero, kept * number(SELU_LAMBDA * SELU_ALPHA));
                [curve, curve]
            }
            Activation::Gaussian => {
                let square = kept * kept;
                let s4 = number(3.0) - number(6.0) * square + square * square;
                let s5 = number(10.0) * square - square * square - number(15.0);
                [s4 * h, kept * s5 * h]
            }
        }
    }
}

impl std::fmt::Display for Activation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Activation {
    type Err = super::FieldError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Activation::ALL.into_iter().find(|a| a.name() == text);
        found.ok_or_else(|| super::FieldError::UnknownActivation(text.to_string()))
    }
}

/// The logistic function, computed from `exp(-|a|)`, which cannot overflow.
#[inline(always)]
fn sigmoid<L: Lane>(a: L) -> L {
    let (zero, one) = (a.like(0.0), a.like(1.0));
    let fall = (zero - a.max(zero - a)).exp();
    a.where_above(0.0, one, fall) / (one + fall)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with central differences of the value in float64. The rounding error of the k-th derivative is
    /// (rounding / e^k), so each order has its own tolerance.
    #[test]
    fn slopes_are_the_derivatives_of_the_value() {
        for activation in Activation::ALL {
            for a in [-3.1, -0.7, -0.031, 0.02, 0.4, 1.9, 4.3] {
                let f = |x: f64| activation.value(x).0;
                let (h, kept) = activation.value(a);
                let [s1, s2, s3] = activation.slopes(h, kept);
                let e = 1e-3;
                let d1 = (f(a - 2.0 * e) - 8.0 * f(a - e) + 8.0 * f(a + e) - f(a + 2.0 * e)) / (12.0 * e);
                let d2 = (-f(a - 2.0 * e) + 16.0 * f(a - e) - 30.0 * f(a) + 16.0 * f(a + e) - f(a + 2.0 * e))
                    / (12.0 * e * e);
                let d3 =
                    (f(a + 2.0 * e) - 2.0 * f(a + e) + 2.0 * f(a - e) - f(a - 2.0 * e)) / (2.0 * e * e * e);
                assert!((s1 - d1).abs() < 1e-9, "{activation}' at {a}: {s1} against {d1}");
                assert!((s2 - d2).abs() < 1e-7, "{activation}'' at {a}: {s2} against {d2}");
                assert!((s3 - d3).abs() < 1e-4, "{activation}''' at {a}: {s3} against {d3}");
            }
        }
    }

    /// Compares with differences of the slopes below in float64, of fourth order in the step. Their error is below
    /// 1e-8: rounding over the step, and the step's fourth power times the ninth derivative over 30.
    #[test]
    fn higher_slopes_are_the_derivatives_of_the_slopes() {
        for activation in Activation::ALL {
            for a in [-3.1, -0.7, -0.031, 0.02, 0.4, 1.9, 4.3] {
                let all = |a: f64| {
                    let (h, kept) = activation.value(a);
                    let [s1, s2, s3] = activation.slopes(h, kept);
                    let [s4, s5] = activation.higher_slopes(h, kept);
                    [s1, s2, s3, s4, s5]
                };
                let e = 1e-3;
                let (far, near) = ([all(a - 2.0 * e), all(a + 2.0 * e)], [all(a - e), all(a + e)]);
                for order in [3, 4] {
                    let below = order - 1;
                    let inner = 8.0 * (near[1][below] - near[0][below]);
                    let slope = (inner - (far[1][below] - far[0][below])) / (12.0 * e);
                    let got = all(a)[order];
                    assert!((got - slope).abs() < 1e-8, "{activation}, order {}: {got}, {slope}", order + 1);
                }
            }
        }
    }

    /// A NaN shows in the value and in every slope that is not a constant.
    #[test]
    fn nan_shows() {
        for activation in Activation::ALL {
            let (h, kept) = activation.value(f64::NAN);
            assert!(h.is_nan(), "{activation}");
            let linear = activation == Activation::Linear;
            assert!(linear || activation.slopes(h, kept)[0].is_nan(), "{activation}'");
        }
    }

    #[test]
    fn known_values() {
        let near = |x: f64, y: f64| assert!((x - y).abs() < 1e-12, "{x} against {y}");
        near(Activation::Softplus.value(0.0).0, std::f64::consts::LN_2);
        near(Activation::Sigmoid.value(2.0).0, 1.0 / (1.0 + (-2.0f64).exp()));
        near(Activation::Tanh.value(-0.3).0, (-0.3f64).tanh());
        near(Activation::Selu.value(1.0).0, 1.050_700_987_355_480_5);
        near(Activation::Gaussian.value(1.0).0, (-0.5f64).exp());
        assert_eq!(Activation::Sigmoid.value(-800.0).0, 0.0);
        assert_eq!(Activation::Softplus.value(800.0).0, 800.0);
    }

    #[test]
    fn names_round_trip_and_unknown_ones_are_refused() {
        for activation in Activation::ALL {
            assert_eq!(activation.name().parse::<Activation>().unwrap(), activation);
        }
        assert!("sinus".parse::<Activation>().is_err());
    }
}
