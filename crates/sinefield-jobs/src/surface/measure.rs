//! The distances between the surface of a field and a mesh.
//!
//! Distances are from points spread evenly over one surface to the nearest point of the other, found by `parry3d`. With
//! `a` and `b` the mean distances in the two directions, the Chamfer distance is `(a + b) / 2`. The Hausdorff distance is
//! the largest distance of either direction.

use parry3d_f64::math::Vector;
use parry3d_f64::query::PointQueryWithLocation;
use parry3d_f64::shape::{TriMesh, TriMeshFlags};
use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64;
use rayon::prelude::*;
use serde::Serialize;
use sinefield::engine::Engine;
use sinefield::surface::{Implicit, Mesh, Order, SurfaceError};

/// The distance from the surface within which gradients are measured, as a part of the diagonal.
const BAND: f64 = 0.05;
/// The distance from the surface within which signs do not count, as a part of the diagonal.
const NEAR: f64 = 0.01;
/// The part of the box around the mesh by which the box of the signs is larger, on every side.
const AROUND: f64 = 0.1;

/// How the surface of a field and a mesh differ. Distances are in the units of the field.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Comparison {
    /// The diagonal of the box around the mesh.
    pub diagonal: f64,
    /// The mean of both directions' mean distances.
    pub chamfer: f64,
    /// The same as percent of the diagonal.
    pub chamfer_percent: f64,
    /// The largest distance of both directions.
    pub hausdorff: f64,
    /// The same as percent of the diagonal.
    pub hausdorff_percent: f64,
    /// The mean distance from the field's surface to the mesh.
    pub mean_to_mesh: f64,
    /// The largest distance from the field's surface to the mesh.
    pub max_to_mesh: f64,
    /// The mean distance from the mesh to the field's surface.
    pub mean_to_field: f64,
    /// The largest distance from the mesh to the field's surface.
    pub max_to_field: f64,
    /// The mean angle between the gradient of the field and the normal of the nearest triangle, over both directions, in
    /// degrees.
    pub normals_degrees: f64,
    /// The mean of `| |∇Φ| - 1 |` within 5 % of the diagonal of the mesh.
    pub eikonal_error: f64,
    /// The mean difference between the values of the field, less its level, and the distances from the mesh, within 5 % of
    /// the diagonal of it. Distances are negative inside a closed mesh. For others both count without their sign.
    pub distance_error: f64,
    /// The same as percent of the diagonal.
    pub distance_error_percent: f64,
    /// The same in a box that is larger by a tenth on every side.
    pub box_distance_error: f64,
    /// The same as percent of the diagonal.
    pub box_distance_error_percent: f64,
    /// The part of places in that box with the wrong sign. Places within 1 % of the diagonal of the mesh do not count.
    /// `None` if the mesh is not closed.
    pub sign_error: Option<f64>,
}

/// A mesh whose nearest points can be found.
struct Searched<'m> {
    mesh: &'m Mesh,
    tree: TriMesh,
}

/// The nearest point of a mesh.
struct Nearest {
    point: [f64; 3],
    distance: f64,
    /// The unit normal of its triangle.
    normal: [f64; 3],
    is_inside: bool,
}

impl<'m> Searched<'m> {
    /// `None` for a mesh without triangles.
    fn new(mesh: &'m Mesh) -> Option<Self> {
        let points = mesh.points.iter().map(|p| Vector::from_array(*p)).collect();
        let tree = TriMesh::with_flags(points, mesh.faces.clone(), TriMeshFlags::ORIENTED).ok()?;
        Some(Self { mesh, tree })
    }

    fn nearest(&self, point: [f64; 3]) -> Nearest {
        let at = Vector::from_array(point);
        let (found, (face, _)) = self.tree.project_local_point_and_get_location(at, false);
        let normal = self.mesh.face_normal(face as usize);
        let distance = (found.point - at).length();
        Nearest { point: found.point.to_array(), distance, normal, is_inside: found.is_inside }
    }

    fn all(&self, engine: &dyn Engine, points: &[[f64; 3]]) -> Vec<Nearest> {
        engine.install(|| points.par_iter().map(|point| self.nearest(*point)).collect())
    }
}

