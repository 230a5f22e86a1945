//! The cells that a level set crosses, with the choice on every ambiguous face.
//!
//! A face with inside corners at two opposite corners is decided by the sign of the bilinear function between its corners
//! at the saddle point (Nielson and Hamann, "The asymptotic decider", 1991). Both cells at a face see the same four values
//! and decide alike. If in both cells the two segments on a face then belong to one patch each, the edge between the two
//! vertices would have four triangles. The choice on that face is turned round, which splits both patches. Turned one
//! after the other, choices only split patches, so that no face is left with four.

use super::blocks::{Blocks, Key, SIDE, shifted};
use super::cells::{Patches, corners_of_face, is_ambiguous, patches};

/// No cell.
const NONE: u32 = u32::MAX;
/// Cells of a block.
const CELLS: usize = SIDE * SIDE * SIDE;

/// A cell that the level set crosses.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// Its block, as a place in the list of blocks.
    pub block: u32,
    /// Its place in the block.
    pub at: u8,
    /// The inside corners, as bits.
    inside: u8,
    /// The choice on every face.
    joined: u8,
    /// The number of its first vertex.
    pub vertex: u32,
}

impl Cell {
    /// Its patches.
    pub fn patches(&self) -> &'static Patches {
        patches(self.inside, self.joined)
    }

    /// Whether a corner is inside.
    pub fn is_inside(&self, corner: usize) -> bool {
        self.inside >> corner & 1 == 1
    }

    /// Its lowest corner in the block.
    pub fn corner(&self) -> [usize; 3] {
        let at = usize::from(self.at);
        [at % SIDE, at / SIDE % SIDE, at / (SIDE * SIDE)]
    }
}

/// All crossed cells, block after block.
pub struct Cells {
    pub cells: Vec<Cell>,
    /// The cell at each place of each block.
    index: Vec<u32>,
    /// The number of patches, each of which is a vertex. `None` beyond the largest number.
    pub vertices: Option<u32>,
}

impl Cells {
    pub fn new(blocks: &Blocks) -> Self {
        let mut all = Self { cells: vec![], index: vec![NONE; blocks.keys.len() * CELLS], vertices: None };
        for (block, &key) in blocks.keys.iter().enumerate() {
            for at in 0..CELLS {
                if let Some(cell) = crossed(blocks, (block, key), at) {
                    all.index[block * CELLS + at] = all.cells.len() as u32;
                    all.cells.push(cell);
                }
            }
        }
        all.split(blocks);
        let mut count = 0u64;
        for cell in &mut all.cells {
            cell.vertex = count as u32;
            count += u64::from(cell.patches().count);
        }
        all.vertices = u32::try_from(count).ok();
        all
    }

    /// The cell at an offset from another, if the level set crosses it.
    pub fn neighbour(&self, blocks: &Blocks, cell: &Cell, offset: [isize; 3]) -> Option<usize> {
        let corner = cell.corner();
        let (mut own, mut shift) = ([0; 3], [0; 3]);
        for axis in 0..3 {
            let place = corner[axis] as isize + offset[axis];
            shift[axis] = place.div_euclid(SIDE as isize);
            own[axis] = place.rem_euclid(SIDE as isize) as usize;
        }
        let block = match shift {
            [0, 0, 0] => cell.block as usize,
            shift => blocks.find(shifted(blocks.keys[cell.block as usize], shift)?)?,
        };
        let at = self.index[block * CELLS + (own[2] * SIDE + own[1]) * SIDE + own[0]];
        (at != NONE).then_some(at as usize)
    }

    /// Turns the choice on faces where both cells have both segments in one patch.
    fn split(&mut self, blocks: &Blocks) {
        for at in 0..self.cells.len() {
            for axis in 0..3 {
                let (cell, upper) = (self.cells[at], 2 * axis + 1);
                if cell.patches().double >> upper & 1 == 0 {
                    continue;
                }
                let mut offset = [0; 3];
                offset[axis] = 1;
                let Some(other) = self.neighbour(blocks, &cell, offset) else { continue };
                let lower = 2 * axis;
                if self.cells[other].patches().double >> lower & 1 == 1 {
                    self.cells[at].joined ^= 1 << upper;
                    self.cells[other].joined ^= 1 << lower;
                }
            }
        }
    }
}

/// The cell at a place of a block, if it is in the grid and has corners on both sides.
fn crossed(blocks: &Blocks, (block, key): (usize, Key), at: usize) -> Option<Cell> {
    let corner = [at % SIDE, at / SIDE % SIDE, at / (SIDE * SIDE)];
    let outside = |axis: usize| usize::from(key[axis]) * SIDE + corner[axis] >= blocks.grid.cells[axis];
    if (0..3).any(outside) {
        return None;
    }
    let values: [f32; 8] = std::array::from_fn(|c| {
        blocks.value(block, [corner[0] + (c & 1), corner[1] + (c >> 1 & 1), corner[2] + (c >> 2)])
    });
    let inside = (0..8).fold(0u8, |bits, c| bits | u8::from(values[c] < 0.0) << c);
    if inside == 0 || inside == u8::MAX {
        return None;
    }
    let joined = (0..6).filter(|face| is_ambiguous(inside, *face)).fold(0, |bits, face| {
        let [a, b, c, d] = corners_of_face(face).map(|corner| f64::from(values[corner]));
        // The value at the saddle is (a c - b d) / (a + c - b - d); a and c have one sign, b and d the other.
        let saddle = (a * c - b * d) * if a < 0.0 { -1.0 } else { 1.0 };
        bits | u8::from(saddle < 0.0) << face
    });
    Some(Cell { block: block as u32, at: at as u8, inside, joined, vertex: 0 })
}
