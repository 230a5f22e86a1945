//! Reads clouds of points from text: a point in each line, or a point and its normal.

use std::mem::take;

use crate::input::Input;
use crate::surface::text::{Lines, number, words};
use crate::{MediaError, Surface};

/// Reads a cloud. The first line may be the number of points, or names.
pub(super) fn read(input: Input<'_>) -> Result<Surface, MediaError> {
    let mut lines = Lines::new(input, 0);
    let mut cloud = Cloud::default();
    let (mut first, mut stated) = (true, None);
    while lines.advance()? {
        let cells = cells(lines.line());
        if cells.is_empty() {
            continue;
        }
        let heading = if take(&mut first) { Heading::of(&cells) } else { None };
        match heading {
            Some(Heading::Count(count)) => stated = Some(count),
            Some(Heading::Names) => {}
            None => cloud.add(&lines, &cells)?,
        }
    }
    if let Some(stated) = stated.filter(|&stated| stated != cloud.points.len() as f64) {
        let detail = format!("its first line claims {stated} points and {} follow", cloud.points.len());
        return Err(MediaError::Corrupt { path: lines.path.into(), format: "XYZ", detail });
    }
    let normals = (cloud.columns == Some(6)).then_some(cloud.normals);
    Surface { points: cloud.points, normals, faces: Vec::new() }.checked(lines.path)
}

/// What the first line may be.
enum Heading {
    /// The number of points.
    Count(f64),
    /// The names of the columns.
    Names,
}

impl Heading {
    fn of(cells: &[&[u8]]) -> Option<Self> {
        match cells {
            [cell] => {
                number(cell).filter(|count| count.fract() == 0.0).map(Self::Count).or(Some(Self::Names))
            }
            _ => cells.iter().any(|cell| number(cell).is_none()).then_some(Self::Names),
        }
    }
}

/// The points so far.
#[derive(Default)]
struct Cloud {
    /// The number of columns, from the first point on.
    columns: Option<usize>,
    points: Vec<[f64; 3]>,
    normals: Vec<[f64; 3]>,
}

impl Cloud {
    /// Adds the point in the cells of a line.
    fn add(&mut self, lines: &Lines<'_>, cells: &[&[u8]]) -> Result<(), MediaError> {
        let found = cells.len();
        if !matches!(found, 3 | 6) {
            let detail = format!("the line has {found} columns; 3 (x y z) or 6 (x y z nx ny nz) are read");
            return Err(lines.wrong(1, detail));
        }
        let expected = *self.columns.get_or_insert(found);
        if found != expected {
            let detail =
                format!("the line has {found} columns and those before have {expected}; write as many");
            return Err(lines.wrong(1, detail));
        }
        let mut values = [0.0; 6];
        for (at, (value, cell)) in values.iter_mut().zip(cells).enumerate() {
            *value = lines.value(at + 1, cell)?;
        }
        let [x, y, z, nx, ny, nz] = values;
        self.points.push([x, y, z]);
        if expected == 6 {
            self.normals.push([nx, ny, nz]);
        }
        Ok(())
    }
}

/// The cells of a line up to a comment. Between commas or semicolons a cell may be empty, and is no number then.
fn cells(line: &[u8]) -> Vec<&[u8]> {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let comment = |at: &usize| line[*at] == b'#' || line[*at..].starts_with(b"//");
    let line = line[..(0..line.len()).find(comment).unwrap_or(line.len())].trim_ascii();
    let separator = |byte: &u8| matches!(byte, b',' | b';');
    if !line.iter().any(separator) {
        return words(line).collect();
    }
    let line = line.strip_suffix(b",").or_else(|| line.strip_suffix(b";")).unwrap_or(line);
    line.split(separator).map(<[u8]>::trim_ascii).collect()
}
