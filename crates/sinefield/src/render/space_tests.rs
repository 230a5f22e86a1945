//! Tests fields of any number of axes in their units, against places computed by hand and finite differences in
//! float64.

use super::*;
use crate::engine::cpu::CpuEngine;
use crate::engine::reference::{self, ReferenceEngine};
use crate::field::{Affine, Axis, FieldConfig, Meta, ValueMap};

fn field(axes: Vec<Axis>, outputs: usize) -> Field {
    let inputs = axes.len();
    let config = FieldConfig {
        hidden: 12,
        layers: 1,
        first_omega: Some(3.0),
        omega: Some(2.0),
        ..FieldConfig::new(inputs, outputs)
    };
    let mut field = Field::new(&config, 3).unwrap();
    field.meta = Meta { axes, value: ValueMap { scale: 0.7, offset: 0.2 }, ..Meta::default() };
    field
}

/// The signal at normalised coordinates, in float64.
fn signal(field: &Field, x: &[f64]) -> Vec<f64> {
    let parameters: Vec<f64> = field.parameters().iter().copied().map(f64::from).collect();
    let jet = reference::jet(field.architecture(), &parameters, &JetSpec::value(x.len()), x);
    jet.iter().map(|u| 0.2 + 0.7 * u).collect()
}

fn normalised(frame: &Frame, inputs: usize) -> Vec<f64> {
    let mut x = vec![f64::NAN; frame.count() * inputs];
    frame.coordinates(0, &mut x);
    x
}

fn close(got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().zip(want) {
        assert!((got - want).abs() < 1e-12, "{got:?}, not {want:?}");
    }
}

fn run(region: Option<(f64, f64)>, count: Count) -> Part {
    Part::Run { region, count }
}

#[test]
fn a_sound_is_sampled_from_its_start_for_as_long_as_it_lasts() {
    // Five samples at 4 Hz: 0, 0.25, .. 1 s. The duration is 1.25 s.
    let sound = field(vec![Axis::stepped("time", 5, (0.0, 0.25), "s")], 1);
    let frame = |part| Frame::of_parts(&sound, &[part]).unwrap();
    close(&normalised(&frame(Part::default()), 1), &[-1.0, -0.5, 0.0, 0.5, 1.0]);
    let double = frame(run(None, Count::PerUnit(8.0)));
    assert_eq!(double.shape(), [10]);
    close(&double.places(0), &[0.0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0, 1.125]);
    close(&normalised(&double, 1)[..3], &[-1.0, -0.75, -0.5]);
    let part = frame(run(Some((0.5, 1.0)), Count::Scaled(2.0)));
    close(&part.places(0), &[0.5, 0.625, 0.75, 0.875]);
    assert_eq!(frame(run(Some((0.25, 1.25)), Count::Exact(3))).places(0)[0], 0.25);
    for wrong in [
        run(Some((0.0, 1.3)), Count::Native),
        run(Some((1.0, 0.5)), Count::Native),
        run(Some((0.2, 0.2)), Count::Native),
        run(Some((f64::NAN, 1.0)), Count::Native),
        run(None, Count::PerUnit(0.0)),
        run(None, Count::PerUnit(1e300)),
        run(None, Count::Scaled(f64::NAN)),
        run(None, Count::Exact(0)),
        Part::At(1.3),
        Part::At(f64::NAN),
    ] {
        assert!(Frame::of_parts(&sound, &[wrong]).is_err(), "{wrong:?}");
    }
}

