//! The values of a function on a grid, near a level set only.
//!
//! The grid is cut into blocks of 4 x 4 x 4 cells. A block that the level set cannot reach is left out: one whose centre
//! has a value farther from the level than the largest slope times the half diagonal. The largest slope is measured, not
//! proved, so the blocks found are followed: where the level set leaves a block through a face or an edge, the blocks
//! behind are taken in. The level set therefore has no holes, and only a part that is apart from all others can be missed.

use std::collections::HashMap;

use super::implicit::{Implicit, Order};
use super::{Grid, SurfaceError};

/// Cells of a block along each axis.
pub const SIDE: usize = 4;
/// Corners of a block along each axis.
const CORNERS: usize = SIDE + 1;
/// Corners of a block.
const BLOCK: usize = CORNERS * CORNERS * CORNERS;
/// Up to this many cells, no block is left out.
const SMALL: usize = 1 << 21;
/// The smallest number of coarse blocks in which the largest slope is measured.
const COARSE: usize = 4096;
/// The assumed largest slope, as a multiple of the largest that was measured.
const SAFETY: f64 = 1.25;
/// Points that are evaluated before the values are put in their places.
const BATCH: usize = 1 << 18;

/// The place of a block, in blocks.
pub type Key = [u16; 3];

/// Blocks of values, relative to the level.
pub struct Blocks {
    pub grid: Grid,
    pub keys: Vec<Key>,
    values: Vec<f32>,
    index: HashMap<Key, u32>,
}

impl Blocks {
    /// The blocks that the level set of `implicit` crosses, and some around.
    pub fn near(
        implicit: &mut Implicit,
        grid: &Grid,
        level: f64,
        told: &mut dyn FnMut(f64),
    ) -> Result<Self, SurfaceError> {
        let mut blocks = Self { grid: *grid, keys: vec![], values: vec![], index: HashMap::new() };
        let mut new = candidates(implicit, grid, level)?;
        while !new.is_empty() {
            blocks.add(implicit, &new, level, told)?;
            new = blocks.behind();
        }
        blocks.keep_crossed();
        Ok(blocks)
    }

    /// The block at `key`.
    pub fn find(&self, key: Key) -> Option<usize> {
        self.index.get(&key).map(|at| *at as usize)
    }

    /// The value at a corner of block `block`, counted from its lowest.
    pub fn value(&self, block: usize, corner: [usize; 3]) -> f32 {
        self.values[block * BLOCK + place(corner)]
    }

    /// Adds the blocks `new` and evaluates their corners. A corner that an earlier block has is copied, so that it has
    /// one value.
    fn add(
        &mut self,
        implicit: &mut Implicit,
        new: &[Key],
        level: f64,
        told: &mut dyn FnMut(f64),
    ) -> Result<(), SurfaceError> {
        let (first, mut points, mut targets, mut copies) = (self.keys.len(), vec![], vec![], vec![]);
        for (done, &key) in new.iter().enumerate() {
            let block = self.keys.len();
            let around = self.around(key);
            self.index.insert(key, block as u32);
            self.keys.push(key);
            self.values.resize((block + 1) * BLOCK, f32::NAN);
            for at in 0..BLOCK {
                let corner = corner_at(at);
                let Some(point) = self.grid.corner(key, corner) else { continue };
                match self.known(&around, corner) {
                    Some(from) => copies.push((block * BLOCK + at, from)),
                    None => {
                        targets.push(block * BLOCK + at);
                        points.push(point);
                    }
                }
            }
            if points.len() >= BATCH || done + 1 == new.len() {
                let mut values = vec![f32::NAN; points.len()];
                implicit.evaluate(Order::Value, &points, &mut values)?;
                for ((value, target), point) in values.iter().zip(&targets).zip(&points) {
                    if !value.is_finite() {
                        return Err(SurfaceError::NotFinite { place: *point, value: *value });
                    }
                    self.values[*target] = (f64::from(*value) - level) as f32;
                }
                copies.iter().for_each(|(to, from)| self.values[*to] = self.values[*from]);
                points.clear();
                targets.clear();
                copies.clear();
                told((self.keys.len() - first) as f64 / new.len() as f64);
            }
        }
        Ok(())
    }

    /// The blocks around `key` that exist, by their offsets.
    fn around(&self, key: Key) -> [Option<u32>; 27] {
        std::array::from_fn(|at| {
            let offset = offset_at(at);
            if offset == [0, 0, 0] {
                return None;
            }
            self.index.get(&shifted(key, offset)?).copied()
        })
    }

    /// Where a block around has the value of a corner.
    fn known(&self, around: &[Option<u32>; 27], corner: [usize; 3]) -> Option<usize> {
        if corner.iter().all(|c| (1..SIDE).contains(c)) {
            return None;
        }
        around.iter().enumerate().find_map(|(at, block)| {
            let (block, offset) = ((*block)? as usize, offset_at(at));
            let mut own = [0; 3];
            for axis in 0..3 {
                let place = corner[axis] as isize - offset[axis] * SIDE as isize;
                own[axis] = usize::try_from(place).ok().filter(|place| *place <= SIDE)?;
            }
            Some(block * BLOCK + place(own))
        })
    }

    /// The missing blocks behind a face or an edge that the level set crosses.
    fn behind(&self) -> Vec<Key> {
        let mut missing = std::collections::BTreeSet::new();
        for (block, &key) in self.keys.iter().enumerate() {
            if !self.is_crossed(block, [0, 0, 0]) {
                continue;
            }
            for offset in (0..27).map(offset_at) {
                // A block that only touches a corner shares no crossed edge.
                let touching = offset.iter().filter(|o| **o != 0).count();
                let Some(other) = shifted(key, offset).filter(|_| touching == 1 || touching == 2) else {
                    continue;
                };
                let inside = (0..3).all(|axis| usize::from(other[axis]) * SIDE < self.grid.cells[axis]);
                if inside && !self.index.contains_key(&other) && self.is_crossed(block, offset) {
                    missing.insert([other[2], other[1], other[0]]);
                }
            }
        }
        missing.into_iter().map(|[z, y, x]| [x, y, z]).collect()
    }

