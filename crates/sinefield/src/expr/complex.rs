//! Complex numbers, lowered to pairs of real nodes.
//!
//! With `z = a + bi`, `|z| = sqrt(a² + b²)` and `arg z = atan2(b, a)` in `(-π, π]`:
//!
//! ```text
//! z w      (a c - b d) + (a d + b c) i              w = c + di
//! w / z    w conj(z) / |z|²
//! exp z    exp(a) (cos b + i sin b)
//! log z    log|z| + i arg z
//! sqrt z   sqrt|z| (cos(arg z / 2) + i sin(arg z / 2))
//! z^w      products for a whole number w, else exp(w log z)
//! sin z    sin a cosh b + i cos a sinh b
//! cos z    cos a cosh b - i sin a sinh b
//! tanh z   (t + i s c (1 - t²)) / (c² + t² s²)      t = tanh a, s = sin b, c = cos b
//! ```
//!
//! The form of tanh overflows nowhere. `sinh z`, `cosh z` and `tan z` follow from rotations by i.

use super::arithmetic::{Binary, Unary};
use super::error::ExprErrorKind;
use super::lower::{Lowered, Lowering};
use super::syntax::Expr;
use super::value::{Component, Scalar, Value, is_complex};

/// The largest whole exponent that is expanded to products.
const LARGEST_PRODUCT: f64 = 64.0;

