//! Points in a union or a difference of shapes, and on its boundary, by rejection.
//!
//! **Inside.** The boxes, balls and polygons that are not subtracted cover the shape. A trial selects one of
//! them by volume and a point in it. The point is kept if it lies in the shape and in no earlier one of them,
//! so that overlaps are not counted twice.
//!
//! **On the boundary.** A trial selects any of the boxes, balls and polygons by area, a point x on its
//! boundary, and its normal ν there. The boundary of the shape passes through x if one of `x + h ν` and
//! `x - h ν` lies in the shape, for a small h. The normal points from this one to the other. The same test
//! with each earlier primitive finds faces that two primitives share.
//!
//! A trial depends on its draws alone.

use super::measure::{pick, running_sums};
use super::primitive::Primitive;
use super::shape::hull;
use super::{Fault, Part, Shape};
use crate::problem::shuffle::uniform;

/// The largest number of trials for a point. With the smallest share of trials that [`Combination::check`]
/// accepts, all fail with a probability of e^-32.
pub(super) const MOST_TRIALS: usize = 1 << 15;

/// The trials of the check that a shape is not empty, and how many of them must hit it.
const PROBES: u64 = 1 << 14;
const FEWEST_HITS: u64 = 16;

/// The seed of those trials.
const SEED: u64 = 0x5EED;

#[derive(Clone, Debug)]
enum Tree {
    Leaf(usize),
    Union(Vec<Tree>),
    Difference(Vec<Tree>),
}

/// A union or a difference, ready to give points.
#[derive(Clone, Debug)]
pub(in crate::problem) struct Combination {
    part: Part,
    primitives: Vec<Primitive>,
    tree: Tree,
    /// The primitives that are drawn from.
    cover: Vec<usize>,
    /// The running sums of their volumes or areas.
    sizes: Vec<f64>,
    /// The distance h to both sides of a face.
    off: f64,
    dimension: usize,
    draws: usize,
    /// A point of the shape and its normal, for the case that all trials fail.
    known: Option<(Vec<f64>, Vec<f64>)>,
}

/// Memory for a point and its normal, and for one more point.
pub(in crate::problem) struct Place<'a> {
    pub point: &'a mut [f64],
    pub normal: &'a mut [f64],
    pub spare: &'a mut [f64],
}

impl Combination {
    pub fn new(shape: &Shape, part: Part) -> Self {
        let primitives: Vec<Primitive> = shape.parts().into_iter().filter_map(Primitive::new).collect();
        let (tree, solid) = tree(shape, &mut 0);
        let cover = match part {
            Part::Inside => solid,
            Part::Boundary => (0..primitives.len()).collect(),
        };
        let size = |at: &usize| match part {
            Part::Inside => primitives[*at].volume(),
            Part::Boundary => primitives[*at].area(),
        };
        let draws = |at: &usize| match part {
            Part::Inside => primitives[*at].inside_draws(),
            Part::Boundary => primitives[*at].boundary_draws(),
        };
        let around = shape.parts().into_iter().map(Shape::bounds).reduce(hull).unwrap_or_default();
        let extent = around.iter().map(|side| side.length()).fold(0.0, f64::max);
        let largest = around.iter().map(|side| side.low.abs().max(side.high.abs())).fold(0.0, f64::max);
        let mut made = Self {
            part,
            sizes: running_sums(cover.iter().map(size)),
            draws: 1 + cover.iter().map(draws).max().unwrap_or(0),
            // Far above the rounding of a coordinate, and far below the size of the shape.
            off: 1e-9 * extent + 1e-13 * largest,
            dimension: shape.dimension(),
            primitives,
            tree,
            cover,
            known: None,
        };
        let known = made.hits().next();
        made.known = known;
        made
    }

    /// The number of draws of a trial.
    pub fn draws(&self) -> usize {
        self.draws
    }

