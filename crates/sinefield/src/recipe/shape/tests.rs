//! Clouds of closed forms: what is refused, found and estimated, and the field that is fitted.

use std::sync::Arc;

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64;

use super::guide::Dipoles;
use super::*;
use crate::engine::cpu::CpuEngine;
use crate::fit::{Control, Fit, FitConfig};
use crate::surface::{ExtractConfig, Implicit, Order, dot, extract, length, minus};

/// Points on a sphere by the golden spiral, and their outward normals.
fn sphere(count: usize, radius: f64, centre: [f64; 3]) -> (Vec<[f64; 3]>, Vec<[f64; 3]>) {
    let normal = |i: usize| {
        let z = 1.0 - (2 * i + 1) as f64 / count as f64;
        let (angle, r) = (2.399_963_229_728_653 * i as f64, (1.0 - z * z).sqrt());
        [r * angle.cos(), r * angle.sin(), z]
    };
    let normals: Vec<[f64; 3]> = (0..count).map(normal).collect();
    let points = normals.iter().map(|n| [0, 1, 2].map(|i| centre[i] + radius * n[i])).collect();
    (points, normals)
}

#[test]
fn clouds_fill_the_cube_and_keep_their_units() {
    let (points, normals) = sphere(1000, 50.0, [1000.0, -20.0, 3.0]);
    let long: Vec<[f64; 3]> = normals.iter().map(|n| n.map(|x| 1e200 * x)).collect();
    let cloud = Cloud::new(&points, Some(&long)).unwrap();
    assert!(cloud.notes().is_empty());
    let largest = cloud.points.iter().flatten().fold(0.0f64, |most, x| most.max(x.abs()));
    assert!((largest - 0.9).abs() < 1e-3, "{largest}");
    for (own, wanted) in cloud.normals.as_ref().unwrap().iter().zip(&normals) {
        assert!(length(minus(*own, *wanted)) < 1e-12);
    }
    let engine = CpuEngine::new(Some(1)).unwrap();
    let network = FieldConfig { hidden: 8, ..FieldConfig::default() };
    let shape = Shape::new(cloud, &network, &ShapeConfig::default(), &engine, 0).unwrap();
    let meta = shape.field(0).unwrap().meta;
    let (low, high) = meta.axes[0].interval();
    assert!((low - (1000.0 - 50.0 / 0.9)).abs() < 0.1 && (high - (1000.0 + 50.0 / 0.9)).abs() < 0.1);
    assert!((meta.value.scale - 50.0 / 0.9).abs() < 0.1);
}

#[test]
fn what_is_no_shape_is_refused() {
    let (points, normals) = sphere(600, 1.0, [0.0; 3]);
    let fails = |points: &[[f64; 3]], normals: Option<&[[f64; 3]]>| Cloud::new(points, normals).unwrap_err();
    assert_eq!(fails(&[], None), CloudError::TooFew { found: 0, needed: 4 });
    assert_eq!(fails(&points[..1], None), CloudError::TooFew { found: 1, needed: 4 });
    assert_eq!(fails(&[[1.0, 2.0, 3.0]; 100], None), CloudError::TooFew { found: 1, needed: 4 });
    let plane: Vec<[f64; 3]> = points.iter().map(|p| [p[0], p[1], 2.0 * p[0] - p[1] + 1.0]).collect();
    assert_eq!(fails(&plane, None), CloudError::Flat);
    let line: Vec<[f64; 3]> = points.iter().map(|p| [p[2], 2.0 * p[2], 1.0]).collect();
    assert_eq!(fails(&line, None), CloudError::Flat);
    let mut broken = points.clone();
    broken[17][1] = f64::NAN;
    assert_eq!(fails(&broken, None), CloudError::NotFinite { point: 17, what: "coordinate" });
    let mut wrong = normals.clone();
    wrong[3][0] = f64::INFINITY;
    assert_eq!(fails(&points, Some(&wrong)), CloudError::NotFinite { point: 3, what: "normal" });
    assert_eq!(fails(&points, Some(&normals[1..])), CloudError::Count { points: 600, normals: 599 });
    let mut zero = normals.clone();
    (zero[5], zero[9]) = ([0.0; 3], [0.0; 3]);
    assert_eq!(fails(&points, Some(&zero)), CloudError::ZeroNormals { count: 2, point: 5 });
    let scrambled: Vec<[f64; 3]> =
        normals.iter().enumerate().map(|(i, n)| n.map(|x| if i * i % 7 < 3 { -x } else { x })).collect();
    assert!(matches!(fails(&points, Some(&scrambled)), CloudError::Scrambled { percent } if percent > 30.0));
}

