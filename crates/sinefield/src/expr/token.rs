//! Splits text into tokens.

use std::ops::Range;

use super::error::{ExprError, ExprErrorKind, Origin};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Number(f64),
    Name(&'a str),
    /// An operator or a bracket.
    Symbol(&'a str),
    End,
}

/// The symbols. A symbol comes before its own prefixes.
const SYMBOLS: [&str; 16] =
    ["<=", ">=", "==", "!=", "<", ">", "+", "-", "*", "/", "^", "(", ")", "[", "]", ","];

/// Splits `text` into tokens with their byte ranges. The last token is [`Token::End`]. Whitespace and
/// comments from `#` to the end of a line are skipped.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token<'_>, Range<usize>)>, ExprError> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        if first == '#' {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        let (token, length) = token(rest, first, at)?;
        found.push((token, at..at + length));
        at += length;
    }
    found.push((Token::End, text.len()..text.len()));
    Ok(found)
}

fn token(rest: &str, first: char, at: usize) -> Result<(Token<'_>, usize), ExprError> {
    let second = rest[first.len_utf8()..].chars().next();
    if first.is_ascii_digit() || (first == '.' && second.is_some_and(|c| c.is_ascii_digit())) {
        let length = number_length(rest);
        let text = &rest[..length];
        return match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok((Token::Number(value), length)),
            _ => Err(error(ExprErrorKind::Number { text: text.to_string() }, at, length)),
        };
    }
    if first.is_alphabetic() || first == '_' {
        let length = rest.find(|c| !in_name(c)).unwrap_or(rest.len());
        return Ok((Token::Name(&rest[..length]), length));
    }
    if rest.starts_with("**") {
        let kind = ExprErrorKind::Syntax { expected: "\"^\" for a power".into(), found: "\"**\"".into() };
        return Err(error(kind, at, 2));
    }
    if let Some(symbol) = SYMBOLS.iter().find(|s| rest.starts_with(**s)) {
        return Ok((Token::Symbol(&rest[..symbol.len()]), symbol.len()));
    }
    let expected = if first == '=' { "\"==\" for a comparison" } else { "a number, a name or an operator" };
    let kind =
        ExprErrorKind::Syntax { expected: expected.into(), found: format!("{first:?}").replace('\'', "\"") };
    Err(error(kind, at, first.len_utf8()))
}

/// Whether `text` is a name of the language: a letter or an underscore, and letters, digits and underscores.
pub fn is_name(text: &str) -> bool {
    let begins = |c: char| c.is_alphabetic() || c == '_';
    text.chars().next().is_some_and(begins) && text.chars().all(in_name)
}

fn in_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length in bytes of a number, well-formed or not: letters, digits, underscores, points, and a sign
/// after the `e` of an exponent.
fn number_length(rest: &str) -> usize {
    let mut previous = ' ';
    let mut digits_only = true;
    for (at, c) in rest.char_indices() {
        let sign = (c == '+' || c == '-') && (previous == 'e' || previous == 'E') && digits_only;
        if !(in_name(c) || c == '.' || sign) {
            return at;
        }
        digits_only &= c.is_ascii_digit() || c == '.' || ((c == 'e' || c == 'E') && previous != 'e');
        previous = c;
    }
    rest.len()
}

fn error(kind: ExprErrorKind, at: usize, length: usize) -> ExprError {
    ExprError::new(kind, Origin::Residual, Some(at..at + length))
}
