//! The curvature of a level set, from the derivatives of its function.

/// The mean curvature of the level set through a point, from the function's value, gradient and second derivatives there
/// in the order of [`Order::Hessian`](super::Order::Hessian). NaN where the gradient vanishes.
///
/// It is half of the divergence of the unit normal, with the gradient `g` and the second derivatives `H`
///
/// ```text
/// (|g|² tr H - gᵀ H g) / (2 |g|³)
/// ```
///
/// and so the mean of the two principal curvatures (Goldman, "Curvature formulas for implicit curves and surfaces", 2005).
/// It is positive where the surface is convex seen from outside: `1/r` for a sphere of radius `r`.
pub fn mean_curvature(jet: &[f32; 10]) -> f64 {
    let [_, gx, gy, gz, xx, xy, xz, yy, yz, zz] = jet.map(f64::from);
    let square = gx * gx + gy * gy + gz * gz;
    let along =
        gx * gx * xx + gy * gy * yy + gz * gz * zz + 2.0 * (gx * gy * xy + gx * gz * xz + gy * gz * yz);
    (square * (xx + yy + zz) - along) / (2.0 * square * square.sqrt())
}
