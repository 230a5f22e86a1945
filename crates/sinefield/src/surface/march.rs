//! One ray on its way through the region of a surface.

use super::camera::Ray;
use super::tracer::{Hit, Tracer};

/// Evaluations that close in the surface.
const CLOSINGS: u32 = 24;
/// Evaluations of a search for a thin part.
const LOOKS: u32 = 8;
/// A step by the coarse grid is worth it above this part of a cell.
const WORTH: f64 = 0.25;

/// A distance along the ray and the value there, times the sign of the side from which the ray comes.
type Place = (f64, f64);

/// A ray under way.
#[derive(Clone, Copy, Debug)]
pub struct March {
    /// The number of the ray.
    pub at: usize,
    ray: Ray,
    /// The distance of the next evaluation.
    query: f64,
    /// The distances at which the ray enters and leaves the region.
    ends: (f64, f64),
    /// The outward normal of the side by which it enters; 0 if it begins in the region.
    side: [f64; 3],
    /// 1 if it comes from outside of the surface, -1 from inside, and 0 as long as it is not known.
    sign: f64,
    /// The last place before the surface.
    before: Place,
    /// The first place known behind it.
    behind: Option<Place>,
    /// The search for a thin part of the surface behind the last place.
    search: Option<Search>,
    /// The end that the last evaluation moved.
    moved: Option<End>,
    closings: u32,
}

/// A search between the last place before the surface and one that was reached by a step that was not safe (Piyavskii,
/// "An algorithm for finding the absolute extremum of a function", 1972).
#[derive(Clone, Copy, Debug)]
struct Search {
    /// The end of the part that is searched.
    end: Place,
    /// Where the ray goes on if nothing is found.
    resume: Place,
    looks: u32,
}

/// An end of the part of a ray that has the surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Before,
    Behind,
}

/// What follows from a value.
#[derive(Clone, Copy, Debug)]
pub enum Next {
    /// Another evaluation.
    Go,
    /// The ray meets the surface.
    Hit(Hit),
    /// It leaves the region.
    Miss,
}

impl March {
    /// The ray's way; `None` if it misses the region, or what the coarse grid says is enough.
    pub fn begin(tracer: &Tracer, at: usize, ray: Ray) -> Option<Self> {
        let (ends, side) = crossing(&tracer.region, &ray)?;
        let mut march = Self {
            at,
            ray,
            query: ends.0,
            ends,
            side,
            sign: 1.0,
            before: (ends.0, f64::INFINITY),
            behind: None,
            search: None,
            moved: None,
            closings: 0,
        };
        march.query = march.skipped(tracer, ends.0)?;
        // Where it enters, the first value says on which side it is.
        if march.query == ends.0 {
            march.sign = 0.0;
        }
        Some(march)
    }

    /// The place of the next evaluation.
    pub fn query(&self) -> [f64; 3] {
        self.ray.at(self.query)
    }

    /// Goes on with the value at the place of the last query.
    pub fn next(&mut self, tracer: &Tracer, value: f64) -> Next {
        if self.sign == 0.0 {
            if value <= 0.0 && self.side != [0.0; 3] {
                return self.hit(self.ends.0, Some(self.side));
            }
            self.sign = if value <= 0.0 { -1.0 } else { 1.0 };
        }
        let here = (self.query, self.sign * value);
        if self.behind.is_some() || here.1 <= 0.0 {
            return self.close(tracer, here);
        }
        match self.search {
            Some(search) => return self.looked(tracer, search, here),
            None if here.0 - self.before.0 <= 1.001 * tracer.least => {
                if let Some(between) = self.hidden(tracer, self.before, here) {
                    self.search = Some(Search { end: here, resume: here, looks: 1 });
                    self.query = between;
                    return Next::Go;
                }
            }
            None => (),
        }
        self.before = here;
        self.step(tracer)
    }

    /// Goes on after a look between the last place and the end of the search, which found no surface.
    fn looked(&mut self, tracer: &Tracer, search: Search, here: Place) -> Next {
        let mut search = Search { looks: search.looks + 1, ..search };
        // The values are least between the two places between which they change less for the length.
        let change = |from: Place, to: Place| (to.1 - from.1).abs() / (to.0 - from.0).max(f64::MIN_POSITIVE);
        if change(self.before, here) <= change(here, search.end) {
            search.end = here;
        } else {
            self.before = here;
        }
        match self.hidden(tracer, self.before, search.end).filter(|_| search.looks <= LOOKS) {
            Some(between) => {
                self.search = Some(search);
                self.query = between;
                Next::Go
            }
            None => {
                self.search = None;
                self.before = search.resume;
                self.step(tracer)
            }
        }
    }

