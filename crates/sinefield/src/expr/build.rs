//! Expressions from Rust: names, numbers, operators and a method for each function.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::syntax::{Expr, Node, Operator};

impl Expr {
    /// A name. The scope gives its meaning when the expression is compiled.
    pub fn name(name: &str) -> Expr {
        Expr::new(Node::Name(name.to_string()), None)
    }

    /// A number. Compiling refuses a number that is not finite.
    pub fn constant(value: f64) -> Expr {
        // The language has no negative literals: -2 is the negative of 2.
        if value.is_sign_negative() { -Expr::constant(-value) } else { Expr::new(Node::Number(value), None) }
    }

    /// A vector: the components of all `parts`, concatenated.
    pub fn vector(parts: Vec<Expr>) -> Expr {
        Expr::new(Node::Vector(parts), None)
    }

    /// Component `index`, counted from 0.
    pub fn index(&self, index: usize) -> Expr {
        Expr::new(Node::Index(self.clone(), index), None)
    }

    /// A call of a function by its name.
    pub fn call(function: &str, arguments: Vec<Expr>) -> Expr {
        Expr::new(Node::Call(function.to_string(), arguments), None)
    }

    /// The complex number with these parts. Numbers and expressions are taken: `Expr::complex(0.0, 1.0)` is
    /// the imaginary unit, whatever the scope calls `i`.
    pub fn complex(re: impl Into<Expr>, im: impl Into<Expr>) -> Expr {
        Expr::call("complex", vec![re.into(), im.into()])
    }

    /// The derivative along a coordinate.
    pub fn d(&self, coordinate: &str) -> Expr {
        Expr::call("d", vec![self.clone(), Expr::name(coordinate)])
    }

    /// `then` where `condition` is not 0, else `otherwise`: the language's `where`.
    pub fn where_(condition: &Expr, then: &Expr, otherwise: &Expr) -> Expr {
        Expr::call("where", vec![condition.clone(), then.clone(), otherwise.clone()])
    }

    /// `then` where this is not 0, else `otherwise`.
    pub fn select(&self, then: &Expr, otherwise: &Expr) -> Expr {
        Expr::where_(self, then, otherwise)
    }

    /// This value limited to the range from `low` to `high`.
    pub fn clamp(&self, low: &Expr, high: &Expr) -> Expr {
        Expr::call("clamp", vec![self.clone(), low.clone(), high.clone()])
    }

    /// 1 where this is 0, else 0.
    pub fn not(&self) -> Expr {
        Expr::new(Node::Not(self.clone()), None)
    }

    /// This to the power of `exponent`: `self ^ exponent`.
    pub fn pow(&self, exponent: impl Into<Expr>) -> Expr {
        binary(Operator::Power, self, &exponent.into())
    }

    /// The derivative along several coordinates in turn.
    pub fn d_of(&self, coordinates: &[&str]) -> Expr {
        let names = coordinates.iter().map(|c| Expr::name(c));
        Expr::call("d", std::iter::once(self.clone()).chain(names).collect())
    }
}

fn binary(operator: Operator, a: &Expr, b: &Expr) -> Expr {
    Expr::new(Node::Binary(operator, a.clone(), b.clone()), None)
}

macro_rules! comparisons {
    ($($method:ident $operator:ident $doc:literal,)*) => {
        impl Expr {
            $(
                #[doc = $doc]
                pub fn $method(&self, other: impl Into<Expr>) -> Expr {
                    binary(Operator::$operator, self, &other.into())
                }
            )*
        }
    };
}

comparisons! {
    lt Less "1 where this is less than `other`, else 0.",
    le LessEqual "1 where this is at most `other`, else 0.",
    gt Greater "1 where this is greater than `other`, else 0.",
    ge GreaterEqual "1 where this is at least `other`, else 0.",
    eq Equal "1 where this equals `other`, else 0.",
    ne NotEqual "1 where this differs from `other`, else 0.",
    and And "1 where neither is 0, else 0.",
    or Or "1 where not both are 0, else 0.",
}

