//! The sites of samples in a picture: at pixels or half-way between them.

use crate::engine::{Engine, EngineError, Jets};
use crate::field::{Field, UniformGrid};
use crate::form;
use crate::jet::JetSpec;
use crate::problem::{Domain, Interval};

/// The quantity of a field at a site. Derivatives are per pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SampleKind {
    /// The value, at pixels.
    Value,
    /// The derivative down the rows, at pixels.
    Down,
    /// The derivative along the columns, at pixels.
    Right,
    /// The derivative down the rows, half-way between a pixel and the next one in its column.
    DownBetween,
    /// The derivative along the columns, half-way between a pixel and the next one in its row.
    RightBetween,
    /// The sum of both second derivatives, at pixels.
    Laplacian,
}

impl SampleKind {
    /// The name used in messages.
    pub fn name(self) -> &'static str {
        match self {
            SampleKind::Value => "value",
            SampleKind::Down | SampleKind::DownBetween => "row derivative",
            SampleKind::Right | SampleKind::RightBetween => "column derivative",
            SampleKind::Laplacian => "laplacian",
        }
    }

    /// Whether it is a first derivative.
    pub fn is_first(self) -> bool {
        !matches!(self, SampleKind::Value | SampleKind::Laplacian)
    }

    /// The offset of its sites from pixels, in rows and columns.
    fn offset(self) -> (f64, f64) {
        match self {
            SampleKind::DownBetween => (0.5, 0.0),
            SampleKind::RightBetween => (0.0, 0.5),
            _ => (0.0, 0.0),
        }
    }

    /// The rows and columns of its sites in a picture of `(rows, columns)`.
    pub fn lattice(self, (rows, columns): (usize, usize)) -> (usize, usize) {
        match self {
            SampleKind::DownBetween => (rows.saturating_sub(1), columns),
            SampleKind::RightBetween => (rows, columns.saturating_sub(1)),
            _ => (rows, columns),
        }
    }
}

/// The ranges of pixel indices that map to `[-1, 1]`, along rows and columns. A single row or column has no
/// pixel spacing. Its range is `[-1, 1]`, which keeps the pixel at 0.
pub(super) fn ranges((rows, columns): (usize, usize)) -> [Interval; 2] {
    [rows, columns].map(|n| if n > 1 { Interval::new(0.0, (n - 1) as f64) } else { Interval::new(-1.0, 1.0) })
}

/// All sites of a kind in a picture, or a subset.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sites {
    pub kind: SampleKind,
    picture: (usize, usize),
    /// Columns of the lattice of sites.
    columns: usize,
    all: usize,
    /// Row-major indices of the chosen sites in the lattice; `None` for all sites.
    chosen: Option<std::sync::Arc<[u32]>>,
}

impl Sites {
    /// The indices in `chosen` must be below the number of sites in the lattice.
    pub fn new(kind: SampleKind, picture: (usize, usize), chosen: Option<Vec<u32>>) -> Self {
        let (rows, columns) = kind.lattice(picture);
        Self { kind, picture, columns, all: rows * columns, chosen: chosen.map(Into::into) }
    }

    pub fn count(&self) -> usize {
        self.chosen.as_ref().map_or(self.all, |chosen| chosen.len())
    }

    /// The row-major index in the lattice of site number `site`.
    pub fn in_lattice(&self, site: u32) -> u32 {
        self.chosen.as_ref().map_or(site, |chosen| chosen[site as usize])
    }

    /// Whether these are all sites of the kind.
    pub fn is_whole(&self) -> bool {
        self.chosen.is_none()
    }

    /// The positions of the sites, in rows and columns.
    pub fn domain(&self) -> Domain {
        let (down, right) = self.kind.offset();
        let Some(chosen) = &self.chosen else {
            let (rows, columns) = self.kind.lattice(self.picture);
            let side = |count: usize, offset: f64| Interval::new(offset, offset + (count - 1) as f64);
            return Domain::Grid(vec![(side(rows, down), rows), (side(columns, right), columns)]);
        };
        let place = |site: &u32| {
            let site = *site as usize;
            [(site / self.columns) as f32 + down as f32, (site % self.columns) as f32 + right as f32]
        };
        Domain::Points { dimension: 2, coordinates: chosen.iter().flat_map(place).collect() }
    }

    /// The jet to evaluate, the channel of interest, and the factor that turns this channel into outputs
    /// per pixel.
    pub fn jet(&self) -> (JetSpec, usize, f64) {
        let [down, right] = self.axes().map(UniformGrid::spacing);
        match self.kind {
            SampleKind::Value => (JetSpec::value(2), 0, 1.0),
            SampleKind::Down | SampleKind::DownBetween => (JetSpec::value(2).with_first(0), 1, down),
            SampleKind::Right | SampleKind::RightBetween => (JetSpec::value(2).with_first(1), 1, right),
            SampleKind::Laplacian => {
                // In normalised coordinates, pixels are farther apart along the shorter side. Its weight is 1.
                let wider = down.max(right);
                let weights = [down, right].map(|spacing| (spacing / wider).powi(2));
                (JetSpec::value(2).with_laplacian(&weights), 3, wider * wider)
            }
        }
    }

    fn axes(&self) -> [UniformGrid; 2] {
        [self.picture.0, self.picture.1].map(UniformGrid::inclusive)
    }

    /// Fills `out` with the normalised coordinates of the sites with the indices from `order`.
    pub fn coordinates(&self, order: impl Iterator<Item = usize>, out: &mut [f64]) {
        let [rows, columns] = self.axes();
        let (down, right) = self.kind.offset();
        for (x, site) in out.chunks_exact_mut(2).zip(order) {
            let at = self.chosen.as_ref().map_or(site, |chosen| chosen[site] as usize);
            x[0] = rows.coordinate((at / self.columns) as f64 + down);
            x[1] = columns.coordinate((at % self.columns) as f64 + right);
        }
    }

    /// Evaluates the field at the sites `start..start + out.len() / outputs`, in outputs per pixel.
    pub fn evaluate(
        &self,
        engine: &dyn Engine,
        field: &Field,
        start: usize,
        out: &mut [f32],
    ) -> Result<(), EngineError> {
        let (spec, channel, scale) = self.jet();
        let mut evaluator = form::evaluator(engine, field, &spec)?;
        let outputs = field.architecture().outputs();
        let coordinates = |first: usize, x: &mut [f64]| self.coordinates(start + first.., x);
        let write = |_: usize, jets: &Jets<'_>, out: &mut [f32]| {
            out.iter_mut().zip(jets.channel(channel)).for_each(|(out, got)| *out = got * scale as f32);
        };
        evaluator.evaluate(field.parameters(), coordinates, out, outputs, write);
        Ok(())
    }
}
