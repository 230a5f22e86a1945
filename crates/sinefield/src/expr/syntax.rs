//! The syntax tree.

use std::ops::Range;
use std::sync::Arc;

/// The largest number of levels of a tree. It bounds every recursion over trees, and so the stack.
pub(super) const MOST_LEVELS: usize = 400;

/// An expression: an immutable syntax tree, cheap to clone.
///
/// [`Expr::parse`] or operators make an expression, and `Display` writes it as text. Serde stores the text. A
/// [`Scope`](super::Scope) gives meaning to the names. Equality ignores the positions of nodes in the source
/// text.
///
/// ```
/// use sinefield::expr::Expr;
///
/// let (u, x) = (Expr::name("u"), Expr::name("x"));
/// let built = u.d("x") + 2.0 * (&x * &x).sin();
/// assert_eq!(built.to_string(), "d(u, x) + 2 * sin(x * x)");
/// assert_eq!(built, "d(u, x) + 2*sin(x*x)".parse()?);
/// # Ok::<(), sinefield::expr::ExprError>(())
/// ```
///
/// A tree of more than 400 levels is replaced by a placeholder, which compiling refuses.
#[derive(Clone, Debug)]
pub struct Expr {
    pub(super) node: Arc<Node>,
    span: Option<(usize, usize)>,
    levels: usize,
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.node, &other.node) || self.node == other.node
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Number(f64),
    Name(String),
    Vector(Vec<Expr>),
    Index(Expr, usize),
    Negative(Expr),
    Not(Expr),
    Binary(Operator, Expr, Expr),
    Call(String, Vec<Expr>),
    /// Replaces a tree of too many levels.
    TooDeep,
}

/// The operators between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

impl Operator {
    pub fn symbol(self) -> &'static str {
        match self {
            Operator::Or => "or",
            Operator::And => "and",
            Operator::Less => "<",
            Operator::LessEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterEqual => ">=",
            Operator::Equal => "==",
            Operator::NotEqual => "!=",
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::Power => "^",
        }
    }

    /// The binding strength of this operator.
    pub fn binding(self) -> Binding {
        match self {
            Operator::Or => Binding::Or,
            Operator::And => Binding::And,
            Operator::Add | Operator::Subtract => Binding::Sum,
            Operator::Multiply | Operator::Divide => Binding::Product,
            Operator::Power => Binding::Power,
            _ => Binding::Comparison,
        }
    }

    /// The least binding strengths of the left and the right operand that need no parentheses.
    pub fn operands(self) -> (Binding, Binding) {
        match self {
            Operator::Or => (Binding::Or, Binding::And),
            Operator::And => (Binding::And, Binding::Not),
            Operator::Add | Operator::Subtract => (Binding::Sum, Binding::Product),
            Operator::Multiply | Operator::Divide => (Binding::Product, Binding::Negative),
            Operator::Power => (Binding::Postfix, Binding::Negative),
            _ => (Binding::Sum, Binding::Sum),
        }
    }
}

/// Binding strengths (precedences), loosest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Binding {
    Or,
    And,
    Not,
    Comparison,
    Sum,
    Product,
    Negative,
    Power,
    Postfix,
}

impl Expr {
    pub(super) fn new(node: Node, span: Option<Range<usize>>) -> Self {
        let below = |parts: &[Expr]| parts.iter().map(|e| e.levels).max().unwrap_or(0);
        let levels = 1 + match &node {
            Node::Number(_) | Node::Name(_) => 0,
            Node::TooDeep => MOST_LEVELS,
            Node::Vector(parts) | Node::Call(_, parts) => below(parts),
            Node::Index(e, _) | Node::Negative(e) | Node::Not(e) => e.levels,
            Node::Binary(_, a, b) => a.levels.max(b.levels),
        };
        let span = span.map(|s| (s.start, s.end));
        if levels > MOST_LEVELS {
            return Self { node: Arc::new(Node::TooDeep), span, levels: MOST_LEVELS };
        }
        Self { node: Arc::new(node), span, levels }
    }

    /// The byte range in the source text; `None` for a node made with operators.
    pub(super) fn span(&self) -> Option<Range<usize>> {
        self.span.map(|(start, end)| start..end)
    }

    /// Part `at` of a vector that is written as a list.
    pub(crate) fn part(&self, at: usize) -> Option<Expr> {
        match &*self.node {
            Node::Vector(parts) => parts.get(at).cloned(),
            _ => None,
        }
    }

    /// The number of levels of the tree.
    pub(super) fn levels(&self) -> usize {
        self.levels
    }

    pub(super) fn is_too_deep(&self) -> bool {
        *self.node == Node::TooDeep
    }
}
