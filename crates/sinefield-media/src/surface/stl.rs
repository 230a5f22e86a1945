//! Reads STL, binary and as text.
//!
//! The crate `stl_io` is not used. It takes a binary file whose comment begins with `solid` for text, as many programs
//! write them. Of text it reads only the first solid, refuses a solid without a name and a normal that is NaN, as
//! triangles without an area have it, and rounds coordinates to 32 bits.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use crate::input::{Input, count};
use crate::surface::{room, stl_text};
use crate::{MediaError, Surface};

/// The bytes before the triangles of a binary file: a comment, and the number of triangles.
const HEADER: u64 = 84;

/// The bytes of the comment.
const COMMENT: usize = 80;

/// The bytes of a triangle: its normal, its corners, and two bytes that programs use differently.
const RECORD: usize = 50;

/// Triangles in one read.
const CHUNK: usize = 1 << 12;

/// Whether a file with this beginning is text.
pub(super) fn is_text(start: &[u8]) -> bool {
    let start = start.trim_ascii_start();
    start.len() > 5
        && start[..5].eq_ignore_ascii_case(b"solid")
        && start[5].is_ascii_whitespace()
        && !start.contains(&0)
}

/// Reads a mesh.
pub(super) fn read(mut input: Input<'_>) -> Result<Surface, MediaError> {
    let start = input.beginning(super::START)?;
    let stated =
        start.get(COMMENT..HEADER as usize).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
    let fits = stated.is_some_and(|stated| HEADER + u64::from(stated) * RECORD as u64 == input.length);
    if is_text(&start) && !fits {
        return stl_text::read(input);
    }
    let Some(stated) = stated else {
        return Err(corrupt(input.path, format!("it has {} bytes, fewer than its header", input.length)));
    };
    let (needed, held) = (u64::from(stated) * RECORD as u64, input.length - HEADER);
    if needed > held {
        let detail =
            format!("its header claims {stated} triangles of {RECORD} bytes, and {held} bytes follow");
        return Err(corrupt(input.path, detail));
    }
    binary(input, stated as usize)
}

fn binary(mut input: Input<'_>, stated: usize) -> Result<Surface, MediaError> {
    let path = input.path;
    let fault = |error| Input::refused(path, error);
    input.source.read_exact(&mut [0; HEADER as usize]).map_err(fault)?;
    let mut mesh = Merged { faces: room(path, stated)?, ..Merged::default() };
    let mut bytes = vec![0; CHUNK.min(stated) * RECORD];
    let mut left = stated;
    while left > 0 {
        let chunk = &mut bytes[..CHUNK.min(left) * RECORD];
        input.source.read_exact(chunk).map_err(fault)?;
        for record in chunk.as_chunks::<RECORD>().0 {
            let corner = |at: usize| [at, at + 4, at + 8].map(|at| f64::from(float(record, at)));
            mesh.add(path, [corner(12), corner(24), corner(36)])?;
        }
        left -= CHUNK.min(left);
    }
    mesh.surface().checked(path)
}

fn float(record: &[u8; RECORD], at: usize) -> f32 {
    f32::from_le_bytes([record[at], record[at + 1], record[at + 2], record[at + 3]])
}

/// A mesh whose corners become one point where their coordinates are equal.
#[derive(Default)]
pub(super) struct Merged {
    points: Vec<[f64; 3]>,
    faces: Vec<[u32; 3]>,
    /// The points by their bits.
    known: HashMap<[u64; 3], u32>,
}

impl Merged {
    /// Adds a triangle.
    pub fn add(&mut self, path: &Path, corners: [[f64; 3]; 3]) -> Result<(), MediaError> {
        let mut face = [0; 3];
        for (index, corner) in face.iter_mut().zip(corners) {
            // The sum turns -0 into 0, which is equal to it and has other bits.
            let key = corner.map(|value| (value + 0.0).to_bits());
            *index = match self.known.get(&key) {
                Some(&index) => index,
                None => {
                    count(path, &[self.points.len() + 1, 3])?;
                    let index = self.points.len() as u32;
                    self.points.push(corner);
                    self.known.insert(key, index);
                    index
                }
            };
        }
        self.faces.push(face);
        Ok(())
    }

    pub fn surface(self) -> Surface {
        Surface { points: self.points, normals: None, faces: self.faces }
    }
}

pub(super) fn corrupt(path: &Path, detail: String) -> MediaError {
    MediaError::Corrupt { path: path.into(), format: "STL", detail }
}
