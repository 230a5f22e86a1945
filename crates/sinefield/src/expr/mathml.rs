//! Writes a syntax tree as presentation MathML, which browsers typeset.
//!
//! Quotients are fractions, `d(u, x, x)` is `∂²u/∂x²`, `laplace(u)` is `Δu`, powers are raised, and Greek names are Greek
//! letters. Every name is escaped.

use super::syntax::{Binding, Expr, Node, Operator};

impl Expr {
    /// The expression as presentation MathML: the content of a `math` element. Names are escaped.
    ///
    /// ```
    /// use sinefield::expr::Expr;
    ///
    /// let half = Expr::parse("1/x")?;
    /// assert_eq!(half.mathml(), "<mfrac><mn>1</mn><mi>x</mi></mfrac>");
    /// # Ok::<(), sinefield::expr::ExprError>(())
    /// ```
    pub fn mathml(&self) -> String {
        written(&self.node)
    }

    /// A name as MathML, as [`Expr::mathml`] writes it.
    pub fn name_mathml(name: &str) -> String {
        identifier(name)
    }
}

/// How tightly a written node binds. A fraction needs no parentheses but under a power.
fn binding(node: &Node) -> Binding {
    match node {
        Node::Number(value) if value.is_sign_negative() => Binding::Negative,
        // With a power of ten.
        Node::Number(value) if has_power(*value) => Binding::Product,
        Node::Negative(_) => Binding::Negative,
        Node::Not(_) => Binding::Not,
        Node::Binary(Operator::Divide, ..) => Binding::Power,
        Node::Binary(operator, ..) => operator.binding(),
        Node::Call(function, arguments) => match (function.as_str(), arguments.len()) {
            ("d" | "grad" | "laplace" | "div" | "exp" | "pow" | "normalize", 1..) => Binding::Power,
            ("dot" | "cross", 2) => Binding::Product,
            ("complex", 2) => Binding::Sum,
            ("where", 3) => Binding::Or,
            _ => Binding::Postfix,
        },
        _ => Binding::Postfix,
    }
}

/// `expr`, in parentheses if it binds less tightly than `least`.
fn at(expr: &Expr, least: Binding) -> String {
    let inner = written(&expr.node);
    if binding(&expr.node) < least { fenced("(", &inner, ")") } else { inner }
}

fn row(inner: &str) -> String {
    format!("<mrow>{inner}</mrow>")
}

fn fenced(open: &str, inner: &str, close: &str) -> String {
    row(&format!("<mo>{open}</mo>{inner}<mo>{close}</mo>"))
}

fn fraction(above: &str, below: &str) -> String {
    format!("<mfrac>{above}{below}</mfrac>")
}

fn raised(base: &str, exponent: &str) -> String {
    format!("<msup>{base}{exponent}</msup>")
}

fn listed(parts: &[Expr]) -> String {
    parts.iter().map(|part| written(&part.node)).collect::<Vec<_>>().join("<mo>,</mo>")
}

/// A node as one element.
fn written(node: &Node) -> String {
    match node {
        Node::Number(value) => number(*value),
        Node::Name(name) => identifier(name),
        Node::Vector(parts) => fenced("(", &listed(parts), ")"),
        Node::Index(of, index) => format!("<msub>{}<mn>{index}</mn></msub>", at(of, Binding::Postfix)),
        Node::Negative(of) => row(&format!("<mo>−</mo>{}", at(of, Binding::Negative))),
        Node::Not(of) => row(&format!("<mo>¬</mo>{}", at(of, Binding::Not))),
        Node::Binary(Operator::Divide, a, b) => fraction(&a.mathml(), &b.mathml()),
        Node::Binary(Operator::Power, a, b) => raised(&at(a, Binding::Postfix), &b.mathml()),
        Node::Binary(operator, a, b) => {
            let (left, right) = operator.operands();
            row(&format!("{}{}{}", at(a, left), sign(*operator, a, b), at(b, right)))
        }
        Node::Call(function, arguments) => call(function, arguments),
        Node::TooDeep => "<mo>…</mo>".into(),
    }
}

/// The sign of an operator between `a` and `b`.
fn sign(operator: Operator, a: &Expr, b: &Expr) -> &'static str {
    match operator {
        Operator::Or => "<mo>∨</mo>",
        Operator::And => "<mo>∧</mo>",
        Operator::Less => "<mo>&lt;</mo>",
        Operator::LessEqual => "<mo>≤</mo>",
        Operator::Greater => "<mo>&gt;</mo>",
        Operator::GreaterEqual => "<mo>≥</mo>",
        Operator::Equal => "<mo>=</mo>",
        Operator::NotEqual => "<mo>≠</mo>",
        Operator::Add => "<mo>+</mo>",
        Operator::Subtract => "<mo>−</mo>",
        Operator::Multiply if begins_with_digit(b) => "<mo>⋅</mo>",
        // Invisible times, with a thin space where two letters would look like one name.
        Operator::Multiply if matches!(&*a.node, Node::Number(_)) => "<mo>\u{2062}</mo>",
        Operator::Multiply => "<mo>\u{2062}</mo><mspace width=\"0.17em\"></mspace>",
        Operator::Divide | Operator::Power => "",
    }
}

