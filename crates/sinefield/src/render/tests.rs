//! Compares renders with the reference at positions computed by hand, and derivatives with finite differences of the
//! float64 values.

use super::*;
use crate::engine::cpu::CpuEngine;
use crate::engine::reference;
use crate::field::{FieldConfig, Meta, ValueMap};

const ROWS: usize = 9;
const COLUMNS: usize = 13;

fn engine() -> CpuEngine {
    CpuEngine::new(Some(2)).unwrap()
}

fn field(outputs: usize) -> Field {
    let config = FieldConfig {
        hidden: 12,
        layers: 1,
        first_omega: Some(4.0),
        omega: Some(3.0),
        ..FieldConfig::new(2, outputs)
    };
    let mut field = Field::new(&config, 3).unwrap();
    field.meta = Meta { value: ValueMap { scale: 0.7, offset: 0.2 }, ..Meta::picture(ROWS, COLUMNS) };
    field
}

/// The signal at native index `(row, column)`, in float64.
fn signal(field: &Field, row: f64, column: f64, output: usize) -> f64 {
    let x = [-1.0 + 2.0 * row / (ROWS - 1) as f64, -1.0 + 2.0 * column / (COLUMNS - 1) as f64];
    let parameters: Vec<f64> = field.parameters().iter().copied().map(f64::from).collect();
    0.2 + 0.7 * reference::jet(field.architecture(), &parameters, &JetSpec::value(2), &x)[output]
}

fn draw(field: &Field, frame: Frame, quantity: Quantity) -> Vec<f32> {
    let render = Render::new(field, frame, quantity).unwrap();
    let (rows, columns) = render.frame().sides();
    let width: usize = render.pixel_shape().iter().product();
    let mut out = vec![f32::NAN; rows * columns * width];
    render.draw(&engine(), &mut out, width, |numbers, out| out.copy_from_slice(numbers)).unwrap();
    out
}

/// A frame of `counts` samples along the sides of a region. The region is the start and end of the rows, then of the
/// columns.
fn cut(field: &Field, region: Option<[f64; 4]>, counts: [Count; 2]) -> Result<Frame, RenderError> {
    let [rows, columns] = counts;
    let ends = |at: usize| region.map(|region| (region[at], region[at + 1]));
    let part = |at, count| Part::Run { region: ends(at), count };
    Frame::of_parts(field, &[part(0, rows), part(2, columns)])
}

#[test]
fn native_scaled_and_cut_renders_sample_where_the_page_says() {
    let field = field(2);
    let region = [1.5, 7.0, 2.0, 6.25];
    let cases = [
        (None, [Count::Native; 2], ROWS, COLUMNS),
        (None, [Count::Scaled(2.0); 2], 2 * ROWS, 2 * COLUMNS),
        (None, [Count::Exact(5), Count::Exact(4)], 5, 4),
        (Some(region), [Count::Native; 2], 6, 4),
        (Some(region), [Count::Scaled(3.0); 2], 17, 13),
    ];
    for (region, counts, rows, columns) in cases {
        let frame = cut(&field, region, counts).unwrap();
        assert_eq!(frame.sides(), (rows, columns));
        let at = region.unwrap_or([0.0, ROWS as f64, 0.0, COLUMNS as f64]);
        let index = |(from, to): (f64, f64), i: usize, n: usize| {
            from + (to - from) * (2 * i + 1) as f64 / (2 * n) as f64 - 0.5
        };
        for (pixel, got) in draw(&field, frame, Quantity::Value).chunks(2).enumerate() {
            let row = index((at[0], at[1]), pixel / columns, rows);
            let column = index((at[2], at[3]), pixel % columns, columns);
            for (output, got) in got.iter().enumerate() {
                let wanted = signal(&field, row, column, output);
                assert!((f64::from(*got) - wanted).abs() < 2e-6, "pixel {pixel}: {got}, not {wanted}");
            }
        }
    }
}

#[test]
fn the_native_frame_is_the_grid_of_the_fit_to_the_bit() {
    let mut field = field(1);
    field.meta = Meta::picture(450, 301);
    let frame = Frame::native(&field).unwrap();
    let mut x = vec![0.0; 450 * 301 * 2];
    frame.coordinates(0, &mut x);
    let (rows, columns) =
        (crate::field::UniformGrid::inclusive(450), crate::field::UniformGrid::inclusive(301));
    for (pixel, x) in x.chunks(2).enumerate() {
        assert_eq!(x[0], rows.coordinate((pixel / 301) as f64));
        assert_eq!(x[1], columns.coordinate((pixel % 301) as f64));
    }
}

#[test]
fn bands_are_the_rows_of_the_whole() {
    let field = field(1);
    let frame = cut(&field, None, [Count::Scaled(1.7); 2]).unwrap();
    let whole = draw(&field, frame.clone(), Quantity::Laplacian);
    let columns = frame.sides().1;
    for rows in [0..1, 3..9, 10..400, 15..16, 40..50] {
        let band = draw(&field, frame.band(rows.clone()), Quantity::Laplacian);
        let end = rows.end.min(frame.sides().0);
        assert_eq!(band, &whole[rows.start.min(end) * columns..end * columns]);
    }
}