/// Compares the level set of `implicit` at `level`, which has the mesh `own`, with the mesh `other`, by `samples` points on
/// each. `None` if a mesh has no area.
pub fn compare(
    (implicit, level): (&mut Implicit, f64),
    (own, other): (&Mesh, &Mesh),
    (samples, seed): (usize, u64),
) -> Result<Option<Comparison>, SurfaceError> {
    let (Some(mine), Some(theirs), Some(bounds)) = (Searched::new(own), Searched::new(other), other.bounds())
    else {
        return Ok(None);
    };
    let (of_own, of_other) = (own.sample(samples, seed), other.sample(samples, seed.wrapping_add(1)));
    if of_own.points.is_empty() || of_other.points.is_empty() {
        return Ok(None);
    }
    let diagonal = bounds.iter().map(|(low, high)| (high - low).powi(2)).sum::<f64>().sqrt();
    let to_mesh = theirs.all(implicit.engine(), &of_own.points);
    let to_field = mine.all(implicit.engine(), &of_other.points);
    let [there, back] = [&to_mesh, &to_field].map(|found| {
        let distances = || found.iter().map(|nearest| nearest.distance);
        (distances().sum::<f64>() / found.len() as f64, distances().fold(0.0, f64::max))
    });
    let feet: Vec<[f64; 3]> = to_field.iter().map(|nearest| nearest.point).collect();
    let normals: Vec<[f64; 3]> = to_mesh.iter().map(|nearest| nearest.normal).collect();
    let angles = [angle(implicit, &of_own.points, &normals)?, angle(implicit, &feet, &of_other.normals)?];
    let (chamfer, hausdorff) = (0.5 * (there.0 + back.0), there.1.max(back.1));
    let around = around(&of_other.points, BAND * diagonal, seed);
    let gradients = gradients(implicit, &around)?;
    let eikonal = gradients.iter().map(|g| (length(*g) - 1.0).abs()).sum::<f64>() / around.len() as f64;
    let is_closed = other.topology().is_closed();
    let far = Far { level, mesh: &theirs, is_closed };
    let close = far.differ(implicit, &around, NEAR * diagonal)?;
    let boxed = far.differ(implicit, &in_box(bounds, samples, seed), NEAR * diagonal)?;
    Ok(Some(Comparison {
        diagonal,
        chamfer,
        chamfer_percent: 100.0 * chamfer / diagonal,
        hausdorff,
        hausdorff_percent: 100.0 * hausdorff / diagonal,
        mean_to_mesh: there.0,
        max_to_mesh: there.1,
        mean_to_field: back.0,
        max_to_field: back.1,
        normals_degrees: 0.5 * (angles[0] + angles[1]),
        eikonal_error: eikonal,
        distance_error: close.distance,
        distance_error_percent: 100.0 * close.distance / diagonal,
        box_distance_error: boxed.distance,
        box_distance_error_percent: 100.0 * boxed.distance / diagonal,
        sign_error: boxed.sign,
    }))
}

/// The mean angle between the gradients at `points` and `normals`, in degrees.
fn angle(implicit: &mut Implicit, points: &[[f64; 3]], normals: &[[f64; 3]]) -> Result<f64, SurfaceError> {
    let gradients = gradients(implicit, points)?;
    let between = |(g, n): (&[f64; 3], &[f64; 3])| {
        let cosine = (0..3).map(|i| g[i] * n[i]).sum::<f64>() / length(*g);
        if cosine.is_finite() { cosine.clamp(-1.0, 1.0).acos().to_degrees() } else { 90.0 }
    };
    Ok(gradients.iter().zip(normals).map(between).sum::<f64>() / points.len() as f64)
}

/// A place in the ball of `radius` around each of `points`.
fn around(points: &[[f64; 3]], radius: f64, seed: u64) -> Vec<[f64; 3]> {
    let mut draw = draws(seed.wrapping_add(2));
    let moved = |point: &[f64; 3]| loop {
        let by: [f64; 3] = std::array::from_fn(|_| 2.0 * draw() - 1.0);
        if length(by) <= 1.0 {
            return std::array::from_fn(|i| point[i] + radius * by[i]);
        }
    };
    points.iter().map(moved).collect()
}

/// Places in a box that is larger than `bounds` by a tenth on every side.
fn in_box(bounds: [(f64, f64); 3], count: usize, seed: u64) -> Vec<[f64; 3]> {
    let mut draw = draws(seed.wrapping_add(3));
    let mut place = |(low, high): (f64, f64)| low + (high - low) * (draw() * (1.0 + 2.0 * AROUND) - AROUND);
    (0..count).map(|_| bounds.map(&mut place)).collect()
}

/// A mesh whose distances the values of a field are compared with.
struct Far<'m> {
    /// The value of the field on its surface.
    level: f64,
    mesh: &'m Searched<'m>,
    is_closed: bool,
}

/// How the values of a field differ from distances.
struct Difference {
    /// The mean difference.
    distance: f64,
    /// The part of values with the wrong sign, if there are distances with signs.
    sign: Option<f64>,
}

impl Far<'_> {
    /// The differences at `places`. The signs of those within `near` of the mesh do not count.
    fn differ(
        &self,
        implicit: &mut Implicit,
        places: &[[f64; 3]],
        near: f64,
    ) -> Result<Difference, SurfaceError> {
        let mut values = vec![0.0; places.len()];
        implicit.evaluate(Order::Value, places, &mut values)?;
        let nearest = self.mesh.all(implicit.engine(), places);
        let (mut sum, mut wrong, mut far) = (0.0, 0usize, 0usize);
        for (nearest, value) in nearest.iter().zip(&values) {
            let value = f64::from(*value) - self.level;
            sum += match (self.is_closed, nearest.is_inside) {
                (true, true) => (value + nearest.distance).abs(),
                (true, false) => (value - nearest.distance).abs(),
                (false, _) => (value.abs() - nearest.distance).abs(),
            };
            if nearest.distance > near {
                far += 1;
                wrong += usize::from(nearest.is_inside != (value < 0.0));
            }
        }
        let sign = (self.is_closed && far > 0).then(|| wrong as f64 / far as f64);
        Ok(Difference { distance: sum / places.len() as f64, sign })
    }
}

fn gradients(implicit: &mut Implicit, points: &[[f64; 3]]) -> Result<Vec<[f64; 3]>, SurfaceError> {
    let mut jets = vec![0.0; points.len() * Order::Gradient.width()];
    implicit.evaluate(Order::Gradient, points, &mut jets)?;
    Ok(jets.chunks_exact(Order::Gradient.width()).map(|jet| [1, 2, 3].map(|i| f64::from(jet[i]))).collect())
}

/// Uniform numbers in [0, 1).
fn draws(seed: u64) -> impl FnMut() -> f64 {
    let mut random = Pcg64::seed_from_u64(seed);
    move || (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

fn length(a: [f64; 3]) -> f64 {
    a.iter().map(|x| x * x).sum::<f64>().sqrt()
}
