//! Rays against closed forms: where they meet spheres, a torus and a plate, and the curvatures there.

use super::mesh::{dot, length, minus};
use super::tests::implicit;
use super::*;

const CENTRE: [f64; 3] = [0.03, -0.02, 0.01];
const SPHERE: &str = "norm([x - 0.03, y + 0.02, z - 0.01]) - 0.6";
const TORUS: &str = "norm([norm([x, z]) - 0.6, y]) - 0.2";

/// The hits of all pixels of a picture, with their rays.
fn picture(
    implicit: &mut Implicit,
    camera: Camera,
    sides: (usize, usize),
) -> (View, Vec<(Ray, Option<Hit>)>) {
    let tracer = Tracer::new(implicit, 0.0).unwrap();
    let view = camera.view(&tracer, sides).unwrap();
    let pixel = |at: usize| view.ray((at / sides.1) as f64 + 0.5, (at % sides.1) as f64 + 0.5);
    let rays: Vec<Ray> = (0..sides.0 * sides.1).map(pixel).collect();
    let hits = tracer.trace(implicit, &rays).unwrap();
    (view, rays.into_iter().zip(hits).collect())
}

/// The distance at which a ray meets a sphere, by the quadratic equation.
fn sphere(ray: &Ray, centre: [f64; 3], radius: f64) -> Option<f64> {
    let from = minus(ray.origin, centre);
    let half = dot(from, ray.direction);
    let root = half * half - dot(from, from) + radius * radius;
    (root > 0.0).then(|| -half - root.sqrt()).filter(|distance| *distance > 0.0)
}

/// Rays within 1e-3 of the outline may go either way: the smallest step is 4e-4, and the field is float32.
#[test]
fn rays_meet_a_sphere_where_the_quadratic_equation_says() {
    let mut field = implicit(SPHERE, 1.0);
    for distance in [None, Some(1.0), Some(2.5), Some(20.0)] {
        let camera = Camera { azimuth: 200.0, elevation: -35.0, distance };
        let (view, all) = picture(&mut field, camera, (45, 61));
        assert!((length(minus(view.eye, CENTRE)) - view.distance).abs() < 0.02);
        let mut found = 0;
        for (ray, hit) in all {
            let along = dot(minus(CENTRE, ray.origin), ray.direction);
            let off = length(minus(ray.at(along), CENTRE)) - 0.6;
            match (sphere(&ray, CENTRE, 0.6), hit) {
                (Some(wanted), Some(hit)) => {
                    // The error of the place is that of the value over the cosine.
                    let cosine = (-dot(ray.direction, minus(hit.place, CENTRE)) / 0.6).max(0.05);
                    assert!((hit.distance - wanted).abs() < 3e-6 / cosine, "{} {wanted}", hit.distance);
                    assert!(hit.cut.is_none());
                    found += 1;
                }
                (None, None) => (),
                (wanted, got) => assert!(off.abs() < 1e-3, "{wanted:?} {got:?} {off}"),
            }
        }
        assert!(found > 5, "{distance:?}: {found}");
    }
}

/// Along a ray, the torus is the root of a quartic. Here it is looked for in small steps, and bisected.
#[test]
fn rays_meet_a_torus() {
    let value = |p: [f64; 3]| ((p[0].hypot(p[2]) - 0.6).powi(2) + p[1] * p[1]).sqrt() - 0.2;
    let wanted = |ray: &Ray| {
        let at = |step: usize| 6.0 * step as f64 / 20_000.0;
        let step = (0..20_000).find(|step| value(ray.at(at(*step))) <= 0.0)?;
        let (mut low, mut high) = (at(step) - 6.0 / 20_000.0, at(step));
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if value(ray.at(middle)) > 0.0 { low = middle } else { high = middle }
        }
        Some(high)
    };
    let camera = Camera { azimuth: 20.0, elevation: 35.0, distance: Some(3.0) };
    let (_, all) = picture(&mut implicit(TORUS, 1.0), camera, (31, 37));
    let (mut found, mut missed) = (0, 0);
    for (ray, hit) in all {
        let lowest = (0..3000).map(|at| value(ray.at(at as f64 * 2e-3))).fold(f64::INFINITY, f64::min);
        match (wanted(&ray), hit) {
            (Some(wanted), Some(hit)) => {
                found += 1;
                // A hit that is far away is of a part behind an outline that the ray grazes.
                let close = (hit.distance - wanted).abs() < 1e-4;
                let grazes = value(ray.at(wanted + 2e-3)).abs() < 1e-3;
                assert!(close || grazes, "{} {wanted}", hit.distance);
            }
            (None, None) => missed += 1,
            (wanted, got) => assert!(lowest.abs() < 1e-3, "{wanted:?} {got:?}"),
        }
    }
    assert!(found > 200 && missed > 200, "{found} {missed}");
}

