//! Places around a shape whose side is known, so that no sheet of the field appears where there are no points.
//!
//! The winding number of a surface is 1 inside and 0 outside. For points `p_i` with normals `n_i`, each of which stands for
//! an area `a_i`, it is
//!
//! ```text
//! w(x) = 1/4π Σ_i a_i n_i · (p_i - x) / |p_i - x|³
//! ```
//!
//! (Barill and others, "Fast winding numbers for soups and clouds", 2018). Holes and wrong normals change it little. With r
//! the distance in which a point has eight neighbours, its area is `π r² / 8`. At a place whose nearest point is `d` away,
//! a distance has at least the size `d - r`. The guide asks for half of that, on the side that w tells, and for nothing
//! where w is not clear.

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64;
use rayon::prelude::*;

use super::cloud::choice;

/// Points that stand for the surface.
const POINTS: usize = 8192;
/// Places of the guide.
const PLACES: usize = 1 << 17;
/// Neighbours within the distance r.
const NEIGHBOURS: usize = 8;
/// The part of the certain distance that is asked for.
const ASKED: f64 = 0.5;
/// The winding numbers between which the side is not clear.
const UNCLEAR: (f64, f64) = (0.25, 0.75);

/// Points that stand for a surface, with their areas, as separate coordinates.
pub struct Dipoles {
    x: [Vec<f32>; 3],
    /// The normal times the area over 4π.
    n: [Vec<f32>; 3],
    /// The distance in which a point has eight neighbours.
    reach: Vec<f32>,
    /// The points, by their indices in the cloud.
    pub chosen: Vec<usize>,
}

/// Places, the side of each (1 outside, -1 inside), and the least size of a distance there, 0 where nothing is asked.
pub struct Guide {
    pub places: Vec<[f32; 3]>,
    pub sides: Vec<f32>,
    pub least: Vec<f32>,
}

impl Dipoles {
    pub fn new(points: &[[f64; 3]], normals: &[[f64; 3]], seed: u64) -> Self {
        let chosen = choice(points.len(), POINTS, seed);
        let x = [0, 1, 2].map(|i| chosen.iter().map(|at| points[*at][i] as f32).collect::<Vec<f32>>());
        let reach: Vec<f32> = (0..chosen.len()).into_par_iter().map(|at| reach(&x, at)).collect();
        let mut dipoles = Self { x, n: Default::default(), reach, chosen };
        dipoles.turn(normals);
        dipoles
    }

    /// Takes the normals of the cloud anew.
    pub fn turn(&mut self, normals: &[[f64; 3]]) {
        let area = |reach: f32| f64::from(reach).powi(2) / NEIGHBOURS as f64 / 4.0;
        let strength = |i: usize| {
            let of = |(at, reach): (&usize, &f32)| (normals[*at][i] * area(*reach)) as f32;
            self.chosen.iter().zip(&self.reach).map(of).collect()
        };
        self.n = [strength(0), strength(1), strength(2)];
    }

    /// The typical distance in which a point has eight neighbours.
    pub fn typical_reach(&self) -> f32 {
        let mut sorted = self.reach.clone();
        sorted.sort_unstable_by(f32::total_cmp);
        sorted[sorted.len() / 2]
    }

    /// The winding number at a place, and the square of the distance to the nearest point and its index.
    pub fn winding(&self, place: [f32; 3]) -> (f64, f32, usize) {
        const PART: usize = 512;
        let ([px, py, pz], [nx, ny, nz]) = (&self.x, &self.n);
        let (mut sum, mut nearest) = (0.0f64, (f32::INFINITY, 0));
        for start in (0..px.len()).step_by(PART) {
            let end = (start + PART).min(px.len());
            let (mut part, mut least) = ([0.0f32; 16], [f32::INFINITY; 16]);
            for at in start..end {
                let (x, y, z) = (px[at] - place[0], py[at] - place[1], pz[at] - place[2]);
                let square = (x * x + y * y + z * z).max(1e-12);
                let lane = at % 16;
                part[lane] += (x * nx[at] + y * ny[at] + z * nz[at]) / (square * square.sqrt());
                least[lane] = least[lane].min(square);
            }
            sum += part.iter().map(|p| f64::from(*p)).sum::<f64>();
            let least = least.iter().fold(f32::INFINITY, |least, d| least.min(*d));
            if least < nearest.0 {
                nearest = (least, start);
            }
        }
        // The nearest point is in the part that begins there.
        let square = |at: &usize| (0..3).map(|i| (self.x[i][*at] - place[i]).powi(2)).sum::<f32>();
        let part = nearest.1..(nearest.1 + PART).min(px.len());
        let index = part.min_by(|a, b| square(a).total_cmp(&square(b))).unwrap_or(0);
        (sum, nearest.0, index)
    }

    /// Random places in the cube, with their sides.
    pub fn guide(&self, seed: u64) -> Guide {
        let mut random = Pcg64::seed_from_u64(seed);
        let mut draw = || (random.next_u64() >> 40) as f32 / (1u32 << 23) as f32 - 1.0;
        let places: Vec<[f32; 3]> = (0..PLACES).map(|_| [draw(), draw(), draw()]).collect();
        let known = places.par_iter().map(|place| {
            let (winding, square, nearest) = self.winding(*place);
            let side = if winding > 0.5 { -1.0 } else { 1.0 };
            let certain = f64::from(square.sqrt() - self.reach[nearest]);
            let is_clear = winding <= UNCLEAR.0 || winding >= UNCLEAR.1;
            (side, if is_clear { (ASKED * certain).max(0.0) as f32 } else { 0.0 })
        });
        let (sides, least) = known.unzip();
        Guide { places, sides, least }
    }
}

/// The distance from a point to its eighth neighbour, or to the last if there are fewer.
fn reach(x: &[Vec<f32>; 3], at: usize) -> f32 {
    let square = |other: usize| (0..3).map(|i| (x[i][other] - x[i][at]).powi(2)).sum::<f32>();
    let mut squares: Vec<f32> = (0..x[0].len()).filter(|other| *other != at).map(square).collect();
    let last = NEIGHBOURS.min(squares.len()) - 1;
    squares.select_nth_unstable_by(last, f32::total_cmp).1.sqrt()
}