macro_rules! of_one {
    ($($method:ident $doc:literal,)*) => {
        impl Expr {
            $(
                #[doc = $doc]
                pub fn $method(&self) -> Expr {
                    Expr::call(stringify!($method), vec![self.clone()])
                }
            )*
        }
    };
}

of_one! {
    grad "The gradient over all coordinates; of a vector, `(component, coordinate)` flattened.",
    laplace "The sum of the unmixed second derivatives over all coordinates.",
    div "The divergence over all coordinates.",
    norm "The Euclidean length; of complex components `sqrt(Σ |z|²)`.",
    normalize "The vector of the same direction and length 1; 0 for a vector of length 0.",
    sum "The sum of the components.",
    mean "The mean of the components.",
    conj "The complex conjugate.",
    re "The real part.",
    im "The imaginary part; 0 of a real number.",
    arg "The angle of a complex number, from -π to π.",
    abs "The absolute value; of a complex number the modulus.",
    sign "-1, 0 or 1.",
    step "1 where this is at least 0, else 0.",
    floor "The greatest whole number that is not greater.",
    sqrt "The square root.",
    exp "The exponential function.",
    log "The natural logarithm.",
    sin "The sine.",
    cos "The cosine.",
    tan "The tangent.",
    asin "The arc sine.",
    acos "The arc cosine.",
    atan "The arc tangent.",
    sinh "The hyperbolic sine.",
    cosh "The hyperbolic cosine.",
    tanh "The hyperbolic tangent.",
    erf "The error function, `2/sqrt(π)` times the integral of `exp(-s²)` from 0.",
    sigmoid "`1 / (1 + exp(-x))`.",
    softplus "`log(1 + exp(x))`.",
}

macro_rules! of_two {
    ($($method:ident $doc:literal,)*) => {
        impl Expr {
            $(
                #[doc = $doc]
                pub fn $method(&self, other: &Expr) -> Expr {
                    Expr::call(stringify!($method), vec![self.clone(), other.clone()])
                }
            )*
        }
    };
}

of_two! {
    dot "The sum of the products of components. Nothing is conjugated.",
    cross "The vector product, of width 3.",
    min "The lesser.",
    max "The greater.",
    atan2 "The angle of the point `(other, self)` from the first axis.",
}

impl From<f64> for Expr {
    fn from(value: f64) -> Self {
        Expr::constant(value)
    }
}

impl From<&Expr> for Expr {
    fn from(expr: &Expr) -> Self {
        expr.clone()
    }
}

impl Neg for Expr {
    type Output = Expr;
    fn neg(self) -> Expr {
        Expr::new(Node::Negative(self), None)
    }
}

impl Neg for &Expr {
    type Output = Expr;
    fn neg(self) -> Expr {
        -self.clone()
    }
}

macro_rules! arithmetic {
    ($($trait:ident $method:ident $operator:ident,)*) => {
        $(
            impl<E: Into<Expr>> $trait<E> for Expr {
                type Output = Expr;
                fn $method(self, other: E) -> Expr {
                    binary(Operator::$operator, &self, &other.into())
                }
            }
            impl<E: Into<Expr>> $trait<E> for &Expr {
                type Output = Expr;
                fn $method(self, other: E) -> Expr {
                    binary(Operator::$operator, self, &other.into())
                }
            }
            impl $trait<Expr> for f64 {
                type Output = Expr;
                fn $method(self, other: Expr) -> Expr {
                    binary(Operator::$operator, &self.into(), &other)
                }
            }
            impl $trait<&Expr> for f64 {
                type Output = Expr;
                fn $method(self, other: &Expr) -> Expr {
                    binary(Operator::$operator, &self.into(), other)
                }
            }
        )*
    };
}

arithmetic! {
    Add add Add,
    Sub sub Subtract,
    Mul mul Multiply,
    Div div Divide,
}
