//! Which side of a cloud without normals is outside: what can be reached from the faces of the cube.
//!
//! Voxels with points, and their neighbours, form a shell. The voxels outside of it that are joined to the faces of the
//! cube are outside, all others inside. If voxels are small, the shell has holes; if they are large, it fills the shape. The
//! smallest voxels are taken that leave an inside of at least a quarter of the largest. In the shell, the solution of
//! Laplace's equation between -1 inside and 1 outside tells the way out.

/// Voxels along a side, from fine to coarse.
const SIDES: [usize; 9] = [128, 96, 64, 48, 32, 24, 16, 12, 8];
/// The part of the largest inside that is enough.
const ENOUGH: f64 = 0.25;
/// Sweeps of the relaxation.
const SWEEPS: usize = 200;

/// Values from -1 inside to 1 outside, on voxels of the cube.
pub struct Flood {
    side: usize,
    values: Vec<f32>,
}

/// What a voxel is.
const FREE: u8 = 0;
const SHELL: u8 = 1;
const OUTSIDE: u8 = 2;

impl Flood {
    /// `None` if the points enclose no space.
    pub fn new(points: &[[f64; 3]]) -> Option<Self> {
        let all: Vec<(usize, Vec<u8>, f64)> = SIDES
            .iter()
            .map(|&side| {
                let voxels = voxels(points, side);
                let inside = voxels.iter().filter(|voxel| **voxel == FREE).count();
                let part = inside as f64 / voxels.len() as f64;
                (side, voxels, part)
            })
            .collect();
        let largest = all.iter().fold(0.0f64, |largest, (_, _, part)| largest.max(*part));
        let (side, voxels, _) =
            all.into_iter().find(|(_, _, part)| largest > 0.0 && *part >= ENOUGH * largest)?;
        Some(Self { side, values: relaxed(&voxels, side) })
    }

    /// The direction in which the way out goes at a place, of any length; 0 where it is not known.
    pub fn way_out(&self, place: [f64; 3]) -> [f64; 3] {
        let at = place.map(|x| voxel(x, self.side));
        [0, 1, 2].map(|axis| {
            let [mut low, mut high] = [at, at];
            low[axis] = at[axis].saturating_sub(1);
            high[axis] = (at[axis] + 1).min(self.side - 1);
            f64::from(self.values[index(high, self.side)] - self.values[index(low, self.side)])
        })
    }
}

fn voxel(x: f64, side: usize) -> usize {
    (((x + 1.0) / 2.0 * side as f64) as usize).min(side - 1)
}

fn index([x, y, z]: [usize; 3], side: usize) -> usize {
    (z * side + y) * side + x
}

/// The voxels next to a voxel: six, fewer at the faces of the cube.
fn neighbours(at: usize, side: usize) -> impl Iterator<Item = usize> {
    let place = [at % side, at / side % side, at / (side * side)];
    (0..3).flat_map(move |axis| {
        let stride = side.pow(axis as u32);
        let below = (place[axis] > 0).then(|| at - stride);
        let above = (place[axis] + 1 < side).then(|| at + stride);
        below.into_iter().chain(above)
    })
}

/// The shell of the points, and what is outside of it.
fn voxels(points: &[[f64; 3]], side: usize) -> Vec<u8> {
    let mut voxels = vec![FREE; side.pow(3)];
    for point in points {
        let at = point.map(|x| voxel(x, side));
        let around = |axis: usize| at[axis].saturating_sub(1)..=(at[axis] + 1).min(side - 1);
        for z in around(2) {
            for y in around(1) {
                around(0).for_each(|x| voxels[index([x, y, z], side)] = SHELL);
            }
        }
    }
    // Begin at every free voxel on a face of the cube.
    let on_face = |at: usize| {
        [at % side, at / side % side, at / (side * side)].iter().any(|x| *x == 0 || *x + 1 == side)
    };
    let mut reached: Vec<usize> =
        (0..voxels.len()).filter(|at| on_face(*at) && voxels[*at] == FREE).collect();
    reached.iter().for_each(|at| voxels[*at] = OUTSIDE);
    while let Some(at) = reached.pop() {
        for next in neighbours(at, side) {
            if voxels[next] == FREE {
                voxels[next] = OUTSIDE;
                reached.push(next);
            }
        }
    }
    voxels
}

/// The solution of Laplace's equation in the shell, by sweeps in alternating directions.
fn relaxed(voxels: &[u8], side: usize) -> Vec<f32> {
    let start = |voxel: &u8| [-1.0, 0.0, 1.0][usize::from(*voxel)];
    let mut values: Vec<f32> = voxels.iter().map(start).collect();
    let mut shell: Vec<usize> = (0..voxels.len()).filter(|at| voxels[*at] == SHELL).collect();
    for _ in 0..SWEEPS {
        for &at in &shell {
            let (sum, count) =
                neighbours(at, side).fold((0.0, 0.0), |(sum, count), n| (sum + values[n], count + 1.0));
            values[at] = sum / count;
        }
        shell.reverse();
    }
    values
}