impl Lowering<'_> {
    /// Refuses a complex value where a real one is needed. `expr` is where the value comes from.
    pub fn need_real(&self, value: &Value, operation: &str, expr: &Expr) -> Lowered<()> {
        if !is_complex(value) {
            return Ok(());
        }
        let kind = ExprErrorKind::RealNeeded { operation: operation.to_string() };
        Err(self.error(kind, expr.span()))
    }

    /// Makes all components complex if one is.
    pub fn of_one_type(&mut self, value: Value) -> Value {
        if !is_complex(&value) {
            return value;
        }
        let complete = |Component { re, im }| Component { re, im: im.or_else(|| Some(self.number(0.0))) };
        value.into_iter().map(complete).collect()
    }

    /// The value whose real and imaginary parts are two real values of the same width, or one of them a scalar.
    pub fn complex(&self, re: &Value, im: &Value) -> Value {
        let width = re.len().max(im.len());
        let pair = |i: usize| (re[i % re.len()].re.clone(), im[i % im.len()].re.clone());
        (0..width).map(pair).map(|(re, im)| Component::complex(re, im)).collect()
    }

    /// An operation on two components of which at least one is complex.
    pub fn complex_pair(&mut self, f: Binary, a: &Component, b: &Component) -> Component {
        match f {
            Binary::Add | Binary::Sub => self.plus(f, a, b),
            Binary::Mul => self.times(a, b),
            Binary::Div => self.over(a, b),
            Binary::Pow => self.power(a, b),
            // Unreachable: the other operations are refused first.
            _ => a.clone(),
        }
    }

    fn plus(&mut self, f: Binary, a: &Component, b: &Component) -> Component {
        let re = self.join(f, &a.re, &b.re);
        let im = match (&a.im, &b.im) {
            (Some(x), Some(y)) => Some(self.join(f, x, y)),
            (None, Some(y)) if f == Binary::Sub => Some(self.apply(Unary::Negative, y)),
            (x, y) => x.clone().or_else(|| y.clone()),
        };
        Component { re, im }
    }

    fn times(&mut self, a: &Component, b: &Component) -> Component {
        let mut re = self.join(Binary::Mul, &a.re, &b.re);
        let im = match (&a.im, &b.im) {
            (Some(x), Some(y)) => {
                let product = self.join(Binary::Mul, x, y);
                re = self.join(Binary::Sub, &re, &product);
                let (one, other) = (self.join(Binary::Mul, &a.re, y), self.join(Binary::Mul, x, &b.re));
                Some(self.join(Binary::Add, &one, &other))
            }
            (Some(x), None) => Some(self.join(Binary::Mul, x, &b.re)),
            (None, Some(y)) => Some(self.join(Binary::Mul, &a.re, y)),
            (None, None) => None,
        };
        Component { re, im }
    }

    fn over(&mut self, a: &Component, b: &Component) -> Component {
        let (above, below) = match &b.im {
            None => (a.clone(), b.re.clone()),
            Some(_) => {
                let conjugate = self.conjugate(b);
                (self.times(a, &conjugate), self.squared_modulus(b))
            }
        };
        let im = above.im.map(|im| self.join(Binary::Div, &im, &below));
        Component { re: self.join(Binary::Div, &above.re, &below), im }
    }

    fn power(&mut self, a: &Component, b: &Component) -> Component {
        let exponent = b.im.is_none().then(|| self.graph.value(b.re.id)).flatten();
        match exponent {
            Some(n) if n.fract() == 0.0 && n.abs() <= LARGEST_PRODUCT => self.whole_power(a, n as i32),
            Some(0.5) => self.complex_function(Unary::Sqrt, a),
            _ => {
                let log = self.complex_function(Unary::Log, a);
                let product = self.times(&log, b);
                self.complex_function(Unary::Exp, &product)
            }
        }
    }

    fn whole_power(&mut self, a: &Component, n: i32) -> Component {
        let one = Component::complex(self.number(1.0), self.number(0.0));
        let (mut product, mut square, mut left) = (None, a.clone(), n.unsigned_abs());
        while left > 0 {
            if left % 2 == 1 {
                product = Some(match product {
                    Some(product) => self.times(&product, &square),
                    None => square.clone(),
                });
            }
            left /= 2;
            if left > 0 {
                square = self.times(&square, &square);
            }
        }
        match product {
            Some(product) if n < 0 => self.over(&one, &product),
            product => product.unwrap_or(one),
        }
    }

    pub fn conjugate(&mut self, z: &Component) -> Component {
        let im = z.im.as_ref().map(|im| self.apply(Unary::Negative, im));
        Component { re: z.re.clone(), im }
    }

    /// The imaginary part; 0 of a real component.
    pub fn imaginary(&mut self, z: &Component) -> Scalar {
        z.im.clone().unwrap_or_else(|| self.number(0.0))
    }

    /// `arg z`; of a real component 0 or π.
    pub fn argument(&mut self, z: &Component) -> Scalar {
        let im = self.imaginary(z);
        self.join(Binary::Atan2, &im, &z.re)
    }

    /// `|z|²`.
    pub fn squared_modulus(&mut self, z: &Component) -> Scalar {
        let square = self.join(Binary::Mul, &z.re, &z.re);
        match &z.im {
            None => square,
            Some(im) => {
                let other = self.join(Binary::Mul, im, im);
                self.join(Binary::Add, &square, &other)
            }
        }
    }

    /// `|z|`, whose slope at 0 is 0.
    pub fn modulus(&mut self, z: &Component) -> Scalar {
        match &z.im {
            None => self.apply(Unary::Abs, &z.re),
            Some(_) => {
                let square = self.squared_modulus(z);
                self.apply(Unary::Length, &square)
            }
        }
    }

    /// The modulus of every complex component; real ones are kept.
    pub fn moduli(&mut self, value: Value) -> Value {
        let of = |z: Component| if z.im.is_some() { Component::real(self.modulus(&z)) } else { z };
        value.into_iter().map(of).collect()
    }

    /// A function of a component as a complex number.
    pub fn complex_function(&mut self, f: Unary, z: &Component) -> Component {
        let im = self.imaginary(z);
        let (a, b) = (&z.re, &im);
        match f {
            Unary::Negative => {
                Component::complex(self.apply(Unary::Negative, a), self.apply(Unary::Negative, b))
            }
            Unary::Abs => Component::real(self.modulus(z)),
            Unary::Exp => {
                let length = self.apply(Unary::Exp, a);
                self.polar(&length, b)
            }
            Unary::Log => self.logarithm(z),
            Unary::Sqrt => self.root(z),
            Unary::Sin => self.waves((Unary::Sin, a), (Unary::Cosh, b), (Unary::Cos, a), (Unary::Sinh, b)),
            Unary::Cos => {
                let cosine = self.waves((Unary::Cos, a), (Unary::Cosh, b), (Unary::Sin, a), (Unary::Sinh, b));
                self.conjugate(&cosine)
            }
            Unary::Sinh => self.waves((Unary::Sinh, a), (Unary::Cos, b), (Unary::Cosh, a), (Unary::Sin, b)),
            Unary::Cosh => self.waves((Unary::Cosh, a), (Unary::Cos, b), (Unary::Sinh, a), (Unary::Sin, b)),
            Unary::Tanh => {
                let (re, im) = self.tanh(a, b);
                Component::complex(re, im)
            }
            Unary::Tan => {
                // tan(a + bi) = i conj(tanh(b + ai)).
                let (re, im) = self.tanh(b, a);
                Component::complex(im, re)
            }
            // Unreachable: the other functions are refused first.
            _ => z.clone(),
        }
    }

    fn logarithm(&mut self, z: &Component) -> Component {
        let (square, half) = (self.squared_modulus(z), self.number(0.5));
        let log = self.apply(Unary::Log, &square);
        Component::complex(self.join(Binary::Mul, &half, &log), self.argument(z))
    }

    fn root(&mut self, z: &Component) -> Component {
        let (length, angle, half) = (self.modulus(z), self.argument(z), self.number(0.5));
        let angle = self.join(Binary::Mul, &half, &angle);
        let root = self.apply(Unary::Sqrt, &length);
        self.polar(&root, &angle)
    }

    /// `length (cos angle + i sin angle)`.
    fn polar(&mut self, length: &Scalar, angle: &Scalar) -> Component {
        let (cos, sin) = (self.apply(Unary::Cos, angle), self.apply(Unary::Sin, angle));
        Component::complex(self.join(Binary::Mul, length, &cos), self.join(Binary::Mul, length, &sin))
    }

    /// `f(a) g(b) + i h(a) k(b)`.
    fn waves(
        &mut self,
        f: (Unary, &Scalar),
        g: (Unary, &Scalar),
        h: (Unary, &Scalar),
        k: (Unary, &Scalar),
    ) -> Component {
        let mut product = |x: (Unary, &Scalar), y: (Unary, &Scalar)| {
            let (x, y) = (self.apply(x.0, x.1), self.apply(y.0, y.1));
            self.join(Binary::Mul, &x, &y)
        };
        let (re, im) = (product(f, g), product(h, k));
        Component::complex(re, im)
    }

    /// The parts of `tanh(a + bi)`.
    fn tanh(&mut self, a: &Scalar, b: &Scalar) -> (Scalar, Scalar) {
        let (t, s, c) = (self.apply(Unary::Tanh, a), self.apply(Unary::Sin, b), self.apply(Unary::Cos, b));
        let (ts, cc, sc) =
            (self.join(Binary::Mul, &t, &s), self.join(Binary::Mul, &c, &c), self.join(Binary::Mul, &s, &c));
        let (ts_ts, tt, one) =
            (self.join(Binary::Mul, &ts, &ts), self.join(Binary::Mul, &t, &t), self.number(1.0));
        let below = self.join(Binary::Add, &cc, &ts_ts);
        let rest = self.join(Binary::Sub, &one, &tt);
        let above = self.join(Binary::Mul, &sc, &rest);
        (self.join(Binary::Div, &t, &below), self.join(Binary::Div, &above, &below))
    }
}
