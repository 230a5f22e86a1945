//! The functions of the language: their names and call forms.

use super::arithmetic::{Binary, Unary};
use super::error::nearest_name;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Function {
    D,
    Grad,
    Laplace,
    Divergence,
    Dot,
    Cross,
    Norm,
    Normalize,
    Sum,
    Mean,
    Where,
    Complex,
    Conjugate,
    RealPart,
    ImaginaryPart,
    Argument,
    Clamp,
    Step,
    /// A function of two or more arguments, folded from the left.
    Fold(Binary),
    Of(Unary),
    OfTwo(Binary),
}

impl Function {
    /// Whether argument `at` may be complex.
    pub fn takes_complex(self, at: usize) -> bool {
        use Unary::*;
        match self {
            Function::Where => at > 0,
            Function::Of(f) => matches!(f, Abs | Sqrt | Exp | Log | Sin | Cos | Tan | Sinh | Cosh | Tanh),
            Function::OfTwo(f) => f == Binary::Pow,
            Function::Complex | Function::Clamp | Function::Step | Function::Fold(_) => false,
            _ => true,
        }
    }
}

/// The name, the call form and the range of argument counts of a function.
pub(super) struct Signature {
    pub name: &'static str,
    pub form: &'static str,
    pub least: usize,
    pub most: usize,
    pub function: Function,
}

const ANY: usize = usize::MAX;

const fn of(
    name: &'static str,
    form: &'static str,
    least: usize,
    most: usize,
    function: Function,
) -> Signature {
    Signature { name, form, least, most, function }
}

pub(super) const FUNCTIONS: [Signature; 40] = [
    of("d", "d(e, x) or d(e, x, y, ...)", 2, ANY, Function::D),
    of("grad", "grad(e) or grad(e, x, ...)", 1, ANY, Function::Grad),
    of("laplace", "laplace(e) or laplace(e, x, ...)", 1, ANY, Function::Laplace),
    of("div", "div(v) or div(v, x, ...)", 1, ANY, Function::Divergence),
    of("dot", "dot(a, b)", 2, 2, Function::Dot),
    of("cross", "cross(a, b)", 2, 2, Function::Cross),
    of("norm", "norm(v)", 1, 1, Function::Norm),
    of("normalize", "normalize(v)", 1, 1, Function::Normalize),
    of("sum", "sum(v)", 1, 1, Function::Sum),
    of("mean", "mean(v)", 1, 1, Function::Mean),
    of("where", "where(condition, a, b)", 3, 3, Function::Where),
    of("complex", "complex(re, im)", 2, 2, Function::Complex),
    of("conj", "conj(e)", 1, 1, Function::Conjugate),
    of("re", "re(e)", 1, 1, Function::RealPart),
    of("im", "im(e)", 1, 1, Function::ImaginaryPart),
    of("arg", "arg(e)", 1, 1, Function::Argument),
    of("clamp", "clamp(e, low, high)", 3, 3, Function::Clamp),
    of("step", "step(e)", 1, 1, Function::Step),
    of("min", "min(a, b, ...)", 2, ANY, Function::Fold(Binary::Min)),
    of("max", "max(a, b, ...)", 2, ANY, Function::Fold(Binary::Max)),
    of("pow", "pow(a, b)", 2, 2, Function::OfTwo(Binary::Pow)),
    of("atan2", "atan2(y, x)", 2, 2, Function::OfTwo(Binary::Atan2)),
    of("abs", "abs(e)", 1, 1, Function::Of(Unary::Abs)),
    of("sign", "sign(e)", 1, 1, Function::Of(Unary::Sign)),
    of("floor", "floor(e)", 1, 1, Function::Of(Unary::Floor)),
    of("sqrt", "sqrt(e)", 1, 1, Function::Of(Unary::Sqrt)),
    of("exp", "exp(e)", 1, 1, Function::Of(Unary::Exp)),
    of("log", "log(e)", 1, 1, Function::Of(Unary::Log)),
    of("sin", "sin(e)", 1, 1, Function::Of(Unary::Sin)),
    of("cos", "cos(e)", 1, 1, Function::Of(Unary::Cos)),
    of("tan", "tan(e)", 1, 1, Function::Of(Unary::Tan)),
    of("asin", "asin(e)", 1, 1, Function::Of(Unary::Asin)),
    of("acos", "acos(e)", 1, 1, Function::Of(Unary::Acos)),
    of("atan", "atan(e)", 1, 1, Function::Of(Unary::Atan)),
    of("sinh", "sinh(e)", 1, 1, Function::Of(Unary::Sinh)),
    of("cosh", "cosh(e)", 1, 1, Function::Of(Unary::Cosh)),
    of("tanh", "tanh(e)", 1, 1, Function::Of(Unary::Tanh)),
    of("erf", "erf(e)", 1, 1, Function::Of(Unary::Erf)),
    of("sigmoid", "sigmoid(e)", 1, 1, Function::Of(Unary::Sigmoid)),
    of("softplus", "softplus(e)", 1, 1, Function::Of(Unary::Softplus)),
];

/// The names of all functions of the residual language.
pub fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|signature| signature.name)
}

pub(super) fn find(name: &str) -> Option<&'static Signature> {
    FUNCTIONS.iter().find(|f| f.name == name)
}

pub(super) fn nearest(name: &str) -> Option<String> {
    nearest_name(name, FUNCTIONS.iter().map(|f| f.name))
}