/// A plate of 1e-4, thinner than the smallest step, has no holes; nor has one whose values are no distances.
#[test]
fn thin_plates_have_no_holes() {
    for text in
        ["abs(z - 0.1) - 5e-5", "abs(sin(3*(z - 0.1)))*(1 + 2*(z - 0.1)^2) - 5e-5", "5*(abs(z - 0.1) - 1e-4)"]
    {
        let camera = Camera { azimuth: 25.0, elevation: 10.0, distance: Some(3.0) };
        let (_, all) = picture(&mut implicit(text, 1.0), camera, (25, 25));
        let mut through = 0;
        for (ray, hit) in all {
            let distance = (0.1 - ray.origin[2]) / ray.direction[2];
            let place = ray.at(distance);
            if place[0].abs() < 0.95 && place[1].abs() < 0.95 {
                let hit = hit.unwrap_or_else(|| panic!("{text}: a hole at {place:?}"));
                assert!((hit.distance - distance).abs() < 1e-3, "{text}");
                through += 1;
            }
        }
        assert!(through > 100, "{through}");
    }
}

/// What is inside at the end of the region is cut there.
#[test]
fn the_region_cuts_surfaces() {
    let mut field = implicit("norm([x, y, z]) - 1.2", 1.0);
    let (_, all) =
        picture(&mut field, Camera { azimuth: 0.0, elevation: 0.0, distance: Some(4.0) }, (41, 41));
    let (ray, hit) = all[20 * 41 + 20];
    let hit = hit.unwrap();
    assert_eq!(ray.direction, [0.0, 0.0, -1.0]);
    assert_eq!(hit.cut, Some([0.0, 0.0, 1.0]));
    assert!((hit.distance - 3.0).abs() < 1e-12);
    // From inside of the surface its other side is seen: a sphere around the camera.
    let mut field = implicit("norm([x, y, z]) - 0.9", 1.0);
    let (view, all) =
        picture(&mut field, Camera { azimuth: 0.0, elevation: 0.0, distance: Some(0.1) }, (21, 21));
    assert!((view.eye[2] - 0.1).abs() < 1e-3);
    assert!(all.iter().all(|(_, hit)| hit.is_some_and(|hit| (length(hit.place) - 0.9).abs() < 1e-5)));
}

/// Azimuth 0 looks from +z with +x to the right and +y up; 90 looks from +x, and elevation 90 from +y.
#[test]
fn cameras_turn_as_they_say() {
    let close = |a: [f64; 3], b: [f64; 3]| assert!(length(minus(a, b)) < 1e-12, "{a:?} {b:?}");
    let tracer = Tracer::new(&mut implicit("norm([x, y, z]) - 0.5", 1.0), 0.0).unwrap();
    let view = |azimuth: f64, elevation: f64| {
        Camera { azimuth, elevation, distance: Some(2.0) }.view(&tracer, (480, 640)).unwrap()
    };
    for (azimuth, elevation, back, right, up) in [
        (0.0, 0.0, [0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]),
        (90.0, 0.0, [1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]),
        (180.0, 0.0, [0.0, 0.0, -1.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]),
        (0.0, 90.0, [0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]),
        (0.0, -90.0, [0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]),
    ] {
        let view = view(azimuth, elevation);
        close(view.back, back);
        close(view.right, right);
        close(view.up, up);
        close(view.ray(240.0, 320.0).direction, back.map(|x| -x));
    }
    // The middle of the upper edge is 15 degrees above the axis.
    let ray = view(0.0, 0.0).ray(0.0, 320.0);
    close(ray.direction, [0.0, 15f64.to_radians().sin(), -15f64.to_radians().cos()]);
}

