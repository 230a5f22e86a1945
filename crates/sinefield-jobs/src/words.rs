//! Formats numbers and times for people.

/// A whole number with its digits in groups of three, such as `198,401`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let (head, tail) = digits.split_at(first);
    let groups = tail.as_bytes().chunks(3).map(|group| String::from_utf8_lossy(group).into_owned());
    let head = (!head.is_empty()).then(|| head.to_string());
    head.into_iter().chain(groups).collect::<Vec<_>>().join(",")
}

/// A number of things, such as `1 constraint` or `2 constraints`.
pub fn counted(number: usize, thing: &str) -> String {
    format!("{} {thing}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// A rate in points per second, such as `1.25 M points/s`.
pub fn rate(points_per_second: f64) -> String {
    match points_per_second {
        rate if rate >= 1e6 => format!("{:.2} M points/s", rate * 1e-6),
        rate if rate >= 1e3 => format!("{:.0} k points/s", rate * 1e-3),
        rate => format!("{rate:.0} points/s"),
    }
}

/// A duration in words: `12.3 s`, `2 min 05 s`, `1 h 02 min`.
pub fn duration(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    match whole / 3600 {
        0 => format!("{} min {:02} s", whole / 60, whole % 60),
        hours => format!("{hours} h {:02} min", whole / 60 % 60),
    }
}

/// `text` with control characters escaped, so that text from files cannot control the terminal.
pub fn printable(text: &str) -> String {
    escaped(text, &[])
}

/// `text` with control characters escaped, except `kept`.
pub fn escaped(text: &str, kept: &[char]) -> String {
    let escape = |c: char| match c.is_control() && !kept.contains(&c) {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_times_rounded() {
        assert_eq!([0, 999, 1000, 198_401].map(grouped), ["0", "999", "1,000", "198,401"]);
        assert_eq!([0, 1, 2].map(|n| counted(n, "field")), ["0 fields", "1 field", "2 fields"]);
        assert_eq!(duration(59.94), "59.9 s");
        assert_eq!(duration(125.2), "2 min 05 s");
        assert_eq!(duration(3725.0), "1 h 02 min");
    }
}