/// A rate that does not divide the region is kept, and the count is rounded.
#[test]
fn samples_are_as_far_apart_as_a_rate_says() {
    let sound = field(vec![Axis::stepped("time", 50, (0.0, 0.04), "s")], 1);
    let frame = |part| Frame::of_parts(&sound, &[part]).unwrap();
    for (part, count, step) in [
        (run(Some((0.1, 0.2)), Count::Native), 3, 0.04),
        (run(Some((0.1, 0.2)), Count::PerUnit(25.0)), 3, 0.04),
        (run(Some((0.1, 0.2)), Count::Scaled(2.0)), 5, 0.02),
        (run(None, Count::PerUnit(7.0)), 14, 1.0 / 7.0),
        (run(None, Count::PerUnit(0.1)), 1, 10.0),
        (run(Some((0.1, 0.11)), Count::Native), 1, 0.04),
        (run(Some((0.1, 0.2)), Count::Exact(4)), 4, 0.025),
    ] {
        let frame = frame(part);
        assert_eq!(frame.shape(), [count], "{part:?}");
        assert!((frame.step(0) - step).abs() < 1e-12, "{part:?}: {}", frame.step(0));
        let places = frame.places(0);
        assert!(
            places.windows(2).all(|pair| (pair[1] - pair[0] - step).abs() < 1e-12),
            "{part:?}: {places:?}"
        );
    }
    // A solution has no samples of its own, but can be sampled at a rate.
    let solution = field(vec![Axis::ranged("time", 0.0, 1.0)], 1);
    let frame = Frame::of_parts(&solution, &[run(None, Count::PerUnit(8.0))]).unwrap();
    close(&frame.places(0)[..3], &[0.0, 0.125, 0.25]);
}

/// `start + n step` and the end that a frame computes differ in the last digits.
#[test]
fn an_axis_reaches_to_where_its_last_sample_ends() {
    for step in [1.0 / 48_000.0, 1.0 / 44_100.0, 1.0 / 24.0, 1.0 / 25.0, 1.001 / 30.0, 0.7, -0.3] {
        for start in [0.0, 2.0, -1e6] {
            for samples in 2..400 {
                let sound = field(vec![Axis::stepped("time", samples, (start, step), "s")], 1);
                let place = |at: usize| start + at as f64 * step;
                for from in [0, 1, samples - 1] {
                    let part = run(Some((place(from), place(samples))), Count::Native);
                    let frame = Frame::of_parts(&sound, &[part]).unwrap();
                    assert_eq!(frame.shape(), [samples - from], "{samples} samples of {step} s from {start}");
                }
                let over = run(Some((place(1), start + (samples as f64 + 0.01) * step)), Count::Native);
                assert!(Frame::of_parts(&sound, &[over]).is_err());
            }
        }
    }
}

/// A render and [`at_points`] give the same numbers, for axes with any range.
#[test]
fn a_render_has_the_units_of_the_points() {
    let sampled = vec![Axis::stepped("x", 5, (1.0, 2.0), "mm"), Axis::stepped("y", 7, (0.0, 3.0), "mm")];
    let solved = vec![Axis::ranged("t", 0.0, 2.0), Axis::ranged("x", -3.0, 1.0)];
    let engine = CpuEngine::new(Some(2)).unwrap();
    for axes in [sampled, solved] {
        let field = field(axes, 2);
        let parts = [run(None, Count::Exact(5)), run(None, Count::Exact(7))];
        let frame = Frame::of_parts(&field, &parts).unwrap();
        let (x, y) = (frame.places(0), frame.places(1));
        let points: Vec<f64> = x.iter().flat_map(|x| y.iter().flat_map(|y| [*x, *y])).collect();
        for quantity in Quantity::ALL {
            let render = Render::new(&field, frame.clone(), quantity).unwrap();
            let width = render.pixel_shape().iter().product();
            let mut got = vec![f32::NAN; 35 * width];
            render.draw(&engine, &mut got, width, |n, out| out.copy_from_slice(n)).unwrap();
            let want = at_points(&engine, &field, &[quantity], Coordinates::Units, &points).unwrap();
            for (got, want) in got.iter().zip(&want[0]) {
                assert!((got - want).abs() <= 1e-5 * want.abs().max(1.0), "{quantity}: {got}, not {want}");
            }
        }
    }
}