/// Without a distance the surface fills the picture, whatever its place.
#[test]
fn surfaces_fit_into_the_picture() {
    for (text, sides) in [
        ("norm([x + 0.5, y - 0.3, z]) - 0.2", (60, 80)),
        (TORUS, (60, 60)),
        ("norm([x, 6*y, 4*z])/6 - 0.15", (40, 120)),
        ("max(abs(x) - 0.5, abs(y) - 0.4, abs(z) - 0.3)", (60, 80)),
        ("norm(max(abs([x, y, z]) - [0.51, 0.42, 0.3], 0)) - 1e-4", (60, 80)),
    ] {
        let mut field = implicit(text, 1.0);
        let (_, all) = picture(&mut field, Camera::default(), sides);
        let seen: Vec<(usize, usize)> =
            (0..all.len()).filter(|at| all[*at].1.is_some()).map(|at| (at / sides.1, at % sides.1)).collect();
        // How far the picture is filled, from its middle to its edge. The nearer end of a surface may be alone there, and
        // the third function is no distance, so that its surface is guessed larger.
        let filled = |of: &dyn Fn(&(usize, usize)) -> usize, whole: usize| {
            let from = |p: &(usize, usize)| (2.0 * (of(p) as f64 + 0.5) / whole as f64 - 1.0).abs();
            seen.iter().map(from).fold(0.0, f64::max)
        };
        let filled = filled(&|p| p.0, sides.0).max(filled(&|p| p.1, sides.1));
        assert!((0.78..0.97).contains(&filled), "{text}: {filled}");
    }
}

/// A sphere has the mean curvature 1/r; a torus of radii R and r, at the angle v of its small circle from the outside,
/// `(1/r + cos v / (R + r cos v)) / 2`.
#[test]
fn mean_curvatures_are_those_of_the_closed_forms() {
    let jets = |text: &str, points: &[[f64; 3]]| {
        let mut jets = vec![f32::NAN; 10 * points.len()];
        implicit(text, 1.0).evaluate(Order::Hessian, points, &mut jets).unwrap();
        jets
    };
    let curvature = |jet: &[f32]| mean_curvature(jet.try_into().unwrap());
    for radius in [0.2, 0.6, 0.9] {
        let place = [0.48, 0.6, 0.64].map(|x: f64| x * radius);
        // Functions of the same sphere.
        for text in [format!("norm([x, y, z]) - {radius}"), format!("3*(x*x + y*y + z*z - {radius}^2)")] {
            let got = curvature(&jets(&text, &[place]));
            assert!((got * radius - 1.0).abs() < 1e-5, "{text}: {got}");
        }
        // From inside it is concave.
        let got = curvature(&jets(&format!("{radius} - norm([x, y, z])"), &[place]));
        assert!((got * radius + 1.0).abs() < 1e-5, "{got}");
    }
    for v in [0.0f64, 0.7, 1.5, 2.4, 3.1] {
        let ring = 0.6 + 0.2 * v.cos();
        let place = [ring * 0.6, 0.2 * v.sin(), ring * 0.8];
        let wanted = 0.5 * (1.0 / 0.2 + v.cos() / ring);
        let got = curvature(&jets(TORUS, &[place]));
        assert!((got / wanted - 1.0).abs() < 1e-4, "{v}: {got} {wanted}");
    }
}

#[test]
fn what_cannot_be_seen_is_told() {
    let tracer = Tracer::new(&mut implicit("norm([x, y, z]) + 1", 1.0), 0.0).unwrap();
    assert!(matches!(tracer.unseen(), SurfaceError::NoSurface { level: 0.0, low: 1.0, .. }));
    let tracer = Tracer::new(&mut implicit(SPHERE, 1.0), 0.0).unwrap();
    assert!(matches!(tracer.unseen(), SurfaceError::OutOfView));
    let error = Tracer::new(&mut implicit("1/(x - 0.1)/0", 1.0), 0.0).err().unwrap();
    assert!(matches!(error, SurfaceError::NotFinite { .. }), "{error}");
    // A pole between the corners of the coarse grid is met by rays.
    let mut pole = implicit("z - 0.5 + 1e-9*sqrt(abs(y - 0.031) - 0.02)", 1.0);
    let tracer = Tracer::new(&mut pole, 0.0).unwrap();
    let view = Camera { azimuth: 0.0, elevation: 0.0, distance: Some(3.0) }.view(&tracer, (99, 99)).unwrap();
    let rays: Vec<Ray> = (0..99).map(|row| view.ray(row as f64 + 0.5, 49.5)).collect();
    assert!(matches!(tracer.trace(&mut pole, &rays), Err(SurfaceError::NotFinite { .. })));
    let camera = Camera::default();
    for wrong in [
        Camera { azimuth: f64::NAN, ..camera },
        Camera { elevation: 90.5, ..camera },
        Camera { elevation: f64::NAN, ..camera },
        Camera { distance: Some(0.0), ..camera },
        Camera { distance: Some(f64::INFINITY), ..camera },
    ] {
        assert!(matches!(wrong.view(&tracer, (3, 3)), Err(SurfaceError::Camera { .. })), "{wrong:?}");
    }
    assert!(matches!(camera.view(&tracer, (3, 0)), Err(SurfaceError::NoPixels { .. })));
    assert!(matches!(Tracer::new(&mut pole, f64::NAN), Err(SurfaceError::Level { .. })));
}
