//! Writes a syntax tree as text that parses to the same tree. Serde uses this text.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::syntax::{Binding, Expr, Node, Operator};

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_at(f, self, Binding::Or)
    }
}

/// Writes `expr`, in parentheses if it binds less tightly than `least`.
fn write_at(f: &mut fmt::Formatter<'_>, expr: &Expr, least: Binding) -> fmt::Result {
    if binding(&expr.node) < least {
        f.write_str("(")?;
        write_node(f, &expr.node)?;
        return f.write_str(")");
    }
    write_node(f, &expr.node)
}

fn binding(node: &Node) -> Binding {
    match node {
        Node::Negative(_) => Binding::Negative,
        Node::Not(_) => Binding::Not,
        Node::Binary(operator, ..) => operator.binding(),
        _ => Binding::Postfix,
    }
}

fn write_node(f: &mut fmt::Formatter<'_>, node: &Node) -> fmt::Result {
    match node {
        Node::Number(value) if value.fract() == 0.0 && *value < 1e15 => write!(f, "{value}"),
        Node::Number(value) => write!(f, "{value:?}"),
        Node::Name(name) => f.write_str(name),
        Node::Vector(parts) => write_list(f, "[", parts, "]"),
        Node::Index(of, index) => {
            write_at(f, of, Binding::Postfix)?;
            write!(f, "[{index}]")
        }
        Node::Negative(of) => {
            f.write_str("-")?;
            write_at(f, of, Binding::Negative)
        }
        Node::Not(of) => {
            f.write_str("not ")?;
            write_at(f, of, Binding::Not)
        }
        Node::Binary(operator, a, b) => {
            let (left, right) = operator.operands();
            write_at(f, a, left)?;
            let space = if *operator == Operator::Power { "" } else { " " };
            write!(f, "{space}{}{space}", operator.symbol())?;
            write_at(f, b, right)
        }
        Node::Call(function, arguments) => {
            f.write_str(function)?;
            write_list(f, "(", arguments, ")")
        }
        Node::TooDeep => f.write_str("<nested too deeply>"),
    }
}

fn write_list(f: &mut fmt::Formatter<'_>, open: &str, parts: &[Expr], close: &str) -> fmt::Result {
    f.write_str(open)?;
    for (i, part) in parts.iter().enumerate() {
        f.write_str(if i > 0 { ", " } else { "" })?;
        write_at(f, part, Binding::Or)?;
    }
    f.write_str(close)
}

impl Serialize for Expr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Expr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Expr::parse(&text).map_err(de::Error::custom)
    }
}