#[test]
fn what_can_be_mended_is_told() {
    let (points, normals) = sphere(600, 1.0, [0.0; 3]);
    let inwards: Vec<[f64; 3]> = normals.iter().map(|n| n.map(|x| -x)).collect();
    let turned = Cloud::new(&points, Some(&inwards)).unwrap();
    assert_eq!(turned.notes(), [Note::Turned]);
    assert_eq!(turned, Cloud { notes: vec![Note::Turned], ..Cloud::new(&points, Some(&normals)).unwrap() });
    let twice = [points.clone(), points[..40].to_vec()].concat();
    let cloud = Cloud::new(&twice, None).unwrap();
    assert_eq!((cloud.count(), cloud.notes()), (600, &[Note::Duplicates(40)][..]));
    let some: Vec<[f64; 3]> =
        normals.iter().enumerate().map(|(i, n)| n.map(|x| if i % 11 == 0 { -x } else { x })).collect();
    let cloud = Cloud::new(&points, Some(&some)).unwrap();
    assert!(matches!(cloud.notes(), [Note::Opposite(percent)] if (10.0..30.0).contains(percent)));
    assert_eq!(cloud.thinned(50, 3).count(), 50);
}

/// The winding number of a sphere is 1 inside and 0 outside, and no distance that is asked for is larger than the true one.
#[test]
fn guides_know_the_sides_of_a_sphere() {
    let (points, normals) = sphere(3000, 0.7, [0.1, 0.0, -0.1]);
    let dipoles = Dipoles::new(&points, &normals, 0);
    for (place, wanted) in [([0.1, 0.0, -0.1], 1.0), ([0.4, 0.1, 0.0], 1.0), ([-0.9, 0.9, 0.9], 0.0)] {
        let (winding, square, nearest) = dipoles.winding(place);
        assert!((winding - wanted).abs() < 0.1, "{winding}");
        let to = |p: &[f64; 3]| length(minus(*p, place.map(f64::from)));
        let least = points.iter().map(to).fold(f64::INFINITY, f64::min);
        assert!((f64::from(square.sqrt()) - least).abs() < 1e-5);
        assert!((to(&points[dipoles.chosen[nearest]]) - least).abs() < 1e-5);
    }
    let guide = dipoles.guide(0);
    let mut asked = 0;
    for ((place, side), least) in guide.places.iter().zip(&guide.sides).zip(&guide.least) {
        let distance = length(minus(place.map(f64::from), [0.1, 0.0, -0.1])) - 0.7;
        if *least > 0.0 {
            assert!(f64::from(side * least) / distance > 0.0, "{place:?}");
            assert!(f64::from(*least) < 0.51 * distance.abs());
            asked += 1;
        }
    }
    assert!(asked > guide.places.len() / 2);
}