/// An infinite derivative along one axis does not affect another.
#[test]
fn derivatives_along_axes_are_apart() {
    let units = units::Units::diagonal(vec![2.0, 3.0], ValueMap::default());
    let spec = Quantity::Hessian.add_single_to(Quantity::Gradient.add_single_to(JetSpec::value(2)));
    let mut numbers = [f64::NAN; 2];
    let infinite =
        |channel, _: usize| if Some(channel) == spec.first_channel(0) { f64::INFINITY } else { 1.0 };
    Quantity::Gradient.write(&units, &spec, 1, infinite, &mut |at, number| numbers[at] = number);
    assert_eq!(numbers, [f64::INFINITY, 3.0]);
    let infinite =
        |channel, _: usize| if Some(channel) == spec.second_channel(0, 0) { f64::INFINITY } else { 1.0 };
    let mut numbers = [f64::NAN; 4];
    Quantity::Hessian.write(&units, &spec, 1, infinite, &mut |at, number| numbers[at] = number);
    assert_eq!(numbers, [f64::INFINITY, 6.0, 6.0, 9.0]);
}

#[test]
fn axes_are_cut_and_kept_in_order() {
    let time = Axis::stepped("time", 11, (2.0, 0.1), "s");
    let video = field(vec![time, Axis::counted("row", 4), Axis::counted("column", 6)], 2);
    let frame =
        Frame::of_parts(&video, &[Part::At(2.55), Part::default(), run(Some((1.0, 4.0)), Count::Exact(6))])
            .unwrap();
    assert_eq!((frame.shape(), frame.sides(), frame.count()), (vec![4, 6], (4, 6), 24));
    let x = normalised(&frame, 3);
    for (at, x) in x.chunks_exact(3).enumerate() {
        let column = 1.0 + 3.0 * ((at % 6) as f64 + 0.5) / 6.0 - 0.5;
        close(x, &[0.1, -1.0 + 2.0 * (at / 6) as f64 / 3.0, -1.0 + 2.0 * column / 5.0]);
    }
    let render = Render::new(&video, frame.clone(), Quantity::Value).unwrap();
    let mut got = vec![f32::NAN; 48];
    render.draw(&CpuEngine::new(Some(2)).unwrap(), &mut got, 2, |n, out| out.copy_from_slice(n)).unwrap();
    for (got, x) in got.chunks_exact(2).zip(x.chunks_exact(3)) {
        for (got, want) in got.iter().zip(signal(&video, x)) {
            assert!((f64::from(*got) - want).abs() < 2e-6);
        }
    }
    // Bands are along the first axis that is not cut.
    let band = Render::new(&video, frame.band(1..3), Quantity::Value).unwrap();
    let mut part = vec![f32::NAN; 24];
    band.draw(&CpuEngine::new(Some(1)).unwrap(), &mut part, 2, |n, out| out.copy_from_slice(n)).unwrap();
    assert_eq!(part, got[12..36]);
}

#[test]
fn a_problems_axis_has_both_ends_and_no_size_of_its_own() {
    let solution = field(vec![Axis::ranged("t", 0.0, 2.0), Axis::ranged("x", -3.0, 1.0)], 1);
    let native = Frame::of_parts(&solution, &[Part::default(), Part::default()]);
    assert!(matches!(native, Err(RenderError::NotSampled { .. })));
    let frame = Frame::of_parts(&solution, &[Part::At(0.5), run(None, Count::Exact(5))]).unwrap();
    close(&frame.places(1), &[-3.0, -2.0, -1.0, 0.0, 1.0]);
    close(&normalised(&frame, 2)[..2], &[-0.5, -1.0]);
    assert!(matches!(Frame::of_parts(&solution, &[Part::At(0.5)]), Err(RenderError::Parts { .. })));
}

#[test]
fn a_single_sample_lies_at_its_place() {
    for axis in [Axis::counted("z", 1), Axis::stepped("z", 1, (4.0, 0.5), "mm")] {
        let flat = field(vec![axis, Axis::counted("x", 3)], 1);
        let frame = Frame::of_parts(&flat, &[Part::default(), Part::default()]).unwrap();
        assert_eq!(frame.shape(), [1, 3]);
        close(&normalised(&frame, 2), &[0.0, -1.0, 0.0, 0.0, 0.0, 1.0]);
    }
}