    /// The lowest value that there can be between two places: the values fall from both with the largest slope.
    fn lowest(&self, tracer: &Tracer, from: Place, to: Place) -> f64 {
        0.5 * (from.1 + to.1 - tracer.survey().slope(self.ray.at(to.0)) * (to.0 - from.0))
    }

    /// Where this lowest value would be; `None` if it is above 0.
    fn hidden(&self, tracer: &Tracer, from: Place, to: Place) -> Option<f64> {
        let (length, slope) = (to.0 - from.0, tracer.survey().slope(self.ray.at(to.0)));
        let hides = length > 0.0 && from.1.is_finite() && self.lowest(tracer, from, to) < 0.0;
        hides.then(|| from.0 + (0.5 * (length + (from.1 - to.1) / slope)).clamp(0.0, length))
    }

    /// Takes the next step from the last place before the surface.
    fn step(&mut self, tracer: &Tracer) -> Next {
        let (at, value) = self.before;
        if at >= self.ends.1 {
            return Next::Miss;
        }
        let survey = tracer.survey();
        let safe = (value / survey.slope(self.ray.at(at))).min(survey.cell());
        match self.skipped(tracer, at + safe.max(tracer.least)) {
            Some(query) => self.query = query,
            None => return Next::Miss,
        }
        Next::Go
    }

    /// The first distance from `from` on at which the coarse grid does not exclude the surface; `None` if there is none
    /// in the region.
    fn skipped(&self, tracer: &Tracer, mut from: f64) -> Option<f64> {
        let survey = tracer.survey();
        let worth = WORTH * survey.cell();
        loop {
            if from >= self.ends.1 {
                // The last place itself is looked at, unless the way to it was free.
                return (self.before.0 < self.ends.1).then_some(self.ends.1);
            }
            let free = survey.free(self.ray.at(from), self.sign);
            if free <= worth {
                return Some(from);
            }
            if from + free >= self.ends.1 {
                return None;
            }
            from += free;
        }
    }

    /// Closes in the surface between the last place before it and the first behind it, by the Illinois variant of regula
    /// falsi: an end that stays twice counts half.
    fn close(&mut self, tracer: &Tracer, here: Place) -> Next {
        self.search = None;
        let moved = if here.1 <= 0.0 { End::Behind } else { End::Before };
        let again = self.moved == Some(moved);
        match (moved, &mut self.behind) {
            (End::Behind, behind) => {
                *behind = Some(here);
                self.before.1 *= if again { 0.5 } else { 1.0 };
            }
            (End::Before, behind) => {
                self.before = here;
                if let (Some(behind), true) = (behind, again) {
                    behind.1 *= 0.5;
                }
            }
        }
        self.moved = Some(moved);
        let (before, behind) = (self.before, self.behind.unwrap_or(here));
        if here.1.abs() <= tracer.close * tracer.survey().slope(self.ray.at(here.0)) {
            return self.hit(here.0, None);
        }
        let length = behind.0 - before.0;
        if length <= tracer.close || self.closings >= CLOSINGS {
            return self.hit(behind.0, None);
        }
        self.closings += 1;
        // The value is not known where the coarse grid alone led here.
        let part = if before.1.is_finite() { before.1 / (before.1 - behind.1) } else { 0.5 };
        // Not at the ends themselves, which would repeat an evaluation.
        self.query = before.0 + length * part.clamp(0.02, 0.98);
        Next::Go
    }

    fn hit(&self, distance: f64, cut: Option<[f64; 3]>) -> Next {
        Next::Hit(Hit { distance, place: self.ray.at(distance), cut })
    }
}

/// The distances at which a ray enters and leaves a box, and the outward normal where it enters; 0 if it begins inside.
fn crossing(region: &[(f64, f64); 3], ray: &Ray) -> Option<((f64, f64), [f64; 3])> {
    let (mut ends, mut side) = ((0.0, f64::INFINITY), [0.0; 3]);
    for (axis, &(low, high)) in region.iter().enumerate() {
        let (origin, direction) = (ray.origin[axis], ray.direction[axis]);
        if direction == 0.0 {
            if !(low..=high).contains(&origin) {
                return None;
            }
            continue;
        }
        let (near, far) = if direction > 0.0 { (low, high) } else { (high, low) };
        let (enter, leave) = ((near - origin) / direction, (far - origin) / direction);
        if enter > ends.0 {
            ends.0 = enter;
            side = [0.0; 3];
            side[axis] = -direction.signum();
        }
        ends.1 = f64::min(ends.1, leave);
    }
    (ends.0 < ends.1).then_some((ends, side))
}