/// A sphere, and a torus with a hole through it, without normals.
#[test]
fn normals_are_estimated_and_point_outwards() {
    let (points, normals) = sphere(5000, 1.0, [4.0, 5.0, 6.0]);
    let (_, wave) = sphere(5000, 1.0, [0.0; 3]);
    let torus = |n: &[f64; 3], i: usize| {
        let (u, v) = (n[0].atan2(n[1]), std::f64::consts::TAU * (0.754_877_666_2 * i as f64).fract());
        let normal = [v.cos() * u.cos(), v.cos() * u.sin(), v.sin()];
        ([0.7 * u.cos() + 0.3 * normal[0], 0.7 * u.sin() + 0.3 * normal[1], 0.3 * normal[2]], normal)
    };
    let (ring, around): (Vec<_>, Vec<_>) = wave.iter().enumerate().map(|(i, n)| torus(n, i)).unzip();
    for (points, normals) in [(points, normals), (ring, around)] {
        let cloud = Cloud::new(&points, None).unwrap().with_estimated_normals(0);
        assert_eq!(cloud.notes(), [Note::Estimated(5000)]);
        let own = cloud.normals.unwrap();
        assert!(
            super::normals::against(&own, &normals) < 1e-3,
            "{}",
            super::normals::against(&own, &normals)
        );
        let angle = own.iter().zip(&normals).map(|(a, b)| dot(*a, *b).clamp(-1.0, 1.0).acos().to_degrees());
        let mean = angle.sum::<f64>() / own.len() as f64;
        assert!(mean < 5.0, "{mean}");
    }
    // A sheet with waves encloses nothing.
    let sheet: Vec<[f64; 3]> =
        (0..2500).map(|i| [(i % 50) as f64, (i / 50) as f64, (0.3 * (i % 50) as f64).sin()]).collect();
    let cloud = Cloud::new(&sheet, None).unwrap().with_estimated_normals(0);
    assert_eq!(cloud.notes(), [Note::Estimated(2500), Note::Open("z")]);
    assert!(cloud.normals.unwrap().iter().all(|n| n[2] > 0.0));
}

/// A short fit of a sphere of 30 mm, with and without normals: its distances, its gradient, its mesh.
#[test]
fn a_sphere_is_fitted_in_its_units() {
    let (points, normals) = sphere(2000, 30.0, [100.0, 0.0, 0.0]);
    let engine = Arc::new(CpuEngine::new(Some(2)).unwrap());
    for given in [Some(&normals[..]), None] {
        let cloud = Cloud::new(&points, given).unwrap();
        let network = FieldConfig {
            hidden: 32,
            layers: 1,
            omega: Some(10.0),
            first_omega: Some(10.0),
            ..FieldConfig::default()
        };
        let config = ShapeConfig { batch: 200, ..ShapeConfig::default() };
        let shape = Shape::new(cloud, &network, &config, &engine, 0).unwrap();
        let field = shape.field(0).unwrap();
        let config = FitConfig { steps: 400, rate: 3e-3, ..FitConfig::problem() };
        let mut fit = Fit::new(engine.clone(), field, Arc::new(shape), config).unwrap();
        fit.run(|_, _| Control::Continue).unwrap();
        let mut implicit = Implicit::new(engine.clone(), fit.into_field()).unwrap();
        let mut jets = [0.0f32; 12];
        implicit
            .evaluate(
                Order::Gradient,
                &[[100.0, 0.0, 5.0], [132.0, 0.0, 0.0], [100.0, -28.0, 0.0]],
                &mut jets,
            )
            .unwrap();
        assert!(jets[0] < -10.0, "{jets:?}");
        assert!((jets[4] - 2.0).abs() < 0.5 && (jets[5] - 1.0).abs() < 0.15, "{jets:?}");
        assert!((jets[8] + 2.0).abs() < 0.5 && (jets[10] + 1.0).abs() < 0.15, "{jets:?}");
        let config = ExtractConfig { resolution: 48, ..ExtractConfig::default() };
        let mesh = extract(&mut implicit, &config, &mut |_| ()).unwrap();
        let topology = mesh.topology();
        assert!(topology.is_closed() && topology.components == 1 && topology.euler() == 2, "{topology:?}");
        let worst = mesh.points.iter().map(|p| (length(minus(*p, [100.0, 0.0, 0.0])) - 30.0).abs());
        assert!(worst.fold(0.0, f64::max) < 1.0);
    }
}

