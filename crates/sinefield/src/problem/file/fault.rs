//! A fault of a problem file, and its place.

use std::fmt;
use std::ops::Range;

/// The largest number of characters of a line that an excerpt shows.
const SHOWN: usize = 160;

/// The reason why a problem file cannot be used, with its place if known.
#[derive(Clone, Debug, PartialEq)]
pub struct FileFault {
    /// The fault, in one line.
    pub what: String,
    /// The place in the file, if known.
    pub place: Option<Place>,
}

/// A place in a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The line, counted from 1.
    pub line: usize,
    /// The character of the line, counted from 1.
    pub column: usize,
    /// The line's text.
    pub text: String,
    /// The number of characters of the place on its line, at least 1.
    pub width: usize,
}

impl Place {
    /// The place of the bytes `span` of `text`.
    pub fn new(text: &str, span: Range<usize>) -> Self {
        let floor =
            |at: usize| (0..=at.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        let (start, end) = (floor(span.start), floor(span.end));
        let begin = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let stop = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let width = text[start..end.clamp(start, stop)].chars().count().max(1);
        Self {
            line: text[..begin].matches('\n').count() + 1,
            column: text[begin..start].chars().count() + 1,
            text: text[begin..stop].trim_end().to_string(),
            width,
        }
    }

    /// The line with carets under the place; of a long line, the part around the place. Control characters
    /// except tabs are replaced, so that a file cannot control a terminal.
    pub fn excerpt(&self) -> String {
        let long = self.text.chars().count() > SHOWN;
        let before = if long { (self.column - 1).min(SHOWN / 2) } else { self.column - 1 };
        let shown = self.text.chars().skip(self.column - 1 - before).take(SHOWN);
        let shown: String = shown.map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect();
        // Tabs stay tabs, so that the carets line up with the marked characters.
        let blank = |c: char| if c == '\t' { '\t' } else { ' ' };
        let blanks: String = shown.chars().take(before).map(blank).collect();
        format!("{shown}\n{blanks}{}", "^".repeat(self.width.min(SHOWN.saturating_sub(before).max(1))))
    }
}

impl FileFault {
    pub(super) fn new(what: impl fmt::Display) -> Self {
        // Errors of the TOML reader may run over several lines.
        let what = what.to_string().lines().map(str::trim).collect::<Vec<_>>().join("; ");
        Self { what, place: None }
    }

    /// A fault at `span` of `text`. A value from a setting has the span 0..0, and no place in the file.
    pub(super) fn at(text: &str, span: Option<Range<usize>>, what: impl fmt::Display) -> Self {
        let span = span.filter(|span| *span != (0..0));
        Self { place: span.map(|span| Place::new(text, span)), ..Self::new(what) }
    }
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{}:{}: {}", place.line, place.column, self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl std::error::Error for FileFault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters() {
        let text = "a = 1\nß = \"laplace(ü) - f\"\n";
        let at = text.find('ü').unwrap();
        let place = Place::new(text, at..at + 2);
        assert_eq!((place.line, place.column, place.width), (2, 14, 1));
        assert_eq!(place.excerpt(), "ß = \"laplace(ü) - f\"\n             ^");

        // A long line is cut on both sides, and control characters are replaced.
        let long = format!("{}\u{1b}[2J{}", "a".repeat(500), "b".repeat(500));
        let place = Place::new(&long, 501..900);
        let excerpt = place.excerpt();
        let (line, carets) = excerpt.split_once('\n').unwrap();
        assert_eq!(line, format!("{}\u{fffd}[2J{}", "a".repeat(79), "b".repeat(77)));
        assert_eq!(carets, format!("{}{}", " ".repeat(80), "^".repeat(80)));
        // Out of range, or inside a character: the nearest place before.
        assert_eq!(Place::new(text, 1000..2000).line, 3);
        assert_eq!(Place::new("ü", 1..2).column, 1);
    }
}
