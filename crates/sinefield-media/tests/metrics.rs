//! PSNR and SSIM, compared with scikit-image.

mod common;

use common::{lines, numbers, pattern};
use sinefield_media::{psnr, ssim};

#[test]
fn numbers_are_those_of_scikit_image() {
    let expected = lines("metrics.txt");
    assert_eq!(expected.len(), 14);
    for words in expected {
        let shape: Vec<usize> = numbers(&words[..3]);
        let [peak, want_psnr, want_ssim] = numbers::<f64>(&words[3..])[..] else { panic!("{words:?}") };
        let (rows, columns, channels) = (shape[0], shape[1], shape[2]);
        let plane = |seed| pattern(rows, columns, channels, seed).into_iter().map(|v| f32::from(v) / 255.0);
        let a: Vec<f32> = plane(0).collect();
        let b: Vec<f32> =
            plane(0).zip(plane(1)).map(|(a, b)| ((f64::from(a) * 3.0 + f64::from(b)) as f32) / 4.0).collect();
        let (got_psnr, got_ssim) = (psnr(&a, &b, peak), ssim(&a, &b, rows, columns, channels, peak));
        assert!((got_psnr - want_psnr).abs() < 1e-9, "{shape:?}: {got_psnr} for {want_psnr}");
        assert!((got_ssim - want_ssim).abs() < 1e-9, "{shape:?}: {got_ssim} for {want_ssim}");
    }
}

#[test]
fn equal_images_are_equal() {
    let image = common::float_pattern(17, 23, 3);
    assert_eq!(psnr(&image, &image, 1.0), f64::INFINITY);
    assert!((ssim(&image, &image, 17, 23, 3, 1.0) - 1.0).abs() < 1e-12);
}

#[test]
fn a_single_pixel_is_compared_by_its_value() {
    // (2 ab + c1) / (a² + b² + c1) by hand, for a = 1 and b = 0.5.
    let want = (1.0 + 1e-4) / (1.25 + 1e-4);
    assert!((ssim(&[1.0], &[0.5], 1, 1, 1, 1.0) - want).abs() < 1e-12);
    assert!((ssim(&[1.0, 1.0], &[0.5, 0.5], 2, 1, 1, 1.0) - want).abs() < 1e-12);
}

#[test]
fn contradicting_sizes_give_no_number() {
    assert!(psnr(&[1.0], &[1.0, 2.0], 1.0).is_nan());
    assert!(psnr(&[], &[], 1.0).is_nan());
    assert!(ssim(&[1.0], &[1.0, 2.0], 1, 1, 1, 1.0).is_nan());
    assert!(ssim(&[1.0], &[1.0], 1, 2, 1, 1.0).is_nan());
    assert!(ssim(&[], &[], 0, 0, 0, 1.0).is_nan());
    assert!(ssim(&[1.0], &[1.0], usize::MAX, 2, 1, 1.0).is_nan());
}