/// Compares the gradient, Laplacian and Hessian in units with differences of the value in units.
fn check_derivatives(field: &Field, place: &[f64], step: f64) {
    let d = place.len();
    let outputs = field.architecture().outputs();
    let value = |offsets: &[(usize, f64)]| {
        let mut at = place.to_vec();
        offsets.iter().for_each(|(axis, by)| at[*axis] += by);
        at_points_exactly(&ReferenceEngine, field, &[Quantity::Value], Coordinates::Units, &at)
            .unwrap()
            .remove(0)
    };
    let ask = Quantity::ALL;
    let exact = at_points_exactly(&ReferenceEngine, field, &ask, Coordinates::Units, place).unwrap();
    let engine = CpuEngine::new(Some(1)).unwrap();
    let fast = at_points(&engine, field, &ask, Coordinates::Units, place).unwrap();
    for o in 0..outputs {
        let mut trace = 0.0;
        for i in 0..d {
            let slope = (value(&[(i, step)])[o] - value(&[(i, -step)])[o]) / (2.0 * step);
            let got = exact[1][o * d + i];
            assert!((got - slope).abs() < 1e-6 * slope.abs().max(1.0), "axis {i}: {got}, not {slope}");
            for j in 0..d {
                let at = |a: f64, b: f64| value(&[(i, a * step), (j, b * step)])[o];
                let bend =
                    (at(1.0, 1.0) - at(1.0, -1.0) - at(-1.0, 1.0) + at(-1.0, -1.0)) / (4.0 * step * step);
                let got = exact[4][(o * d + i) * d + j];
                assert!((got - bend).abs() < 1e-4 * bend.abs().max(1.0), "{i}, {j}: {got}, not {bend}");
                trace += if i == j { got } else { 0.0 };
            }
        }
        assert!((exact[3][o] - trace).abs() < 1e-13 * trace.abs().max(1.0), "{} and {trace}", exact[3][o]);
    }
    for ((exact, fast), quantity) in exact.iter().zip(&fast).zip(ask) {
        let most = exact.iter().fold(0.0f64, |most, v| most.max(v.abs()));
        for (exact, fast) in exact.iter().zip(fast) {
            assert!((exact - f64::from(*fast)).abs() < 1e-4 * most, "{quantity}: {fast}, not {exact}");
        }
    }
}

#[test]
fn derivatives_are_per_unit_of_each_axis() {
    check_derivatives(&field(vec![Axis::stepped("time", 100, (0.5, 0.01), "s")], 2), &[0.8], 1e-4);
    check_derivatives(
        &field(vec![Axis::ranged("t", -1.0, 5.0), Axis::ranged("x", 2.0, 3.0)], 1),
        &[0.3, 2.2],
        1e-3,
    );
    let four = ["a", "b", "c", "d"].map(|name| Axis::stepped(name, 9, (-1.0, 0.5), "mm"));
    check_derivatives(&field(four.to_vec(), 1), &[-0.3, 0.1, 1.2, 2.0], 1e-3);
    // A negative step: the first sample has the largest place.
    check_derivatives(
        &field(vec![Axis::stepped("x", 7, (6.0, -2.0), "mm"), Axis::counted("y", 5)], 1),
        &[1.0, 2.5],
        1e-3,
    );
}

#[test]
fn an_affine_map_turns_and_stretches_derivatives() {
    let axes = ["x", "y", "z"].map(|name| Axis::stepped(name, 8, (0.0, 2.0), "mm"));
    let mut volume = field(axes.to_vec(), 2);
    let (sin, cos) = 0.4f64.sin_cos();
    // A rotation about z, unequal voxels, a shear and a shift.
    let rows = vec![
        vec![2.0 * cos, -3.0 * sin, 0.1, -10.0],
        vec![2.0 * sin, 3.0 * cos, 0.0, 4.0],
        vec![0.0, 0.3, 1.5, 7.0],
    ];
    volume.meta.affine = Some(Affine { rows: rows.clone(), unit: "mm".into() });
    // The position of the voxel (2, 3, 4).
    let index = [2.0, 3.0, 4.0];
    let place: Vec<f64> =
        rows.iter().map(|row| row[3] + row.iter().zip(&index).map(|(a, i)| a * i).sum::<f64>()).collect();
    let x: Vec<f64> = index.iter().map(|i| -1.0 + 2.0 * i / 7.0).collect();
    let got =
        at_points_exactly(&ReferenceEngine, &volume, &[Quantity::Value], Coordinates::Units, &place).unwrap();
    close(&got[0], &signal(&volume, &x));
    check_derivatives(&volume, &place, 1e-3);
    // A render over the voxels has the same derivatives.
    let frame = Frame::of_parts(&volume, &[Part::default(); 3]).unwrap();
    let render = Render::new(&volume, frame, Quantity::Gradient).unwrap();
    let mut all = vec![0.0f32; 8 * 8 * 8 * 6];
    render.draw(&CpuEngine::new(Some(2)).unwrap(), &mut all, 6, |n, out| out.copy_from_slice(n)).unwrap();
    let want =
        at_points_exactly(&ReferenceEngine, &volume, &[Quantity::Gradient], Coordinates::Units, &place)
            .unwrap();
    let voxel = (2 * 8 + 3) * 8 + 4;
    for (got, want) in all[voxel * 6..].iter().zip(&want[0]) {
        assert!((f64::from(*got) - want).abs() < 1e-5, "{got}, not {want}");
    }
}