/// Whether the written expression begins with a digit.
fn begins_with_digit(expr: &Expr) -> bool {
    match &*expr.node {
        Node::Number(_) => true,
        Node::Binary(Operator::Power, base, _) => begins_with_digit(base),
        Node::Index(of, _) => begins_with_digit(of),
        _ => false,
    }
}

fn call(function: &str, arguments: &[Expr]) -> String {
    match (function, arguments) {
        ("d", [of, along @ ..]) if !along.is_empty() => derivative(of, along),
        ("grad", [of, along @ ..]) => prefixed("∇", of, along),
        ("laplace", [of, along @ ..]) => laplacian(of, along),
        ("div", [of, along @ ..]) => {
            let nabla = indexed("∇", along);
            row(&format!("{nabla}<mo>⋅</mo>{}", at(of, Binding::Power)))
        }
        ("dot", [a, b]) => between("<mo>⋅</mo>", a, b),
        ("cross", [a, b]) => between("<mo>×</mo>", a, b),
        ("abs", [of]) => fenced("|", &of.mathml(), "|"),
        ("norm", [of]) => fenced("‖", &of.mathml(), "‖"),
        ("normalize", [of]) => fraction(&of.mathml(), &fenced("‖", &of.mathml(), "‖")),
        ("floor", [of]) => fenced("⌊", &of.mathml(), "⌋"),
        ("sqrt", [of]) => format!("<msqrt>{}</msqrt>", of.mathml()),
        ("exp", [of]) => raised("<mi>e</mi>", &of.mathml()),
        ("pow", [a, b]) => raised(&at(a, Binding::Postfix), &b.mathml()),
        ("conj", [of]) => format!("<mover>{}<mo>¯</mo></mover>", of.mathml()),
        ("re", [of]) => named("Re", std::slice::from_ref(of)),
        ("im", [of]) => named("Im", std::slice::from_ref(of)),
        ("log", [of]) => named("ln", std::slice::from_ref(of)),
        ("complex", [a, b]) => {
            let imaginary = format!("<mi>i</mi><mo>\u{2062}</mo>{}", at(b, Binding::Power));
            row(&format!("{}<mo>+</mo>{imaginary}", at(a, Binding::Sum)))
        }
        ("where", [condition, a, b]) => {
            let case = |value: &Expr, when: &str| {
                format!("<mtr><mtd>{}</mtd><mtd>{when}</mtd></mtr>", value.mathml())
            };
            let first = case(a, &format!("<mtext>if </mtext>{}", condition.mathml()));
            let rest = case(b, "<mtext>otherwise</mtext>");
            row(&format!("<mo>{{</mo><mtable>{first}{rest}</mtable>"))
        }
        _ => named(function, arguments),
    }
}

/// A function by its name, with its arguments in parentheses.
fn named(name: &str, arguments: &[Expr]) -> String {
    let (name, arguments) = (escaped(name), fenced("(", &listed(arguments), ")"));
    row(&format!("<mi mathvariant=\"normal\">{name}</mi><mo>\u{2061}</mo>{arguments}"))
}

fn between(sign: &str, a: &Expr, b: &Expr) -> String {
    row(&format!("{}{sign}{}", at(a, Binding::Product), at(b, Binding::Negative)))
}

/// An operator with the coordinates along which it acts, if they are named.
fn indexed(symbol: &str, along: &[Expr]) -> String {
    if along.is_empty() {
        return format!("<mo>{symbol}</mo>");
    }
    format!("<msub><mo>{symbol}</mo>{}</msub>", row(&listed(along)))
}

fn prefixed(symbol: &str, of: &Expr, along: &[Expr]) -> String {
    row(&format!("{}{}", indexed(symbol, along), at(of, Binding::Power)))
}

/// `Δu`, and `Δ²u` for the Laplacian of a Laplacian.
fn laplacian(of: &Expr, along: &[Expr]) -> String {
    match &*of.node {
        Node::Call(function, inner) if function == "laplace" && !inner.is_empty() && inner[1..] == *along => {
            let twice = raised(&indexed("Δ", along), "<mn>2</mn>");
            row(&format!("{twice}{}", at(&inner[0], Binding::Power)))
        }
        _ => prefixed("Δ", of, along),
    }
}

