//! The scalar operations, each defined once for float32 and float64.

use crate::field::Number;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Unary {
    Negative,
    Not,
    Abs,
    Sign,
    Floor,
    Sqrt,
    /// The square root in the length of a vector. Its slope at 0 is defined as 0.
    Length,
    /// `1 / x`, and 0 at 0. It keeps the slope of [`Unary::Length`] finite.
    Inverse,
    Exp,
    Log,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
    Erf,
    Sigmoid,
    Softplus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Min,
    Max,
    Atan2,
    Less,
    LessEqual,
    Equal,
    NotEqual,
    And,
    Or,
}

/// Runs `$body` with `$f` bound to the function of `$operation` on numbers of type `$T`. The function is
/// selected once, outside any loop in the body.
macro_rules! with_unary {
    ($operation:expr, $T:ty, $f:ident => $body:expr) => {{
        use $crate::expr::arithmetic::Unary;
        macro_rules! is {
            ($function:expr) => {{
                let $f = $function;
                $body
            }};
        }
        match $operation {
            Unary::Negative => is!(|x: $T| -x),
            Unary::Not => is!(|x: $T| if x == <$T>::zero() { <$T>::one() } else { <$T>::zero() }),
            Unary::Abs => is!(|x: $T| x.abs()),
            Unary::Sign => is!(|x: $T| if x == <$T>::zero() { <$T>::zero() } else { x.signum() }),
            Unary::Floor => is!(|x: $T| x.floor()),
            Unary::Sqrt | Unary::Length => is!(|x: $T| x.sqrt()),
            Unary::Inverse => is!(|x: $T| if x == <$T>::zero() { <$T>::zero() } else { <$T>::one() / x }),
            Unary::Exp => is!(|x: $T| x.exp()),
            Unary::Log => is!(|x: $T| x.ln()),
            Unary::Sin => is!(|x: $T| x.sin()),
            Unary::Cos => is!(|x: $T| x.cos()),
            Unary::Tan => is!(|x: $T| x.tan()),
            Unary::Asin => is!(|x: $T| x.asin()),
            Unary::Acos => is!(|x: $T| x.acos()),
            Unary::Atan => is!(|x: $T| x.atan()),
            Unary::Sinh => is!(|x: $T| x.sinh()),
            Unary::Cosh => is!(|x: $T| x.cosh()),
            Unary::Tanh => is!(|x: $T| x.tanh()),
            Unary::Erf => is!(|x: $T| x.error_function()),
            Unary::Sigmoid => is!(|x: $T| <$T>::one() / (<$T>::one() + (-x).exp())),
            Unary::Softplus => is!(|x: $T| {
                // max(x, 0) + log(1 + exp(-|x|)): exp cannot overflow, and NaN stays NaN.
                (if x < <$T>::zero() { <$T>::zero() } else { x }) + (-x.abs()).exp().ln_1p()
            }),
        }
    }};
}

/// As [`with_unary`], for two operands. Minimum and maximum return NaN if an operand is NaN.
macro_rules! with_binary {
    ($operation:expr, $T:ty, $f:ident => $body:expr) => {{
        use $crate::expr::arithmetic::Binary;
        macro_rules! is {
            ($function:expr) => {{
                let $f = $function;
                $body
            }};
        }
        match $operation {
            Binary::Add => is!(|a: $T, b: $T| a + b),
            Binary::Sub => is!(|a: $T, b: $T| a - b),
            Binary::Mul => is!(|a: $T, b: $T| a * b),
            Binary::Div => is!(|a: $T, b: $T| a / b),
            Binary::Pow => is!(|a: $T, b: $T| a.powf(b)),
            Binary::Min => is!(|a: $T, b: $T| if a <= b || a.is_nan() { a } else { b }),
            Binary::Max => is!(|a: $T, b: $T| if a >= b || a.is_nan() { a } else { b }),
            Binary::Atan2 => is!(|a: $T, b: $T| a.atan2(b)),
            Binary::Less => is!(|a: $T, b: $T| if a < b { <$T>::one() } else { <$T>::zero() }),
            Binary::LessEqual => is!(|a: $T, b: $T| if a <= b { <$T>::one() } else { <$T>::zero() }),
            Binary::Equal => is!(|a: $T, b: $T| if a == b { <$T>::one() } else { <$T>::zero() }),
            Binary::NotEqual => is!(|a: $T, b: $T| if a != b { <$T>::one() } else { <$T>::zero() }),
            Binary::And => is!(|a: $T, b: $T| if a != <$T>::zero() && b != <$T>::zero() {
                <$T>::one()
            } else {
                <$T>::zero()
            }),
            Binary::Or => is!(|a: $T, b: $T| if a != <$T>::zero() || b != <$T>::zero() {
                <$T>::one()
            } else {
                <$T>::zero()
            }),
        }
    }};
}

pub(super) use {with_binary, with_unary};

impl Unary {
    pub fn of<N: Number>(self, x: N) -> N {
        with_unary!(self, N, f => f(x))
    }

    /// Whether its derivative is 0 wherever it exists.
    pub fn is_flat(self) -> bool {
        matches!(self, Unary::Not | Unary::Sign | Unary::Floor)
    }
}

impl Binary {
    pub fn of<N: Number>(self, a: N, b: N) -> N {
        with_binary!(self, N, f => f(a, b))
    }

    /// Whether its derivative is 0 wherever it exists.
    pub fn is_flat(self) -> bool {
        use Binary::*;
        matches!(self, Less | LessEqual | Equal | NotEqual | And | Or)
    }

    pub fn commutes(self) -> bool {
        use Binary::*;
        matches!(self, Add | Mul | Equal | NotEqual | And | Or)
    }
}