    /// Whether the corners of a block that also belong to the block at `offset` are on both sides of the level.
    fn is_crossed(&self, block: usize, offset: [isize; 3]) -> bool {
        let range = |o: isize| match o {
            0 => 0..CORNERS,
            1 => SIDE..CORNERS,
            _ => 0..1,
        };
        let (mut inside, mut outside) = (false, false);
        for z in range(offset[2]) {
            for y in range(offset[1]) {
                for x in range(offset[0]) {
                    let value = self.value(block, [x, y, z]);
                    inside |= value < 0.0;
                    outside |= value >= 0.0;
                }
            }
        }
        inside && outside
    }

    /// Drops all blocks that the level set does not cross. The order is by z, y, x then.
    fn keep_crossed(&mut self) {
        let mut kept: Vec<usize> =
            (0..self.keys.len()).filter(|at| self.is_crossed(*at, [0, 0, 0])).collect();
        kept.sort_by_key(|at| {
            let [x, y, z] = self.keys[*at];
            [z, y, x]
        });
        self.values = kept.iter().flat_map(|at| &self.values[at * BLOCK..][..BLOCK]).copied().collect();
        self.keys = kept.iter().map(|at| self.keys[*at]).collect();
        self.index = self.keys.iter().enumerate().map(|(at, key)| (*key, at as u32)).collect();
    }
}

/// The place of a corner in a block's values.
fn place([x, y, z]: [usize; 3]) -> usize {
    (z * CORNERS + y) * CORNERS + x
}

fn corner_at(place: usize) -> [usize; 3] {
    [place % CORNERS, place / CORNERS % CORNERS, place / (CORNERS * CORNERS)]
}

fn offset_at(at: usize) -> [isize; 3] {
    [at % 3, at / 3 % 3, at / 9].map(|o| o as isize - 1)
}

/// The block at an offset from another; `None` below 0.
pub fn shifted(key: Key, offset: [isize; 3]) -> Option<Key> {
    let mut out = key;
    for axis in 0..3 {
        out[axis] = u16::try_from(key[axis] as isize + offset[axis]).ok()?;
    }
    Some(out)
}

/// The blocks that the level set may cross, by z, y, x.
fn candidates(implicit: &mut Implicit, grid: &Grid, level: f64) -> Result<Vec<Key>, SurfaceError> {
    let count = |side: usize| grid.cells.map(|cells| cells.div_ceil(side));
    if grid.cells.iter().product::<usize>() <= SMALL {
        return Ok(all(count(SIDE)));
    }
    // The largest cubes of blocks of which there are enough.
    let mut side = SIDE;
    while count(side * SIDE).iter().product::<usize>() >= COARSE {
        side *= SIDE;
    }
    let mut keys = all(count(side));
    let slope = SAFETY * largest_slope(implicit, grid, &keys, side)?;
    loop {
        let radius = slope * 0.5 * grid.step.iter().map(|h| (h * side as f64).powi(2)).sum::<f64>().sqrt();
        let mut kept = Vec::new();
        for keys in keys.chunks(BATCH) {
            let centres: Vec<[f64; 3]> = keys.iter().map(|key| grid.centre(*key, side)).collect();
            let mut values = vec![f32::NAN; centres.len()];
            implicit.evaluate(Order::Value, &centres, &mut values)?;
            // What is not finite is kept, and found again at the corners.
            let near =
                values.iter().map(|value| !value.is_finite() || (f64::from(*value) - level).abs() <= radius);
            kept.extend(keys.iter().zip(near).filter(|(_, near)| *near).map(|(key, _)| *key));
        }
        if side == SIDE {
            return Ok(kept);
        }
        side /= SIDE;
        keys = kept.iter().flat_map(|key| children(*key, count(side))).collect();
        keys.sort_by_key(|[x, y, z]| [*z, *y, *x]);
    }
}

/// All blocks, by z, y, x.
fn all([nx, ny, nz]: [usize; 3]) -> Vec<Key> {
    let row = |z: usize, y: usize| (0..nx).map(move |x| [x, y, z].map(|at| at as u16));
    (0..nz).flat_map(|z| (0..ny).flat_map(move |y| row(z, y))).collect()
}

/// The blocks in a cube of blocks.
fn children(key: Key, counts: [usize; 3]) -> Vec<Key> {
    let first = key.map(|at| at as usize * SIDE);
    let own = all([SIDE; 3]).into_iter().map(|part| [0, 1, 2].map(|at| first[at] + part[at] as usize));
    own.filter(|key| (0..3).all(|at| key[at] < counts[at])).map(|key| key.map(|at| at as u16)).collect()
}

/// The largest length of the gradient at the centres of the cubes.
fn largest_slope(
    implicit: &mut Implicit,
    grid: &Grid,
    keys: &[Key],
    side: usize,
) -> Result<f64, SurfaceError> {
    let centres: Vec<[f64; 3]> = keys.iter().map(|key| grid.centre(*key, side)).collect();
    let mut jets = vec![f32::NAN; centres.len() * 4];
    implicit.evaluate(Order::Gradient, &centres, &mut jets)?;
    let length = |jet: &[f32]| jet[1..].iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
    Ok(jets.chunks_exact(4).map(length).filter(|length| length.is_finite()).fold(0.0, f64::max))
}