/// `∂²u/∂x²` of a name, and `∂²/∂x² (..)` of anything longer.
fn derivative(of: &Expr, along: &[Expr]) -> String {
    let order = |count: usize, base: &str| match count {
        1 => base.to_string(),
        count => raised(base, &format!("<mn>{count}</mn>")),
    };
    let above = order(along.len(), "<mo>∂</mo>");
    let below: String = along
        .chunk_by(|a, b| a == b)
        .map(|same| format!("<mo>∂</mo>{}", order(same.len(), &same[0].mathml())))
        .collect();
    match &*of.node {
        Node::Name(_) | Node::Index(..) => fraction(&row(&format!("{above}{}", of.mathml())), &row(&below)),
        _ => row(&format!("{}{}", fraction(&row(&above), &row(&below)), at(of, Binding::Power))),
    }
}

/// Whether a number is written with a power of ten.
fn has_power(value: f64) -> bool {
    value != 0.0 && !(1e-4..1e6).contains(&value.abs())
}

fn number(value: f64) -> String {
    if value.is_sign_negative() && value != 0.0 {
        return row(&format!("<mo>−</mo>{}", number(-value)));
    }
    if !has_power(value) {
        return format!("<mn>{value}</mn>");
    }
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text.as_str(), "0"));
    let exponent = match exponent.strip_prefix('-') {
        Some(digits) => row(&format!("<mo>−</mo><mn>{digits}</mn>")),
        None => format!("<mn>{exponent}</mn>"),
    };
    let power = raised("<mn>10</mn>", &exponent);
    if mantissa == "1" { power } else { row(&format!("<mn>{mantissa}</mn><mo>×</mo>{power}")) }
}

