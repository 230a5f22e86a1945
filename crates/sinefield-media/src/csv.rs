//! Reading tables: a line of names, then lines of as many numbers.

use std::collections::HashSet;
use std::io::{self, BufRead, Read};
use std::path::Path;

use crate::MediaError;
use crate::arrays::Array;
use crate::input::Input;

/// The longest line; one without an end belongs to no table.
const LONGEST_LINE: u64 = 1 << 20;

/// The most characters of a cell that a message repeats.
const QUOTED: usize = 80;

/// Reads every column of a table.
pub(crate) fn read(mut input: Input<'_>) -> Result<Vec<Array>, MediaError> {
    let path = input.path;
    let mut lines = Lines { path, source: &mut input.source, text: String::new(), line: 0 };
    if !lines.advance()? {
        return Err(MediaError::Empty { path: path.into(), shape: vec![0] });
    }
    let mut columns = names(&lines)?;
    let mut empty = None;
    while lines.advance()? {
        if lines.text.trim().is_empty() {
            empty = empty.or(Some(lines.line));
            continue;
        }
        if let Some(line) = empty {
            return Err(wrong(path, line, 1, "the line is empty and others follow; delete it".into()));
        }
        row(&lines, &mut columns)?;
    }
    if columns[0].data.is_empty() {
        return Err(MediaError::Empty { path: path.into(), shape: vec![0, columns.len()] });
    }
    columns.iter_mut().for_each(|column| column.shape = vec![column.data.len()]);
    Ok(columns)
}

/// The lines of a text, one at a time.
struct Lines<'a, S> {
    path: &'a Path,
    source: S,
    text: String,
    line: usize,
}

impl<S: BufRead> Lines<'_, S> {
    /// Reads the next line into `text`; whether there was one.
    fn advance(&mut self) -> Result<bool, MediaError> {
        self.text.clear();
        self.line += 1;
        let not_a_table = || MediaError::NotArrays { path: self.path.into() };
        let read = self.source.by_ref().take(LONGEST_LINE).read_line(&mut self.text);
        let count = read.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => not_a_table(),
            _ => Input::refused(self.path, error),
        })?;
        if count as u64 == LONGEST_LINE {
            return Err(not_a_table());
        }
        if self.line == 1 && self.text.starts_with('\u{feff}') {
            self.text.remove(0);
        }
        Ok(count > 0)
    }
}

/// The columns that the first line names, without values.
fn names<S>(lines: &Lines<'_, S>) -> Result<Vec<Array>, MediaError> {
    let mut columns: Vec<Array> = Vec::new();
    let mut seen = HashSet::new();
    for (cell, column) in lines.text.split(',').zip(1..) {
        let name = cell.trim();
        let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name);
        let refused = |detail: String| Err(wrong(lines.path, 1, column, detail));
        if name.chars().any(char::is_control) {
            return Err(MediaError::NotArrays { path: lines.path.into() });
        }
        if name.is_empty() {
            return refused("the column has no name; give one".into());
        }
        if name.parse::<f64>().is_ok() {
            return refused(format!("{name} is a number; the first line has to name the columns"));
        }
        if !seen.insert(name) {
            return refused(format!("there is a column {name:?} already; give another name"));
        }
        columns.push(Array { name: name.to_owned(), shape: Vec::new(), data: Vec::new() });
    }
    Ok(columns)
}

/// Adds the numbers of a line to the columns.
fn row<S>(lines: &Lines<'_, S>, columns: &mut [Array]) -> Result<(), MediaError> {
    let (path, line) = (lines.path, lines.line);
    let mut found = 0;
    for (cell, column) in lines.text.split(',').zip(1..) {
        let text = cell.trim();
        let Some(target) = columns.get_mut(found) else {
            let expected = columns.len();
            return Err(wrong(
                path,
                line,
                column,
                format!("{expected} columns are named; name this one too"),
            ));
        };
        let number = text.parse::<f64>().map_err(|_| {
            let text: String = text.chars().take(QUOTED).collect();
            wrong(path, line, column, format!("{text:?} is not a number; write one, like -1.5e3"))
        })?;
        let narrow = number as f32;
        if !narrow.is_finite() {
            return Err(wrong(path, line, column, format!("{text} is not a finite float32; replace it")));
        }
        target.data.push(narrow);
        found += 1;
    }
    if found < columns.len() {
        let detail = format!("it has {found} numbers for {} columns; write the missing ones", columns.len());
        return Err(wrong(path, line, found, detail));
    }
    Ok(())
}

fn wrong(path: &Path, line: usize, column: usize, detail: String) -> MediaError {
    MediaError::Table { path: path.into(), line, column, detail }
}
