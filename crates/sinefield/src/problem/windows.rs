//! Windows over a coordinate that grow during a fit, such as time.
//!
//! The range `[low, high]` of the coordinate is cut into K windows of one length. A step at the progress p of the fit,
//! 0 to 1, has its points in the first k of them:
//!
//! ```text
//! k = min(K, 1 + floor((K - 1) p / until))
//! ```
//!
//! The points are those of the whole domain, with the coordinate `low + (x - low) k / K` in place of x. Their number stays,
//! so that they lie denser in the first windows.

use serde::Deserialize;

use super::description::ConstraintEntry;
use super::domain::{Domain, Interval};

/// The most windows.
const MOST: usize = 65_536;

/// The settings of the windows.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Windows {
    /// The coordinate, which is solved from its low end to its high end.
    pub coordinate: String,
    /// K, the number of windows, at least 2.
    #[serde(default = "Windows::count")]
    pub count: usize,
    /// The progress of the fit at which the last window is added, above 0 and at most 1.
    #[serde(default = "Windows::until")]
    pub until: f64,
}

impl Windows {
    /// The default settings over `coordinate`.
    pub fn new(coordinate: &str) -> Self {
        Self { coordinate: coordinate.into(), count: Self::count(), until: Self::until() }
    }

    fn count() -> usize {
        4
    }

    fn until() -> f64 {
        0.5
    }
}

/// The windows of a constraint.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    /// The index of the coordinate in the domain.
    coordinate: usize,
    low: f64,
    count: usize,
    until: f64,
}

impl Schedule {
    /// The windows of a constraint, if it has any.
    ///
    /// # Errors
    /// A message that describes what is wrong with the settings.
    pub fn new(entry: &ConstraintEntry) -> Result<Option<Self>, String> {
        let Some(Windows { coordinate, count, until }) = &entry.windows else { return Ok(None) };
        let Some(at) = entry.coordinates.iter().position(|name| name == coordinate) else {
            let has = entry.coordinates.join(", ");
            return Err(format!("windows names the coordinate \"{coordinate}\", but the domain has {has}"));
        };
        let Some(side) = side(&entry.domain, at) else {
            return Err(format!(
                "windows needs \"{coordinate}\" to be a side of a box, or in the sides beside a shape; leave it out"
            ));
        };
        if side.low >= side.high {
            let low = side.low;
            return Err(format!("windows needs a range of \"{coordinate}\", which has the one value {low}"));
        }
        if !(2..=MOST).contains(count) {
            return Err(format!("windows has a count of {count}; it must be 2 to {MOST}"));
        }
        if !(*until > 0.0 && *until <= 1.0) {
            return Err(format!("windows has an until of {until}; it must be above 0 and at most 1"));
        }
        Ok(Some(Self { coordinate: at, low: side.low, count: *count, until: *until }))
    }

    /// k, the windows at the progress `progress`.
    pub fn open(&self, progress: f64) -> usize {
        1 + ((self.count - 1) as f64 * (progress / self.until).min(1.0)) as usize
    }

    /// Moves points of the whole domain into the windows at the progress `progress`.
    pub fn narrow(&self, progress: f64, points: &mut [f64], dimension: usize) {
        let part = self.open(progress) as f64 / self.count as f64;
        if part < 1.0 {
            for point in points.chunks_exact_mut(dimension) {
                let x = &mut point[self.coordinate];
                *x = self.low + (*x - self.low) * part;
            }
        }
    }
}

/// The range of coordinate `at`, if all points of the domain with it scaled towards its low end are points of the domain.
fn side(domain: &Domain, at: usize) -> Option<Interval> {
    match domain {
        Domain::Box(sides) => sides.get(at).copied(),
        Domain::Shape { sides, .. } => {
            let first = domain.dimension() - sides.len();
            at.checked_sub(first).and_then(|at| sides.get(at)).copied()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::Expr;

    fn schedule(windows: Windows, domain: Domain) -> Result<Option<Schedule>, String> {
        let mut entry = ConstraintEntry::new("c", Expr::name("u"), &["t", "x", "y"], domain);
        entry.windows = Some(windows);
        Schedule::new(&entry)
    }

    fn sides() -> Vec<Interval> {
        vec![Interval::new(2.0, 6.0), Interval::new(0.0, 1.0), Interval::fixed(3.0)]
    }

    #[test]
    fn windows_grow_until_the_whole_range_is_in() {
        let windows = Windows { count: 4, until: 0.6, ..Windows::new("t") };
        let schedule = schedule(windows, Domain::Box(sides())).unwrap().unwrap();
        let last = |progress: f64| {
            let mut points = [2.0, 0.9, 3.0, 6.0, 0.1, 3.0];
            schedule.narrow(progress, &mut points, 3);
            assert_eq!([points[0], points[1], points[4], points[5]], [2.0, 0.9, 0.1, 3.0]);
            points[3]
        };
        let progress = [0.0, 0.19, 0.21, 0.39, 0.41, 0.59, 0.6, 1.0];
        assert_eq!(progress.map(last), [3.0, 3.0, 4.0, 4.0, 5.0, 5.0, 6.0, 6.0]);
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let faults = [
            (Windows::new("z"), "windows names the coordinate \"z\", but the domain has t, x, y"),
            (Windows::new("y"), "windows needs a range of \"y\", which has the one value 3"),
            (Windows { count: 1, ..Windows::new("t") }, "windows has a count of 1; it must be 2 to 65536"),
            (
                Windows { until: 0.0, ..Windows::new("t") },
                "windows has an until of 0; it must be above 0 and at most 1",
            ),
            (
                Windows { until: f64::NAN, ..Windows::new("t") },
                "windows has an until of NaN; it must be above 0 and at most 1",
            ),
        ];
        for (windows, what) in faults {
            assert_eq!(schedule(windows, Domain::Box(sides())).unwrap_err(), what);
        }
        let boundary = schedule(Windows::new("t"), Domain::Boundary(sides())).unwrap_err();
        assert!(boundary.starts_with("windows needs \"t\" to be a side of a box"), "{boundary}");
    }
}