    /// Checks that enough of a fixed set of trials hit the shape.
    pub fn check(&self) -> Result<(), Fault> {
        let size = self.sizes.last().copied().unwrap_or(0.0);
        if !(size.is_normal() && size > 0.0) {
            return Err(format!("its parts have a volume or an area of {size}; use other units"));
        }
        let hits = self.hits().take(FEWEST_HITS as usize).count() as u64;
        if hits == FEWEST_HITS {
            return Ok(());
        }
        let of = match self.part {
            Part::Inside => "points of its parts lie in it",
            Part::Boundary => "points on the boundaries of its parts lie on its own",
        };
        Err(format!(
            "{hits} of {PROBES} {of}; at least {FEWEST_HITS} are needed; check the shapes, or write a thin one as a \
             polygon"
        ))
    }

    /// The points that a fixed set of trials hits, with their normals.
    fn hits(&self) -> impl Iterator<Item = (Vec<f64>, Vec<f64>)> {
        (0..PROBES).filter_map(|number| {
            let draw: Vec<f64> = (0..self.draws).map(|i| uniform(SEED, number, i)).collect();
            let [mut point, mut normal, mut spare] = std::array::from_fn(|_| vec![0.0; self.dimension]);
            let place = Place { point: &mut point, normal: &mut normal, spare: &mut spare };
            self.hit(&draw, place).then_some((point, normal))
        })
    }

    /// Writes the known point.
    pub fn fall_back(&self, place: Place<'_>) {
        if let Some((point, normal)) = &self.known {
            place.point.copy_from_slice(point);
            place.normal.copy_from_slice(normal);
        }
    }

    /// Whether a point lies in the shape.
    pub fn holds(&self, point: &[f64]) -> bool {
        self.contains(&self.tree, point)
    }

    /// One trial: writes a point, on a boundary also its normal. Returns whether it is to be kept.
    pub fn hit(&self, draw: &[f64], place: Place<'_>) -> bool {
        let (at, _) = pick(&self.sizes, draw[0]);
        let Some(&chosen) = self.cover.get(at) else { return false };
        let (primitive, draw) = (&self.primitives[chosen], &draw[1..]);
        let mut earlier = self.cover[..at].iter().map(|i| &self.primitives[*i]);
        let Place { point, normal, spare } = place;
        match self.part {
            Part::Inside => {
                primitive.inside(&draw[..primitive.inside_draws()], point);
                !earlier.any(|other| other.contains(point)) && self.contains(&self.tree, point)
            }
            Part::Boundary => {
                primitive.on_boundary(&draw[..primitive.boundary_draws()], point, normal);
                let mut beside = |off: f64, test: &dyn Fn(&[f64]) -> bool| {
                    for ((y, x), n) in spare.iter_mut().zip(&*point).zip(&*normal) {
                        *y = x + off * n;
                    }
                    test(spare)
                };
                let mut sides =
                    |test: &dyn Fn(&[f64]) -> bool| (beside(-self.off, test), beside(self.off, test));
                let (before, behind) = sides(&|x| self.contains(&self.tree, x));
                let shared = before != behind
                    && earlier.any(|other| {
                        let (before, behind) = sides(&|x| other.contains(x));
                        before != behind
                    });
                if behind {
                    normal.iter_mut().for_each(|n| *n = -*n);
                }
                before != behind && !shared
            }
        }
    }

    fn contains(&self, tree: &Tree, point: &[f64]) -> bool {
        match tree {
            Tree::Leaf(at) => self.primitives[*at].contains(point),
            Tree::Union(parts) => parts.iter().any(|part| self.contains(part, point)),
            Tree::Difference(parts) => parts.split_first().is_some_and(|(first, others)| {
                self.contains(first, point) && !others.iter().any(|part| self.contains(part, point))
            }),
        }
    }
}

/// The tree of a shape, whose leaves are counted from `next`, and the leaves that cover it.
fn tree(shape: &Shape, next: &mut usize) -> (Tree, Vec<usize>) {
    let (Shape::Union(parts) | Shape::Difference(parts)) = shape else {
        let at = *next;
        *next += 1;
        return (Tree::Leaf(at), vec![at]);
    };
    let (trees, covers): (Vec<Tree>, Vec<Vec<usize>>) = parts.iter().map(|part| tree(part, next)).unzip();
    match shape {
        Shape::Union(_) => (Tree::Union(trees), covers.concat()),
        _ => (Tree::Difference(trees), covers.into_iter().next().unwrap_or_default()),
    }
}