#[test]
fn the_papers_loss_has_two_terms() {
    let (points, normals) = sphere(500, 1.0, [0.0; 3]);
    let engine = CpuEngine::new(Some(1)).unwrap();
    let cloud = || Cloud::new(&points, Some(&normals)).unwrap();
    let names = |config: &ShapeConfig| {
        let network = FieldConfig { hidden: 4, ..FieldConfig::default() };
        let shape = Shape::new(cloud(), &network, config, &engine, 0).unwrap();
        shape.terms().iter().map(|term| term.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&ShapeConfig::paper()), ["surface", "space"]);
    assert_eq!(names(&ShapeConfig::default()), ["surface", "near", "space", "guide"]);
}

/// The noise of points is the standard deviation that was added, with and without normals, whatever the curvature.
#[test]
fn noise_is_estimated() {
    let mut random = Pcg64::seed_from_u64(3);
    // The sum of twelve uniform numbers less 6 has the standard deviation 1.
    let mut gauss = || (0..12).map(|_| random.next_u64() as f64 / 2f64.powi(64)).sum::<f64>() - 6.0;
    for (count, deviation) in [(2000, 0.0), (2000, 0.01), (2000, 0.03), (20_000, 0.003)] {
        let (mut points, normals) = sphere(count, 0.9, [0.0; 3]);
        points.iter_mut().flatten().for_each(|x| *x += deviation * gauss());
        let found = Noise::of(&points, &normals);
        assert!(
            (found.deviation - deviation).abs() < 0.12 * deviation + 1e-9,
            "{count} {deviation}: {found:?}"
        );
        // Points on the sphere have the area 4π r² / count each. Noise makes neighbours farther.
        let spacing = (4.0 * std::f64::consts::PI * 0.81 / count as f64).sqrt();
        assert!((0.9..1.5).contains(&(found.spacing / spacing)), "{count} {deviation}: {found:?}, {spacing}");
        let estimated = Cloud::new(&points, None).unwrap().with_estimated_normals(0);
        let found = Noise::of(&estimated.points, estimated.normals.as_deref().unwrap());
        let by = 0.3 * deviation + 2e-3;
        assert!((found.deviation - deviation).abs() < by, "{count} {deviation}, estimated: {found:?}");
    }
    assert_eq!(Noise::of(&[[0.0; 3]], &[[0.0, 0.0, 1.0]]), Noise::default());
}

/// Noisy points are noted, in their own units, and points without noise are not.
#[test]
fn noisy_points_are_followed_less_closely() {
    let mut random = Pcg64::seed_from_u64(5);
    let (mut points, normals) = sphere(600, 90.0, [0.0; 3]);
    let engine = CpuEngine::new(Some(1)).unwrap();
    let network = FieldConfig { hidden: 8, ..FieldConfig::default() };
    let noted = |points: &[[f64; 3]], config: &ShapeConfig| {
        let cloud = Cloud::new(points, Some(&normals)).unwrap();
        let shape = Shape::new(cloud, &network, config, &engine, 0).unwrap();
        shape.cloud().notes().iter().find_map(|note| match note {
            Note::Noisy(by) => Some(*by),
            _ => None,
        })
    };
    assert_eq!(noted(&points, &ShapeConfig::default()), None);
    // Uniform in ±6 has the standard deviation 6/√3.
    points.iter_mut().flatten().for_each(|x| *x += 6.0 * (random.next_u64() as f64 / 2f64.powi(63) - 1.0));
    let by = noted(&points, &ShapeConfig::default()).unwrap();
    assert!((by - 6.0 / 3f64.sqrt()).abs() < 0.7, "{by}");
    assert_eq!(noted(&points, &ShapeConfig::paper()), None);
}
