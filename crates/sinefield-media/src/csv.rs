//! Reads tables: a line of names, then lines of as many numbers.

use std::collections::HashSet;
use std::io::{self, Read};
use std::path::Path;

use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord, Terminator};

use crate::MediaError;
use crate::arrays::Array;
use crate::input::Input;

/// The longest line. A file with a longer line is not a table.
const LONGEST_LINE: usize = 1 << 20;

/// The largest number of characters of a cell in a message.
const QUOTED: usize = 80;

/// Reads every column of a table.
pub(crate) fn read(mut input: Input<'_>) -> Result<Vec<Array>, MediaError> {
    let path = input.path;
    let mut rows = Rows::new(path, &mut input.source);
    if !rows.advance()? {
        return Err(MediaError::Empty { path: path.into(), shape: vec![0] });
    }
    let mut columns = names(&rows)?;
    while rows.advance()? {
        row(&rows, &mut columns)?;
    }
    if columns[0].data.is_empty() {
        return Err(MediaError::Empty { path: path.into(), shape: vec![0, columns.len()] });
    }
    columns.iter_mut().for_each(|column| column.shape = vec![column.data.len()]);
    Ok(columns)
}

/// The rows of a table, one at a time.
struct Rows<'a, S> {
    path: &'a Path,
    reader: Reader<Lines<S>>,
    record: StringRecord,
    /// The line on which the row starts.
    line: usize,
    /// The first of the empty lines before it.
    empty: Option<usize>,
}

impl<'a, S: Read> Rows<'a, S> {
    fn new(path: &'a Path, source: S) -> Self {
        let mut options = ReaderBuilder::new();
        // The usual terminators would count the lines of a file with carriage returns wrongly.
        options.has_headers(false).flexible(true).terminator(Terminator::Any(b'\n'));
        let reader = options.from_reader(Lines { source, length: 0 });
        Self { path, reader, record: StringRecord::new(), line: 0, empty: None }
    }

    /// Reads the next row that is not empty. Returns whether there was one.
    fn advance(&mut self) -> Result<bool, MediaError> {
        while self.reader.read_record(&mut self.record).map_err(|error| fault(self.path, error))? {
            let begin = self.record.position().map_or(0, |position| position.line() as usize);
            let end = self.reader.position().line() as usize;
            // The reader skips lines without a character.
            let breaks = self.record.iter().map(|cell| cell.matches('\n').count()).sum::<usize>();
            let passed = end > begin + breaks + 1;
            let blank = self.record.len() == 1 && self.record.iter().all(|cell| cell.trim().is_empty());
            if passed || blank {
                self.empty = self.empty.or(Some(begin));
            }
            if blank {
                continue;
            }
            self.line = begin;
            return match self.empty {
                Some(line) => {
                    let detail = "the line is empty and others follow; delete it".into();
                    Err(wrong(self.path, line, 1, detail))
                }
                None => Ok(true),
            };
        }
        Ok(false)
    }

    /// The cells of the row with their columns, counted from 1.
    fn cells(&self) -> impl Iterator<Item = (&str, usize)> {
        self.record.iter().map(cell).zip(1..)
    }
}

/// A cell without the spaces around it. The reader treats quotes after a space as part of the cell.
fn cell(raw: &str) -> &str {
    let cell = raw.trim();
    cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"')).unwrap_or(cell)
}

/// A source that fails at a line that is too long.
struct Lines<S> {
    source: S,
    /// Bytes of the current line so far.
    length: usize,
}

impl<S: Read> Read for Lines<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        let bytes = &buffer[..count];
        self.length = match bytes.iter().rposition(|&byte| byte == b'\n') {
            Some(place) => count - place,
            None => self.length + count,
        };
        if self.length > LONGEST_LINE { Err(io::ErrorKind::InvalidData.into()) } else { Ok(count) }
    }
}

/// The columns from the first row, without values.
fn names<S: Read>(rows: &Rows<'_, S>) -> Result<Vec<Array>, MediaError> {
    let mut columns: Vec<Array> = Vec::new();
    let mut seen = HashSet::new();
    for (name, column) in rows.cells() {
        let refused = |detail: String| Err(wrong(rows.path, rows.line, column, detail));
        if name.contains(['\n', '\r']) {
            return refused("the name has more than one line; write it on one".into());
        }
        if name.chars().any(char::is_control) {
            return Err(MediaError::NotArrays { path: rows.path.into() });
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
        columns.push(Array { name: name.to_owned(), shape: Vec::new(), data: Vec::new(), complex: false });
    }
    Ok(columns)
}

/// Adds the numbers of a row to the columns.
fn row<S: Read>(rows: &Rows<'_, S>, columns: &mut [Array]) -> Result<(), MediaError> {
    let refused = |column: usize, detail: String| Err(wrong(rows.path, rows.line, column, detail));
    let (expected, found) = (columns.len(), rows.record.len());
    for ((text, column), target) in rows.cells().zip(&mut *columns) {
        let Ok(number) = text.parse::<f64>() else {
            let text: String = text.chars().take(QUOTED).collect();
            return refused(column, format!("{text:?} is not a number; write one, like -1.5e3"));
        };
        let narrow = number as f32;
        if !narrow.is_finite() {
            return refused(column, format!("{text} is not a finite float32; replace it"));
        }
        target.data.push(narrow);
    }
    if found > expected {
        return refused(expected + 1, format!("{expected} columns are named; name this one too"));
    }
    if found < expected {
        return refused(
            found,
            format!("it has {found} numbers for {expected} columns; write the missing ones"),
        );
    }
    Ok(())
}

fn fault(path: &Path, error: csv::Error) -> MediaError {
    match error.into_kind() {
        ErrorKind::Io(error) if error.kind() != io::ErrorKind::InvalidData => Input::refused(path, error),
        _ => MediaError::NotArrays { path: path.into() },
    }
}

fn wrong(path: &Path, line: usize, column: usize, detail: String) -> MediaError {
    MediaError::Table { path: path.into(), line, column, detail }
}
