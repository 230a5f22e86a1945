//! Lowers calls of functions.

use super::arithmetic::{Binary, Unary};
use super::error::ExprErrorKind;
use super::function::{Function, Signature};
use super::lines::HIGHEST;
use super::lower::{Lowered, Lowering};
use super::scope::Meaning;
use super::syntax::{Expr, Node};
use super::value::{Component, Scalar, Value};

impl Lowering<'_> {
    pub fn call(&mut self, signature: &Signature, arguments: &[Expr], expr: &Expr) -> Lowered<Value> {
        let found = arguments.len();
        if found < signature.least || found > signature.most {
            let (function, form) = (signature.name.to_string(), signature.form);
            let kind = ExprErrorKind::ArgumentCount { function, found, form };
            return Err(self.error(kind, expr.span()));
        }
        let name = signature.name;
        match signature.function {
            Function::D | Function::Grad | Function::Laplace | Function::Divergence => {
                let of = self.value(&arguments[0])?;
                let along = self.coordinates(&arguments[1..])?;
                self.differential(signature.function, of, &along, expr)
            }
            _ => {
                let values: Lowered<Vec<Value>> = arguments.iter().map(|a| self.value(a)).collect();
                let values = values?;
                for (at, (value, argument)) in values.iter().zip(arguments).enumerate() {
                    if !signature.function.takes_complex(at) {
                        let of = if signature.function == Function::Where { "the condition of " } else { "" };
                        self.need_real(value, &format!("{of}{name}()"), argument)?;
                    }
                }
                self.algebraic(name, signature.function, values, expr)
            }
        }
    }

    fn algebraic(
        &mut self,
        name: &'static str,
        function: Function,
        values: Vec<Value>,
        expr: &Expr,
    ) -> Lowered<Value> {
        // Compare every argument with the widest. A single argument always passes.
        let widest = values.iter().map(Vec::len).max().unwrap_or(1);
        for value in &values {
            self.same_width(&format!("{name}()"), widest, value.len(), expr)?;
        }
        let mut values = values.into_iter();
        let mut next = || values.next().unwrap_or_default();
        let first = next();
        Ok(match function {
            Function::Of(f) => self.each(f, first),
            Function::OfTwo(f) => self.pairs(f, first, next()),
            Function::Fold(f) => values.fold(first, |least, value| self.pairs(f, least, value)),
            Function::Clamp => {
                let (low, high) = (next(), next());
                let raised = self.pairs(Binary::Max, first, low);
                self.pairs(Binary::Min, raised, high)
            }
            Function::Step => {
                let zero = self.constants(&[0.0]);
                self.pairs(Binary::LessEqual, zero, first)
            }
            Function::Where => {
                let (a, b) = (next(), next());
                self.choose(&first, &a, &b)
            }
            Function::Sum => vec![self.total(first)],
            Function::Mean => {
                let count = self.constants(&[first.len() as f64]);
                let sum = self.total(first);
                self.pairs(Binary::Div, vec![sum], count)
            }
            Function::Complex => self.complex(&first, &next()),
            Function::Conjugate => first.iter().map(|z| self.conjugate(z)).collect(),
            Function::RealPart => first.into_iter().map(|z| Component::real(z.re)).collect(),
            Function::ImaginaryPart => first.iter().map(|z| Component::real(self.imaginary(z))).collect(),
            Function::Argument => first.iter().map(|z| Component::real(self.argument(z))).collect(),
            Function::Dot => {
                let products = self.pairs(Binary::Mul, first, next());
                vec![self.total(products)]
            }
            Function::Norm => vec![Component::real(self.length(&first))],
            Function::Normalize => {
                let length = self.length(&first);
                let inverse = Component::real(self.apply(Unary::Inverse, &length));
                self.pairs(Binary::Mul, first, vec![inverse])
            }
            Function::Cross => {
                let second = next();
                if let Some(other) = [&first, &second].into_iter().find(|v| v.len() != 3) {
                    return Err(self.width_error(name, "vectors of width 3".into(), other.len(), expr));
                }
                self.cross(&first, &second)
            }
            // Unreachable: `call` handles these.
            Function::D | Function::Grad | Function::Laplace | Function::Divergence => first,
        })
    }

    fn width_error(
        &self,
        function: &'static str,
        expected: String,
        found: usize,
        expr: &Expr,
    ) -> super::ExprError {
        self.error(ExprErrorKind::Width { function, expected, found }, expr.span())
    }

    fn choose(&mut self, condition: &Value, a: &Value, b: &Value) -> Value {
        let width = condition.len().max(a.len()).max(b.len());
        let choose = |i: usize| {
            let (c, a, b) = (&condition[i % condition.len()], &a[i % a.len()], &b[i % b.len()]);
            let re = self.choice(&c.re, &a.re, &b.re);
            if a.im.is_none() && b.im.is_none() {
                return Component::real(re);
            }
            let (x, y) = (self.imaginary(a), self.imaginary(b));
            Component::complex(re, self.choice(&c.re, &x, &y))
        };
        (0..width).map(choose).collect()
    }

    fn choice(&mut self, condition: &Scalar, a: &Scalar, b: &Scalar) -> Scalar {
        Scalar { id: self.graph.select(condition.id, a.id, b.id), meets: a.meets.clone().with(&b.meets) }
    }

    fn total(&mut self, of: Value) -> Component {
        let zero = Component::real(self.number(0.0));
        of.iter().fold(zero, |sum, c| self.pair(Binary::Add, &sum, c))
    }

    /// The Euclidean length, of complex components `sqrt(Σ |z|²)`.
    fn length(&mut self, of: &Value) -> Scalar {
        if let [one] = of.as_slice() {
            return self.modulus(one);
        }
        let mut sum = self.number(0.0);
        for component in of {
            let square = self.squared_modulus(component);
            sum = self.join(Binary::Add, &sum, &square);
        }
        self.apply(Unary::Length, &sum)
    }

    fn cross(&mut self, a: &Value, b: &Value) -> Value {
        let component = |i: usize| {
            let (j, k) = ((i + 1) % 3, (i + 2) % 3);
            let (plus, minus) = (self.pair(Binary::Mul, &a[j], &b[k]), self.pair(Binary::Mul, &a[k], &b[j]));
            self.pair(Binary::Sub, &plus, &minus)
        };
        (0..3).map(component).collect()
    }

    /// The indices of the coordinates that the arguments name; without arguments, of all coordinates.
    fn coordinates(&mut self, arguments: &[Expr]) -> Lowered<Vec<usize>> {
        if arguments.is_empty() {
            return Ok((0..self.scope.coordinates.len()).collect());
        }
        let one = |argument: &Expr| {
            if let Node::Name(name) = &*argument.node
                && let Some(Meaning::Coordinate(i)) = self.names.get(name)
            {
                return Ok(i);
            }
            let found = match &*argument.node {
                Node::Name(name) => format!("\"{name}\""),
                _ => "an expression".to_string(),
            };
            let kind = ExprErrorKind::NotACoordinate { found, coordinates: self.scope.coordinates.clone() };
            Err(self.error(kind, argument.span()))
        };
        arguments.iter().map(one).collect()
    }

    fn differential(
        &mut self,
        function: Function,
        of: Value,
        along: &[usize],
        expr: &Expr,
    ) -> Lowered<Value> {
        match function {
            Function::Grad => {
                let mut all = Vec::with_capacity(of.len() * along.len());
                for component in &of {
                    for &coordinate in along {
                        all.push(self.derivative(component, coordinate, expr)?);
                    }
                }
                Ok(all)
            }
            Function::Laplace => {
                let laplacian = |component: &Component| {
                    let mut second = Vec::with_capacity(along.len());
                    for &coordinate in along {
                        let first = self.derivative(component, coordinate, expr)?;
                        second.push(self.derivative(&first, coordinate, expr)?);
                    }
                    Ok(self.total(second))
                };
                of.iter().map(laplacian).collect()
            }
            Function::Divergence => {
                if of.len() != along.len() {
                    let expected = format!("one component for each of {} coordinates", along.len());
                    return Err(self.width_error("div", expected, of.len(), expr));
                }
                let mut terms = Vec::with_capacity(along.len());
                for (component, &coordinate) in of.iter().zip(along) {
                    terms.push(self.derivative(component, coordinate, expr)?);
                }
                Ok(vec![self.total(terms)])
            }
            _ => {
                let derive = |mut component: Component| {
                    for &coordinate in along {
                        component = self.derivative(&component, coordinate, expr)?;
                    }
                    Ok(component)
                };
                of.into_iter().map(derive).collect()
            }
        }
    }

    /// One derivative of one component.
    fn derivative(&mut self, of: &Component, coordinate: usize, expr: &Expr) -> Lowered<Component> {
        let re = self.slope(&of.re, coordinate, expr)?;
        let im = of.im.as_ref().map(|im| self.slope(im, coordinate, expr)).transpose()?;
        Ok(Component { re, im })
    }

    fn slope(&mut self, of: &Scalar, coordinate: usize, expr: &Expr) -> Lowered<Scalar> {
        if let Some(column) = of.meets.column {
            let column = self.scope.columns[column].0.clone();
            return Err(self.error(ExprErrorKind::DerivativeOfData { column }, expr.span()));
        }
        let mut meets = of.meets.clone();
        for (field, order) in meets.orders.iter_mut().enumerate() {
            if *order > 0 && self.inputs[field].iter().any(|input| input.coordinate == coordinate) {
                *order += 1;
            }
            // 1 is the value.
            if usize::from(*order) > HIGHEST + 1 {
                let field = self.scope.fields[field].name.clone();
                return Err(self.error(ExprErrorKind::OrderTooHigh { field }, expr.span()));
            }
        }
        let id = self.derivatives.along(&mut self.graph, of.id, coordinate, &self.inputs);
        if self.graph.is_full() {
            let kind = ExprErrorKind::TooLarge { what: "operations", most: super::graph::MOST_NODES };
            return Err(self.error(kind, expr.span()));
        }
        Ok(Scalar { id, meets })
    }
}