/// A name: Greek if it is the name of a Greek letter, with what follows the first `_` as an index.
fn identifier(name: &str) -> String {
    match name.split_once('_') {
        Some((base, index)) if !base.is_empty() && !index.is_empty() => {
            format!("<msub>{}{}</msub>", identifier(base), identifier(index))
        }
        _ if name.starts_with(|c: char| c.is_ascii_digit()) => format!("<mn>{}</mn>", escaped(name)),
        _ => format!("<mi>{}</mi>", greek(name).map_or_else(|| escaped(name), str::to_string)),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The Greek letter of this name.
fn greek(name: &str) -> Option<&'static str> {
    const LETTERS: [(&str, &str); 33] = [
        ("alpha", "α"),
        ("beta", "β"),
        ("gamma", "γ"),
        ("delta", "δ"),
        ("epsilon", "ε"),
        ("zeta", "ζ"),
        ("eta", "η"),
        ("theta", "θ"),
        ("iota", "ι"),
        ("kappa", "κ"),
        ("lambda", "λ"),
        ("mu", "μ"),
        ("nu", "ν"),
        ("xi", "ξ"),
        ("pi", "π"),
        ("rho", "ρ"),
        ("sigma", "σ"),
        ("tau", "τ"),
        ("upsilon", "υ"),
        ("phi", "φ"),
        ("chi", "χ"),
        ("psi", "ψ"),
        ("omega", "ω"),
        ("Gamma", "Γ"),
        ("Delta", "Δ"),
        ("Theta", "Θ"),
        ("Lambda", "Λ"),
        ("Xi", "Ξ"),
        ("Pi", "Π"),
        ("Sigma", "Σ"),
        ("Phi", "Φ"),
        ("Psi", "Ψ"),
        ("Omega", "Ω"),
    ];
    LETTERS.iter().find(|(word, _)| *word == name).map(|(_, letter)| *letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The MathML without the characters that are not seen.
    fn of(text: &str) -> String {
        let written = Expr::parse(text).unwrap().mathml();
        written.replace("<mspace width=\"0.17em\"></mspace>", "").replace(['\u{2062}', '\u{2061}'], "")
    }

    #[test]
    fn sums_fractions_and_powers() {
        assert_eq!(
            of("a + b - 2"),
            "<mrow><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mo>−</mo><mn>2</mn></mrow>"
        );
        // A fraction needs no parentheses, a sum under a power does.
        assert_eq!(
            of("(a + b)/c^2"),
            "<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><msup><mi>c</mi><mn>2</mn></msup></mfrac>"
        );
        assert_eq!(
            of("(a + b)^2"),
            "<msup><mrow><mo>(</mo><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mo>)</mo></mrow><mn>2</mn></msup>"
        );
        assert_eq!(of("(a/b)^2").matches("<mo>(</mo>").count(), 1);
        assert_eq!(of("a - (b - c)").matches("<mo>(</mo>").count(), 1);
        assert_eq!(of("2*3"), "<mrow><mn>2</mn><mo>⋅</mo><mn>3</mn></mrow>");
        assert_eq!(of("2*nu"), "<mrow><mn>2</mn><mo></mo><mi>ν</mi></mrow>");
        assert_eq!(of("-a^2"), "<mrow><mo>−</mo><msup><mi>a</mi><mn>2</mn></msup></mrow>");
    }

    #[test]
    fn derivatives_are_fractions_of_partial_signs() {
        assert_eq!(
            of("d(u, x)"),
            "<mfrac><mrow><mo>∂</mo><mi>u</mi></mrow><mrow><mo>∂</mo><mi>x</mi></mrow></mfrac>"
        );
        assert_eq!(
            of("d(u, x, x)"),
            "<mfrac><mrow><msup><mo>∂</mo><mn>2</mn></msup><mi>u</mi></mrow><mrow><mo>∂</mo><msup><mi>x</mi><mn>2</mn></msup></mrow></mfrac>"
        );
        let mixed = of("d(u, x, x, t)");
        assert!(
            mixed.starts_with("<mfrac><mrow><msup><mo>∂</mo><mn>3</mn></msup><mi>u</mi></mrow>"),
            "{mixed}"
        );
        assert!(mixed.ends_with(
            "<mrow><mo>∂</mo><msup><mi>x</mi><mn>2</mn></msup><mo>∂</mo><mi>t</mi></mrow></mfrac>"
        ));
        // Of a product: an operator before parentheses.
        let product = of("d(A*d(u, x), x)");
        assert!(product.starts_with(
            "<mrow><mfrac><mrow><mo>∂</mo></mrow><mrow><mo>∂</mo><mi>x</mi></mrow></mfrac><mrow><mo>(</mo>"
        ));
        assert_eq!(of("laplace(u)"), "<mrow><mo>Δ</mo><mi>u</mi></mrow>");
        assert_eq!(of("laplace(laplace(u))"), "<mrow><msup><mo>Δ</mo><mn>2</mn></msup><mi>u</mi></mrow>");
        assert_eq!(
            of("laplace(u, x, y)"),
            "<mrow><msub><mo>Δ</mo><mrow><mi>x</mi><mo>,</mo><mi>y</mi></mrow></msub><mi>u</mi></mrow>"
        );
        let flux = of("dot(grad(u), n)");
        assert_eq!(flux, "<mrow><mrow><mo>∇</mo><mi>u</mi></mrow><mo>⋅</mo><mi>n</mi></mrow>");
    }

    #[test]
    fn complex_numbers_functions_and_numbers() {
        assert_eq!(of("conj(psi)"), "<mover><mi>ψ</mi><mo>¯</mo></mover>");
        assert_eq!(of("abs(psi)^2"), "<msup><mrow><mo>|</mo><mi>ψ</mi><mo>|</mo></mrow><mn>2</mn></msup>");
        assert_eq!(of("exp(i*k)"), "<msup><mi>e</mi><mrow><mi>i</mi><mo></mo><mi>k</mi></mrow></msup>");
        assert_eq!(of("complex(p, q)"), "<mrow><mi>p</mi><mo>+</mo><mi>i</mi><mo></mo><mi>q</mi></mrow>");
        assert_eq!(of("sqrt(x)"), "<msqrt><mi>x</mi></msqrt>");
        assert_eq!(of("v[0]"), "<msub><mi>v</mi><mn>0</mn></msub>");
        assert_eq!(of("u_max"), "<msub><mi>u</mi><mi>max</mi></msub>");
        assert_eq!(of("1e-5"), "<msup><mn>10</mn><mrow><mo>−</mo><mn>5</mn></mrow></msup>");
        assert_eq!(of("2.5e7"), "<mrow><mn>2.5</mn><mo>×</mo><msup><mn>10</mn><mn>7</mn></msup></mrow>");
        assert!(
            of("where(x < 1, a, b)")
                .contains("<mtext>if </mtext><mrow><mi>x</mi><mo>&lt;</mo><mn>1</mn></mrow>")
        );
    }

    #[test]
    fn every_function_is_written_well_formed_and_names_are_escaped() {
        for name in super::super::function_names() {
            let text = [1, 2, 3].map(|count| format!("{name}({})", vec!["u"; count].join(", ")));
            for text in text {
                let written = Expr::parse(&text).unwrap().mathml();
                let mut open = Vec::new();
                for part in written.split('<').skip(1) {
                    let tag = part.split(['>', ' ']).next().unwrap();
                    match tag.strip_prefix('/') {
                        Some(tag) => assert_eq!(open.pop(), Some(tag), "{written}"),
                        None => open.push(tag),
                    }
                }
                assert!(open.is_empty(), "{written}");
            }
        }
        assert_eq!(Expr::name("<b>&").mathml(), "<mi>&lt;b&gt;&amp;</mi>");
    }
}
