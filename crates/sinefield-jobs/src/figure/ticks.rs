//! The numbers beside an axis: round ones, with as many digits as tell them apart.

/// A number on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// The place on the axis.
    pub at: f64,
    /// What is written there.
    pub label: String,
}

/// At most about `most` multiples of 1, 2 or 5 times a power of ten, from `low` to `high`. They are `least` apart or more.
pub fn linear((low, high): (f64, f64), least: f64, most: usize) -> Vec<Tick> {
    let length = high - low;
    if !(length > 0.0 && length.is_finite()) || most == 0 {
        return Vec::new();
    }
    let rough = (length / most as f64).max(least);
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|of| of * power).find(|step| *step >= 0.999 * rough);
    let step = step.unwrap_or(10.0 * power);
    let slack = 1e-6 * step;
    let (first, last) = (((low - slack) / step).ceil(), ((high + slack) / step).floor());
    // An interval whose ends agree in almost all digits has no multiples that float64 tells apart.
    if !step.is_finite() || last - first > 2.0 * most as f64 + 2.0 || first.abs().max(last.abs()) > 1e12 {
        return Vec::new();
    }
    let places: Vec<f64> = (first as i64..=last as i64).map(|k| k as f64 * step).collect();
    let largest = places.iter().fold(0.0f64, |most, at| most.max(at.abs()));
    places.into_iter().map(|at| Tick { at, label: number(at, step, largest) }).collect()
}

/// Powers of ten from `low` to `high`, at most about `most`. `low` and `high` are logarithms to the base 10.
pub fn powers((low, high): (f64, f64), most: usize) -> Vec<Tick> {
    let (first, last) = ((low - 1e-9).ceil() as i64, (high + 1e-9).floor() as i64);
    let every = ((last - first) as usize).div_ceil(most.max(1)).max(1);
    let power = |k: i64| Tick { at: k as f64, label: format!("10{}", raised(k)) };
    (first..=last).filter(|k| k.rem_euclid(every as i64) == 0).map(power).collect()
}

/// A multiple of `step` with the digits of `step`. `largest` is the largest number of the axis.
fn number(value: f64, step: f64, largest: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let digits = |step: f64| (-(step * 1.000_001).log10().floor()).max(0.0) as usize;
    if (1e-3..1e5).contains(&largest) {
        return signed(format!("{value:.*}", digits(step)));
    }
    let power = largest.log10().floor();
    let unit = 10f64.powi(power as i32);
    signed(format!("{:.*}×10{}", digits(step / unit), value / unit, raised(power as i64)))
}

/// A number of a few digits for people, such as `0.5`, `−1.25` or `3×10⁻⁷`.
pub fn short(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 { "0".into() } else { value.to_string() };
    }
    let trimmed = |text: String| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text,
    };
    if (1e-3..1e5).contains(&value.abs()) {
        return signed(trimmed(format!("{value:.4}")));
    }
    // 9.999 would be rounded to 10.
    let floor = value.abs().log10().floor();
    let power = if value.abs() / 10f64.powi(floor as i32) < 9.995 { floor } else { floor + 1.0 };
    signed(format!(
        "{}×10{}",
        trimmed(format!("{:.2}", value / 10f64.powi(power as i32))),
        raised(power as i64)
    ))
}

/// The text with a minus sign in place of a hyphen.
fn signed(text: String) -> String {
    text.replace('-', "\u{2212}")
}

/// An exponent in raised digits.
fn raised(exponent: i64) -> String {
    let digit = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        c => char::from_u32('⁰' as u32 + c.to_digit(10).unwrap_or(0)).unwrap_or(c),
    };
    exponent.to_string().chars().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ends: (f64, f64), most: usize) -> Vec<String> {
        linear(ends, 0.0, most).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(labels((0.0, 1.0), 5), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels((-1.0, 1.0), 4), ["−1.0", "−0.5", "0", "0.5", "1.0"]);
        assert_eq!(labels((0.0, 1000.0), 2), ["0", "500", "1000"]);
        assert_eq!(labels((0.13, 0.17), 3), ["0.14", "0.16"]);
        assert_eq!(labels((-3e-6, 3e-6), 3), ["−2×10⁻⁶", "0", "2×10⁻⁶"]);
        assert_eq!(labels((0.0, 2.5e7), 3), ["0", "1×10⁷", "2×10⁷"]);
        assert_eq!(labels((0.9999, 1.0001), 2), ["0.9999", "1.0000", "1.0001"]);
    }

    #[test]
    fn an_axis_without_a_length_or_with_too_many_digits_has_none() {
        for ends in [(1.0, 1.0), (2.0, 1.0), (f64::NAN, 1.0), (0.0, f64::INFINITY), (1e15, 1e15 + 1.0)] {
            assert_eq!(linear(ends, 0.0, 5), [], "{ends:?}");
        }
    }

    #[test]
    fn numbers_of_things_are_whole() {
        let labels = |ends| linear(ends, 1.0, 5).into_iter().map(|tick| tick.label).collect::<Vec<_>>();
        assert_eq!(labels((1.0, 3.0)), ["1", "2", "3"]);
        assert_eq!(labels((1.0, 60.0)), ["20", "40", "60"]);
        assert_eq!(labels((4.0, 4.5)), ["4"]);
    }

    #[test]
    fn powers_of_ten_are_thinned() {
        let labels = |ends, most| powers(ends, most).into_iter().map(|tick| tick.label).collect::<Vec<_>>();
        assert_eq!(labels((-3.0, 0.0), 5), ["10⁻³", "10⁻²", "10⁻¹", "10⁰"]);
        assert_eq!(labels((-12.4, 0.2), 5), ["10⁻¹²", "10⁻⁹", "10⁻⁶", "10⁻³", "10⁰"]);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([0.0, 0.5, -1.25, 12345.0].map(short), ["0", "0.5", "−1.25", "12345"]);
        assert_eq!([3e-7, -2.5e9].map(short), ["3×10⁻⁷", "−2.5×10⁹"]);
        assert_eq!([9.999e-5, -9.994e-5, 9.9951e7].map(short), ["1×10⁻⁴", "−9.99×10⁻⁵", "1×10⁸"]);
    }
}
