//! Forward differences and their divergence, compared with numpy, the adjoint and the five-point stencil.

mod common;

use common::{float_pattern, lines, numbers, reference};
use sinefield_media::{Differences, by_channel, divergence, forward_differences, laplace5};

#[test]
fn differences_are_those_of_numpy() {
    for words in lines("differences.txt") {
        let sides: Vec<usize> = numbers(&words[..3]);
        let values: Vec<f32> = numbers(&words[3..]);
        let shape = (sides[0], sides[1], sides[2]);
        let got = forward_differences(&float_pattern(sides[0], sides[1], sides[2]), shape);
        let down = (sides[0] - 1) * sides[1] * sides[2];
        assert_eq!(got.down, values[..down], "{shape:?}");
        assert_eq!(got.right, values[down..], "{shape:?}");
    }
    assert!(reference().join("make_differences.py").exists());
}

#[test]
fn the_divergence_of_differences_is_the_five_point_laplacian() {
    for (rows, columns, channels) in [(3, 3, 1), (3, 17, 1), (17, 3, 3), (13, 11, 2)] {
        let image = float_pattern(rows, columns, channels);
        let got =
            divergence(&forward_differences(&image, (rows, columns, channels)), (rows, columns, channels));
        let whole = by_channel(&image, channels, |plane| laplace5(plane, rows, columns));
        let inside = (1..rows - 1).flat_map(|row| {
            let from = (row * columns + 1) * channels;
            whole[from..from + (columns - 2) * channels].to_vec()
        });
        for (got, wanted) in got.unwrap().iter().zip(inside) {
            assert!((got - wanted).abs() < 1e-4, "{got}, not {wanted}");
        }
    }
    // No pixel of a narrow image has all its neighbours.
    for shape in [(2, 9, 1), (9, 2, 1), (1, 1, 1), (0, 0, 1)] {
        let image = vec![1.0; shape.0 * shape.1];
        assert_eq!(divergence(&forward_differences(&image, shape), shape), None);
    }
    let foreign = Differences { down: vec![0.0; 6], right: vec![0.0; 6] };
    assert_eq!(divergence(&foreign, (4, 3, 1)), None);
}

/// `<∇u, g> = -<u, div g>` for every u that vanishes at the edge.
#[test]
fn the_divergence_is_the_adjoint() {
    let (rows, columns) = (7, 9);
    let mut u = float_pattern(rows, columns, 1);
    for (i, value) in u.iter_mut().enumerate() {
        let (row, column) = (i / columns, i % columns);
        if row == 0 || column == 0 || row == rows - 1 || column == columns - 1 {
            *value = 0.0;
        }
    }
    let gradient = forward_differences(&u, (rows, columns, 1));
    let any =
        Differences { down: float_pattern(rows - 1, columns, 1), right: float_pattern(columns - 1, rows, 1) };
    let dot =
        |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum() };
    let left = dot(&gradient.down, &any.down) + dot(&gradient.right, &any.right);
    let inside: Vec<f32> =
        (1..rows - 1).flat_map(|row| u[row * columns + 1..(row + 1) * columns - 1].to_vec()).collect();
    let right = dot(&inside, &divergence(&any, (rows, columns, 1)).unwrap());
    assert!((left + right).abs() < 1e-3 * left.abs(), "{left}, {right}");
}
