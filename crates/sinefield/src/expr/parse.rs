//! A Pratt parser from tokens to a syntax tree.
//!
//! The operators from loose to tight: `or`; `and`; `not`; comparisons, which do not chain; `+ -`; `* /`;
//! unary minus; `^`, which associates to the right; `v[0]`.

use std::ops::Range;
use std::str::FromStr;

use super::error::{ExprError, ExprErrorKind, Origin};
use super::syntax::{Binding, Expr, MOST_LEVELS, Node, Operator};
use super::token::{Token, tokens};

impl Expr {
    /// Parses an expression.
    ///
    /// # Errors
    /// If the text does not follow the grammar, contains a malformed number, or nests more than 400 levels.
    pub fn parse(text: &str) -> Result<Expr, ExprError> {
        let mut parser = Parser { tokens: tokens(text)?, at: 0, levels: 0 };
        let expr = parser.expression(Binding::Or)?;
        match parser.peek() {
            Token::End => Ok(expr),
            _ => Err(parser.unexpected("an operator or the end")),
        }
    }
}

impl FromStr for Expr {
    type Err = ExprError;

    fn from_str(text: &str) -> Result<Self, ExprError> {
        Expr::parse(text)
    }
}

struct Parser<'a> {
    tokens: Vec<(Token<'a>, Range<usize>)>,
    at: usize,
    /// The number of active calls of `expression`.
    levels: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Token<'a> {
        self.tokens[self.at].0
    }

    fn here(&self) -> Range<usize> {
        self.tokens[self.at].1.clone()
    }

    /// The byte where the last consumed token ends.
    fn end(&self) -> usize {
        self.tokens[self.at.max(1) - 1].1.end
    }

    fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    fn take(&mut self, symbol: &str) -> bool {
        let found = self.peek() == Token::Symbol(symbol);
        if found {
            self.advance();
        }
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), ExprError> {
        if self.take(symbol) { Ok(()) } else { Err(self.unexpected(&format!("\"{symbol}\""))) }
    }

    /// An expression whose operators bind at least as tightly as `least`.
    fn expression(&mut self, least: Binding) -> Result<Expr, ExprError> {
        self.levels += 1;
        if self.levels > MOST_LEVELS {
            return Err(self.too_deep(self.here()));
        }
        let start = self.here().start;
        let mut left = self.operand(least)?;
        while let Some(operator) = self.operator().filter(|o| o.binding() >= least) {
            self.advance();
            let right = self.expression(operator.operands().1)?;
            left = self.node(Node::Binary(operator, left, right), start)?;
            let next = self.operator().map(Operator::binding);
            if operator.binding() == Binding::Comparison && next == Some(Binding::Comparison) {
                return Err(self.unexpected("\"and\", since comparisons do not chain"));
            }
        }
        self.levels -= 1;
        Ok(left)
    }

    /// The operand before an operator: a negation, a `not`, or a value with indices.
    fn operand(&mut self, least: Binding) -> Result<Expr, ExprError> {
        let start = self.here().start;
        match self.peek() {
            Token::Symbol("-") => {
                self.advance();
                let operand = self.expression(Binding::Negative)?;
                self.node(Node::Negative(operand), start)
            }
            Token::Name("not") if least <= Binding::Not => {
                self.advance();
                let operand = self.expression(Binding::Not)?;
                self.node(Node::Not(operand), start)
            }
            Token::Name("not") => Err(self.unexpected("a value; put not in parentheses")),
            _ => self.postfix(start),
        }
    }

    fn postfix(&mut self, start: usize) -> Result<Expr, ExprError> {
        let mut expr = self.primary(start)?;
        while self.take("[") {
            let index = match self.peek() {
                Token::Number(value) if value.fract() == 0.0 && value < 1e9 => value as usize,
                _ => return Err(self.unexpected("a whole number from 0, such as [0]")),
            };
            self.advance();
            self.expect("]")?;
            expr = self.node(Node::Index(expr, index), start)?;
        }
        Ok(expr)
    }

    fn primary(&mut self, start: usize) -> Result<Expr, ExprError> {
        match self.peek() {
            Token::Number(value) => {
                self.advance();
                self.node(Node::Number(value), start)
            }
            Token::Name(name) if !matches!(name, "and" | "or" | "not") => {
                self.advance();
                if !self.take("(") {
                    return self.node(Node::Name(name.to_string()), start);
                }
                let arguments = self.list(")")?;
                self.node(Node::Call(name.to_string(), arguments), start)
            }
            Token::Symbol("(") => {
                self.advance();
                let inner = self.expression(Binding::Or)?;
                self.expect(")")?;
                Ok(inner)
            }
            Token::Symbol("[") => {
                self.advance();
                let parts = self.list("]")?;
                if parts.is_empty() {
                    self.at -= 1;
                    return Err(self.unexpected("a value, since a vector has at least 1 component"));
                }
                self.node(Node::Vector(parts), start)
            }
            _ => Err(self.unexpected("a value")),
        }
    }

    /// Expressions separated by commas, up to `close`. A trailing comma is allowed.
    fn list(&mut self, close: &str) -> Result<Vec<Expr>, ExprError> {
        let mut parts = Vec::new();
        while !self.take(close) {
            parts.push(self.expression(Binding::Or)?);
            if !self.take(",") {
                if !self.take(close) {
                    return Err(self.unexpected(&format!("\",\" or \"{close}\"")));
                }
                break;
            }
        }
        Ok(parts)
    }

    fn operator(&self) -> Option<Operator> {
        Some(match self.peek() {
            Token::Name("or") => Operator::Or,
            Token::Name("and") => Operator::And,
            Token::Symbol("<") => Operator::Less,
            Token::Symbol("<=") => Operator::LessEqual,
            Token::Symbol(">") => Operator::Greater,
            Token::Symbol(">=") => Operator::GreaterEqual,
            Token::Symbol("==") => Operator::Equal,
            Token::Symbol("!=") => Operator::NotEqual,
            Token::Symbol("+") => Operator::Add,
            Token::Symbol("-") => Operator::Subtract,
            Token::Symbol("*") => Operator::Multiply,
            Token::Symbol("/") => Operator::Divide,
            Token::Symbol("^") => Operator::Power,
            _ => return None,
        })
    }

    /// A node whose span goes from `start` to the end of the last consumed token.
    fn node(&self, node: Node, start: usize) -> Result<Expr, ExprError> {
        let span = start..self.end();
        let expr = Expr::new(node, Some(span.clone()));
        if expr.is_too_deep() { Err(self.too_deep(span)) } else { Ok(expr) }
    }

    fn too_deep(&self, span: Range<usize>) -> ExprError {
        ExprError::new(ExprErrorKind::TooDeep { most: MOST_LEVELS }, Origin::Residual, Some(span))
    }

    fn unexpected(&self, expected: &str) -> ExprError {
        let found = match self.peek() {
            Token::Number(value) => format!("the number {value:?}"),
            Token::Name(text) | Token::Symbol(text) => format!("\"{text}\""),
            Token::End => "the end".to_string(),
        };
        let kind = ExprErrorKind::Syntax { expected: expected.to_string(), found };
        ExprError::new(kind, Origin::Residual, Some(self.here()))
    }
}
