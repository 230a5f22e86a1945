//! Reads STL written as text: `facet normal .. outer loop vertex .. vertex .. vertex .. endloop endfacet`.

use crate::input::Input;
use crate::surface::stl::{Merged, corrupt};
use crate::surface::text::{Lines, quoted};
use crate::{MediaError, Surface};

/// Reads all solids of a file as one mesh.
pub(super) fn read(input: Input<'_>) -> Result<Surface, MediaError> {
    let path = input.path;
    let mut lines = Lines::new(input, 0);
    let mut mesh = Merged::default();
    let (mut corners, mut held, mut open) = ([[0.0; 3]; 3], 0, false);
    while lines.advance_to_words()? {
        let word = lines.words().next().unwrap_or_default().to_ascii_lowercase();
        match &word[..] {
            b"solid" => open = true,
            b"endsolid" if held == 0 => open = false,
            b"facet" | b"outer" if held == 0 => {}
            b"vertex" if held < 3 => {
                corners[held] = lines.vector()?;
                held += 1;
            }
            b"endloop" if held == 3 => {
                mesh.add(path, corners)?;
                held = 0;
            }
            b"endfacet" if held == 0 => {}
            b"facet" | b"outer" | b"vertex" | b"endloop" | b"endfacet" | b"endsolid" => {
                let detail = format!("{} after {held} corners of a triangle, which has three", quoted(&word));
                return Err(lines.wrong(1, detail + "; export it again"));
            }
            _ => return Err(lines.wrong(1, format!("{} is no word of STL; export it again", quoted(&word)))),
        }
    }
    if open || held > 0 {
        return Err(corrupt(path, format!("it ends at line {} within a solid", lines.number)));
    }
    mesh.surface().checked(path)
}