#[test]
fn no_points_give_no_numbers() {
    let field = field(vec![Axis::counted("x", 4), Axis::counted("y", 4)], 3);
    let engine = CpuEngine::new(Some(1)).unwrap();
    for coordinates in [Coordinates::Units, Coordinates::Normalised] {
        let fast = at_points(&engine, &field, &Quantity::ALL, coordinates, &[]).unwrap();
        let exact = at_points_exactly(&engine, &field, &Quantity::ALL, coordinates, &[]).unwrap();
        assert!(fast.len() == 5 && fast.iter().all(Vec::is_empty));
        assert!(exact.len() == 5 && exact.iter().all(Vec::is_empty));
    }
}

/// 2 / length squared exceeds float32, but not float64.
#[test]
fn a_short_axis_has_second_derivatives() {
    let short = field(vec![Axis::ranged("x", 0.0, 4e-30), Axis::ranged("y", 0.0, 1.0)], 1);
    let ask = [Quantity::Laplacian, Quantity::Hessian];
    let place = [1e-30, 0.3];
    let got = at_points_exactly(&ReferenceEngine, &short, &ask, Coordinates::Units, &place).unwrap();
    assert!(got[1][0].abs() > 1e40, "{got:?}");
    assert_eq!(got[0][0], got[1][0] + got[1][3]);
    let fast = at_points(&ReferenceEngine, &short, &ask, Coordinates::Units, &place).unwrap();
    assert!(fast[0][0].is_infinite() && fast[0][0].is_sign_positive() == (got[0][0] > 0.0), "{fast:?}");
}

#[test]
fn files_keep_units_and_refuse_what_cannot_be() {
    let mut volume = field(vec![Axis::stepped("x", 4, (1.0, 2.0), "mm"), Axis::counted("y", 3)], 1);
    volume.meta.affine =
        Some(Affine { rows: vec![vec![1.0, 2.0, 3.0], vec![0.5, -1.0, 0.0]], unit: "mm".into() });
    assert_eq!(Field::from_bytes(&volume.to_bytes().unwrap()).unwrap(), volume);
    let singular = Affine { rows: vec![vec![1.0, 2.0, 3.0], vec![2.0, 4.0, 0.0]], unit: String::new() };
    let small = Affine { rows: vec![vec![1.0, 2.0]], unit: String::new() };
    let lopsided = Affine { rows: vec![vec![1.0, 2.0], vec![1.0, 2.0, 3.0]], unit: String::new() };
    let tiny = Affine { rows: vec![vec![1e-320, 0.0, 0.0], vec![0.0, 1.0, 0.0]], unit: String::new() };
    for affine in [singular, small, lopsided, tiny] {
        let mut wrong = volume.clone();
        wrong.meta.affine = Some(affine);
        assert!(wrong.to_bytes().is_err());
    }
    for range in
        [(f64::NAN, 1.0), (0.0, f64::INFINITY), (-1e308, 1e308), (3.0, 3.0), (0.0, 5e-324), (0.0, 1e160)]
    {
        let mut wrong = volume.clone();
        wrong.meta.axes[0].range = Some(range);
        assert!(wrong.to_bytes().is_err(), "{range:?}");
    }
}