#[test]
fn derivatives_are_per_native_pixel() {
    let field = field(2);
    let frame = cut(&field, Some([2.0, 7.0, 3.0, 8.0]), [Count::Native; 2]).unwrap();
    let e = 1e-3;
    for (output, pixel) in (0..2).flat_map(|o| (0..25).map(move |p| (o, p))) {
        let (row, column) = (2.0 + (pixel / 5) as f64, 3.0 + (pixel % 5) as f64);
        let s = |i: i32, j: i32| signal(&field, row + e * f64::from(i), column + e * f64::from(j), output);
        let first = [(s(1, 0) - s(-1, 0)) / (2.0 * e), (s(0, 1) - s(0, -1)) / (2.0 * e)];
        let mixed = (s(1, 1) - s(1, -1) - s(-1, 1) + s(-1, -1)) / (4.0 * e * e);
        let second = [
            (s(1, 0) - 2.0 * s(0, 0) + s(-1, 0)) / (e * e),
            mixed,
            mixed,
            (s(0, 1) - 2.0 * s(0, 0) + s(0, -1)) / (e * e),
        ];
        let wanted: [&[f64]; 5] =
            [&[s(0, 0)], &first, &[first[0].hypot(first[1])], &[second[0] + second[3]], &second];
        for (quantity, wanted) in Quantity::ALL.into_iter().zip(wanted) {
            let all = draw(&field, frame.clone(), quantity);
            let at = (pixel * 2 + output) * wanted.len();
            for (got, wanted) in all[at..].iter().zip(wanted) {
                assert!((f64::from(*got) - wanted).abs() < 2e-5, "{quantity}: {got}, not {wanted}");
            }
        }
    }
}

#[test]
fn points_agree_with_finite_differences_and_between_engines() {
    let mut field = Field::new(&FieldConfig { hidden: 10, layers: 1, ..FieldConfig::new(3, 2) }, 4).unwrap();
    field.meta.value = ValueMap { scale: 2.0, offset: -1.0 };
    let points: Vec<f64> = (0..3 * 70).map(|i| (i as f64 * 0.7).sin()).collect();
    let exact =
        at_points_exactly(&engine(), &field, &Quantity::ALL, Coordinates::Normalised, &points).unwrap();
    let fast = at_points(&engine(), &field, &Quantity::ALL, Coordinates::Normalised, &points).unwrap();
    for ((exact, fast), quantity) in exact.iter().zip(&fast).zip(Quantity::ALL) {
        let most = exact.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        for (exact, fast) in exact.iter().zip(fast) {
            assert!((exact - f64::from(*fast)).abs() < 3e-5 * most, "{quantity}: {fast}, not {exact}");
        }
    }
    let value = |points: &[f64]| {
        at_points_exactly(&engine(), &field, &[Quantity::Value], Coordinates::Normalised, points).unwrap()
    };
    let e = 1e-4;
    for i in 0..3 {
        let shifted = |by: f64| {
            let mut points = points.clone();
            points.iter_mut().skip(i).step_by(3).for_each(|x| *x += by);
            value(&points).remove(0)
        };
        let (up, down) = (shifted(e), shifted(-e));
        for (n, (up, down)) in up.iter().zip(&down).enumerate() {
            let (slope, bend) = ((up - down) / (2.0 * e), (up - 2.0 * exact[0][n] + down) / (e * e));
            assert!((exact[1][3 * n + i] - slope).abs() < 1e-3, "{} {slope}", exact[1][3 * n + i]);
            let second = exact[4][9 * n + 4 * i];
            assert!((second - bend).abs() < 1e-2 * second.abs().max(100.0), "{second} {bend}");
        }
    }
}

#[test]
fn what_cannot_be_rendered_is_refused() {
    let field = field(1);
    let part = |region| cut(&field, Some(region), [Count::Native; 2]).is_err();
    assert!(part([0.0, 9.5, 0.0, 13.0]) && part([-0.1, 9.0, 0.0, 13.0]));
    assert!(part([3.0, 3.0, 0.0, 13.0]) && part([0.0, f64::NAN, 0.0, 13.0]));
    for count in [Count::Scaled(0.0), Count::Scaled(f64::NAN), Count::Scaled(1e300), Count::Exact(0)] {
        assert!(cut(&field, None, [count, Count::Native]).is_err(), "{count:?}");
    }
    let plain = Field::new(&FieldConfig { hidden: 2, ..FieldConfig::new(2, 1) }, 0).unwrap();
    assert!(matches!(Frame::native(&plain), Err(RenderError::NotSampled { .. })));
    assert!(cut(&plain, None, [Count::Exact(4), Count::Exact(5)]).is_ok());
    let many = cut(&plain, None, [Count::Exact(1 << 21); 2]);
    assert!(matches!(many, Err(RenderError::Samples { count, .. }) if count == 2f64.powi(42)));
    let solid = Field::new(&FieldConfig { hidden: 2, ..FieldConfig::new(3, 1) }, 0).unwrap();
    assert!(at_points(&engine(), &solid, &[Quantity::Value], Coordinates::Units, &[0.0; 4]).is_err());
}
