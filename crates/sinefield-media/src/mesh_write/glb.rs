//! Writes glTF 2.0 in its binary form.
//!
//! The file is a header of 12 bytes and two chunks, each behind its length and its type: a JSON text that describes the
//! scene, and the numbers. Everything is aligned to 4 bytes. The format is that of the Khronos glTF 2.0 specification.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{Bounds, narrow, write_floats};
use crate::MeshView;

/// The largest file: its length is a 32-bit number.
const LONGEST: u64 = u32::MAX as u64;

/// The bytes of the header and of the head of a chunk.
const HEADER: u64 = 12;
const CHUNK_HEAD: u64 = 8;

/// What the JSON says of the types and the use of numbers.
const FLOAT: u32 = 5126;
const UNSIGNED_INT: u32 = 5125;
const ARRAY_BUFFER: u32 = 34962;
const ELEMENT_ARRAY_BUFFER: u32 = 34963;
const TRIANGLES: u32 = 4;
const POINTS: u32 = 0;

/// What is known of a file before its numbers are written.
#[derive(Debug)]
pub(super) struct Layout {
    /// The JSON text, a multiple of 4 bytes.
    json: String,
    /// The bytes of the numbers.
    numbers: u32,
    /// The bytes of the file.
    total: u32,
    /// The origin of the coordinates in the file.
    middle: [f64; 3],
}

impl Layout {
    /// Describes a mesh. The error says what the format cannot hold.
    pub fn new(mesh: &MeshView<'_>, bounds: &Bounds) -> Result<Self, String> {
        let middle = bounds.middle();
        let corners = [bounds.least, bounds.most].map(|corner| relative(corner, middle));
        if !corners.iter().flatten().all(|value| value.is_finite()) {
            return Err("coordinates beyond 32-bit floats".into());
        }
        let sizes =
            Sizes { points: mesh.points.len(), normals: mesh.normals.is_some(), faces: mesh.faces.len() };
        let mut json = sizes.json(middle, corners);
        while !json.len().is_multiple_of(4) {
            json.push(' ');
        }
        let (numbers, total) = sizes.lengths(json.len())?;
        Ok(Self { json, numbers, total, middle })
    }

    /// Writes the file.
    pub fn write(&self, out: &mut impl Write, mesh: &MeshView<'_>) -> io::Result<()> {
        out.write_all(b"glTF")?;
        let words = [2, self.total, self.json.len() as u32];
        words.iter().try_for_each(|word| out.write_all(&word.to_le_bytes()))?;
        out.write_all(b"JSON")?;
        out.write_all(self.json.as_bytes())?;
        if self.numbers == 0 {
            return Ok(());
        }
        out.write_all(&self.numbers.to_le_bytes())?;
        out.write_all(b"BIN\0")?;
        mesh.points.iter().try_for_each(|&point| write_floats(out, relative(point, self.middle)))?;
        mesh.normals.unwrap_or_default().iter().try_for_each(|&normal| write_floats(out, normal))?;
        mesh.faces.iter().flatten().try_for_each(|index| out.write_all(&index.to_le_bytes()))
    }
}

/// A point relative to the middle. Rounding keeps the order of numbers, so that the corners of the bounding box become
/// exactly the least and the largest coordinates of the file.
fn relative(point: [f64; 3], middle: [f64; 3]) -> [f32; 3] {
    narrow([0, 1, 2].map(|axis| point[axis] - middle[axis]))
}

/// The sizes of a mesh.
struct Sizes {
    points: usize,
    normals: bool,
    faces: usize,
}

impl Sizes {
    /// The bytes of the numbers of each kind: coordinates, normals, indices.
    fn parts(&self) -> [u64; 3] {
        let coordinates = 12 * self.points as u64;
        [coordinates, if self.normals { coordinates } else { 0 }, 12 * self.faces as u64]
    }

    /// The bytes of the numbers and of the file.
    fn lengths(&self, json: usize) -> Result<(u32, u32), String> {
        let numbers: u64 = self.parts().iter().sum();
        let chunk = if numbers > 0 { CHUNK_HEAD + numbers } else { 0 };
        let total = HEADER + CHUNK_HEAD + json as u64 + chunk;
        if total > LONGEST {
            return Err(format!("a file of {total} bytes; 4 GiB are the most"));
        }
        Ok((numbers as u32, total as u32))
    }

    /// The description of the scene: a node with one mesh. A scene without points has no node.
    fn json(&self, middle: [f64; 3], [least, most]: [[f32; 3]; 2]) -> String {
        let asset = r#"{"asset":{"version":"2.0","generator":"sinefield"},"scene":0"#;
        let [coordinates, normals, indices] = self.parts();
        if coordinates == 0 {
            return format!("{asset},\"scenes\":[{{}}]}}");
        }
        let count = self.points;
        // In full, since the format compares these with the numbers of the file.
        let [least, most] = [least, most].map(|corner| corner.map(f64::from));
        let mut attributes = String::from(r#""POSITION":0"#);
        let mut views = view(0, coordinates, ARRAY_BUFFER);
        let mut accessors = format!(
            r#"{{"bufferView":0,"componentType":{FLOAT},"count":{count},"type":"VEC3","min":{least:?},"max":{most:?}}}"#
        );
        let mut primitive = format!(r#""mode":{POINTS}"#);
        let mut last = 0;
        if normals > 0 {
            last = 1;
            attributes += r#","NORMAL":1"#;
            views += &format!(",{}", view(coordinates, normals, ARRAY_BUFFER));
            let _ = write!(
                accessors,
                r#",{{"bufferView":1,"componentType":{FLOAT},"count":{count},"type":"VEC3"}}"#
            );
        }
        if indices > 0 {
            last += 1;
            primitive = format!(r#""indices":{last},"mode":{TRIANGLES}"#);
            views += &format!(",{}", view(coordinates + normals, indices, ELEMENT_ARRAY_BUFFER));
            let count = 3 * self.faces;
            let _ = write!(
                accessors,
                r#",{{"bufferView":{last},"componentType":{UNSIGNED_INT},"count":{count},"type":"SCALAR"}}"#
            );
        }
        let total = coordinates + normals + indices;
        format!(
            "{asset},\"scenes\":[{{\"nodes\":[0]}}],\"nodes\":[{{\"mesh\":0,\"translation\":{middle:?}}}],\
             \"meshes\":[{{\"primitives\":[{{\"attributes\":{{{attributes}}},{primitive}}}]}}],\
             \"accessors\":[{accessors}],\"bufferViews\":[{views}],\"buffers\":[{{\"byteLength\":{total}}}]}}"
        )
    }
}

fn view(offset: u64, length: u64, target: u32) -> String {
    format!(r#"{{"buffer":0,"byteOffset":{offset},"byteLength":{length},"target":{target}}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_beyond_4_gib_are_refused() {
        let sizes = |points, faces| Sizes { points, normals: true, faces };
        assert_eq!(sizes(1, 1).lengths(100), Ok((36, 12 + 8 + 100 + 8 + 36)));
        // 24 bytes for a point and 12 for a triangle.
        assert!(sizes(100_000_000, 150_000_000).lengths(800).is_ok());
        let error = sizes(100_000_000, 160_000_000).lengths(800).unwrap_err();
        assert!(error.contains("4320000828 bytes; 4 GiB are the most"), "{error}");
    }
}
