//! Reads Wavefront OBJ: the lines `v`, `vn` and `f`.
//!
//! The crate `tobj` is not used. It keeps only the vertices that faces name, so that it reads no clouds. It gives the
//! vertices at the border of two groups twice, which would tear the mesh apart. It refuses lines that continue in the next.

use crate::input::Input;
use crate::surface::text::{Lines, quoted, words};
use crate::{MediaError, Surface};

/// The longest line after joining those that continue, in bytes.
const LONGEST_JOINED: usize = 1 << 24;

/// Reads a mesh or a cloud.
pub(super) fn read(input: Input<'_>) -> Result<Surface, MediaError> {
    let path = input.path;
    let mut lines = Lines::new(input, 0);
    let mut obj = Obj::default();
    while lines.advance()? {
        let keyword = lines.words().next();
        match keyword {
            Some(b"v") => obj.points.push(lines.vector()?),
            Some(b"vn") => obj.normals.push(lines.vector()?),
            Some(b"f") => {
                let joined = joined(&mut lines)?;
                obj.add_face(&lines, &joined)?;
            }
            _ => {}
        }
    }
    if let Some(Largest { index, face, line, column }) = obj.largest
        && index as usize >= obj.points.len()
    {
        let detail = format!(
            "face {face} (counted from 0) names vertex {}, and there are {}; repair the face or export it again",
            u64::from(index) + 1,
            obj.points.len(),
        );
        return Err(MediaError::Table { path: path.into(), line, column, detail });
    }
    let normals = obj.faces.is_empty() && obj.normals.len() == obj.points.len();
    Surface { points: obj.points, normals: normals.then_some(obj.normals), faces: obj.faces }.checked(path)
}

/// What the lines have given so far.
#[derive(Default)]
struct Obj {
    points: Vec<[f64; 3]>,
    normals: Vec<[f64; 3]>,
    faces: Vec<[u32; 3]>,
    /// The number of faces in the file.
    read: usize,
    /// Vertices may follow the faces that name them, so that the largest index is compared at the end.
    largest: Option<Largest>,
}

/// The largest index and its place.
struct Largest {
    index: u32,
    face: usize,
    line: usize,
    column: usize,
}

impl Obj {
    /// Adds a face as triangles around its first corner.
    fn add_face(&mut self, lines: &Lines<'_>, text: &[u8]) -> Result<(), MediaError> {
        let corners = words(text).skip(1).take_while(|word| !word.starts_with(b"#"));
        let mut fan = None;
        for (word, column) in corners.zip(2..) {
            let index = self.index(lines, word, column)?;
            if self.largest.as_ref().is_none_or(|largest| index > largest.index) {
                self.largest = Some(Largest { index, face: self.read, line: lines.number, column });
            }
            fan = match fan {
                None => Some((index, None)),
                Some((first, None)) => Some((first, Some(index))),
                Some((first, Some(before))) => {
                    self.faces.push([first, before, index]);
                    Some((first, Some(index)))
                }
            };
        }
        self.read += 1;
        Ok(())
    }

    /// The index in a corner `v`, `v/vt`, `v//vn` or `v/vt/vn`, counted from 0. Negative ones count back from the last
    /// vertex so far.
    fn index(&self, lines: &Lines<'_>, corner: &[u8], column: usize) -> Result<u32, MediaError> {
        let vertex = corner.split(|&byte| byte == b'/').next().unwrap_or_default();
        let stated: Option<i64> = std::str::from_utf8(vertex).ok().and_then(|text| text.parse().ok());
        let index = match stated {
            Some(0) | None => None,
            Some(stated) if stated > 0 => Some(stated - 1),
            Some(stated) => stated.checked_add(self.points.len() as i64),
        };
        index.and_then(|index| u32::try_from(index).ok()).ok_or_else(|| {
            let (face, points) = (self.read, self.points.len());
            let detail = format!(
                "{} of face {face} (counted from 0) names none of the vertices, {points} so far; write an index like 1 or -1",
                quoted(corner),
            );
            lines.wrong(column, detail)
        })
    }
}

/// The line with those in which it continues. A backslash at its end says that it does.
fn joined(lines: &mut Lines<'_>) -> Result<Vec<u8>, MediaError> {
    let mut joined = lines.line().to_vec();
    while joined.ends_with(b"\\") {
        joined.pop();
        joined.push(b' ');
        if !lines.advance()? {
            break;
        }
        joined.extend(lines.line());
        if joined.len() > LONGEST_JOINED {
            return Err(lines.wrong(1, format!("the face is longer than {LONGEST_JOINED} bytes; break it")));
        }
    }
    Ok(joined)
}
