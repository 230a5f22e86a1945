//! Tests of the channels of jets.

use super::*;

#[test]
fn lines_bring_what_they_need_along() {
    let third = JetSpec::value(3).with_third(1);
    assert_eq!((third.channels(), third.first(), third.second()), (4, &[1][..], &[(1, 1)][..]));
    assert_eq!(
        (third.third_channel(1), third.fourth_channel(1), third.third_channel(0)),
        (Some(3), None, None)
    );
    let fourth = third.with_fourth(1);
    assert_eq!((fourth.channels(), fourth.third_channel(1), fourth.fourth_channel(1)), (5, Some(3), Some(4)));
    // A third derivative after a fourth one along the same line adds nothing.
    assert_eq!(fourth.clone().with_third(1), fourth);
    let slanted = JetSpec::value(3).with_third_along(&[1.0, 0.0, -2.0]);
    assert_eq!((slanted.first(), slanted.second()), (&[0, 2][..], &[(0, 0), (0, 2), (2, 2)][..]));
    let pairs: Vec<_> = slanted.lines()[0].pairs().collect();
    assert_eq!(pairs, [((0, 0), 1.0), ((0, 2), -4.0), ((2, 2), 4.0)]);
}

#[test]
fn the_order_of_channels_is_that_of_no_call() {
    let lines = [[1.0, -1.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]];
    let with = |spec: JetSpec, line: &[f64; 2]| {
        if *line == [1.0, 1.0] { spec.with_fourth_along(line) } else { spec.with_third_along(line) }
    };
    let spec = lines.iter().fold(JetSpec::laplacian(2), with);
    assert_eq!(spec, lines.iter().rev().fold(JetSpec::laplacian(2), with));
    // The value, two first and three second derivatives come before, and the Laplacian after.
    let channels = |line: &[f64; 2]| (spec.third_channel_along(line), spec.fourth_channel_along(line));
    assert_eq!(channels(&[1.0, 0.0]), (Some(6), None));
    assert_eq!(channels(&[0.0, 1.0]), (Some(7), None));
    assert_eq!(channels(&[1.0, 1.0]), (Some(8), Some(9)));
    assert_eq!(channels(&[1.0, -1.0]), (Some(10), None));
    assert_eq!((spec.laplacian_channel(), spec.channels()), (Some(11), 12));
    assert_eq!((spec.method(1), spec.passes(1)), (Method::Forward, 36));
}

#[test]
fn lines_of_other_fields_are_cut_and_what_is_not_finite_is_ignored() {
    let value = JetSpec::value(2);
    assert_eq!(value.clone().with_third(2), value);
    assert_eq!(value.clone().with_fourth(7), value);
    assert_eq!(value.clone().with_third_along(&[1.0, f64::NAN]), value);
    assert_eq!(value.clone().with_third_along(&[1.0]), value.clone().with_third(0));
    assert_eq!(value.clone().with_fourth_along(&[-0.0, 1.0, 5.0]), value.with_fourth(1));
}
