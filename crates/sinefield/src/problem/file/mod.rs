//! Problems as text: a TOML file that a person can read and write.
//!
//! ```toml
//! [field.u]                      # one table a field; what is left out has its default
//! hidden = 256
//! layers = 3
//!
//! [constants]
//! nu = 0.05
//!
//! [[constraint]]
//! residual = "d(u, t) + u*d(u, x) - nu*d(u, x, x)"
//! domain = { box = { t = [0, 1], x = [-1, 1] } }
//! samples = 4096                 # drawn anew at every step
//!
//! [[constraint]]
//! residual = "u + sin(pi*x)"
//! domain = { box = { t = 0, x = [-1, 1] } }
//! samples = 256
//! weight = 10
//!
//! [fit]
//! steps = 2000
//! ```

mod document;
mod fault;
mod overrides;

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::DeTable;

use self::document::{
    ConstraintTable, Document, DomainTable, FieldTable, NormName, Number, Ordered, Outputs,
};
pub use self::fault::{FileFault, Place};
use super::description::{Column, ConstraintEntry, Description, FieldEntry};
use super::domain::{Domain, Side};
use super::error::ProblemError;
use super::sampler::Sampling;
use crate::expr::{Expr, Norm, Origin};
use crate::field::FieldConfig;
use crate::fit::FitConfig;

/// A problem file that has been read.
#[derive(Debug)]
pub struct ProblemFile {
    /// What draws and networks come from.
    pub seed: u64,
    /// How it is to be fitted.
    pub fit: FitConfig,
    text: String,
    document: Document,
}

/// Numbers of a data file by name, as [`ProblemFile::description`] asks for them.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Its name: in a .csv file the column's, in a .npz file the array's.
    pub name: String,
    /// Its sides.
    pub shape: Vec<usize>,
    /// Row-major.
    pub values: Vec<f32>,
}

/// Reads a data file by the name that the problem file gives it: every array in it, or why not.
pub type ReadData<'a> = dyn FnMut(&str) -> Result<Vec<Array>, String> + 'a;

impl ProblemFile {
    /// Reads the text of a problem file, with settings like `constants.k=10` in place of its own.
    ///
    /// # Errors
    /// If it is no TOML, or has an entry that is unknown or of the wrong kind.
    pub fn parse(text: &str, settings: &[String]) -> Result<Self, FileFault> {
        let wrong = |error: toml::de::Error| FileFault::at(text, error.span(), error.message());
        let mut table = DeTable::parse(text).map_err(wrong)?;
        settings.iter().try_for_each(|setting| overrides::set(table.get_mut(), setting))?;
        let deserializer = toml::de::Deserializer::from(table);
        let document = <Document as serde::Deserialize>::deserialize(deserializer).map_err(wrong)?;
        let fit = fit_config(&document.fit)?;
        Ok(Self { seed: document.seed, fit, text: text.to_string(), document })
    }

    /// The problem that the file describes, with its data read by `read`.
    ///
    /// # Errors
    /// If an expression cannot be parsed, data cannot be read or do not fit, or names contradict each other.
    pub fn description(&self, read: &mut ReadData<'_>) -> Result<Description, FileFault> {
        let document = &self.document;
        let constraints: Vec<ConstraintEntry> = document
            .constraint
            .iter()
            .enumerate()
            .map(|(index, table)| self.constraint(index, table, read))
            .collect::<Result<_, _>>()?;
        let order = self.coordinates(&constraints);
        let definition = |(name, text): &(String, Spanned<String>)| {
            let parsed = Expr::parse(text.get_ref());
            let fault = |error: crate::expr::ExprError| {
                let span = self.within(text, error.span());
                FileFault::at(&self.text, Some(span), format!("definition \"{name}\": {error}"))
            };
            Ok((name.clone(), parsed.map_err(fault)?))
        };
        Ok(Description {
            fields: document
                .field
                .0
                .iter()
                .map(|(name, table)| field(name, table, &order))
                .collect::<Result<_, _>>()?,
            constants: document
                .constants
                .0
                .iter()
                .map(|(name, value)| (name.clone(), numbers(value)))
                .collect(),
            definitions: document.definitions.0.iter().map(definition).collect::<Result<_, FileFault>>()?,
            trainable: document.trainable.0.clone(),
            constraints,
        })
    }

    /// Where in the file an error of the problem lies.
    pub fn locate(&self, error: &ProblemError) -> FileFault {
        let (index, inner, definition) = match error {
            ProblemError::Residual { index, error, .. } => {
                let definition = match error.origin() {
                    Origin::Definition(name) => Some(name),
                    Origin::Residual | Origin::Scope => None,
                };
                (index, error.span(), definition)
            }
            ProblemError::MissingCoordinate { index, span, .. } => (index, span.clone(), None),
            _ => return FileFault::new(error),
        };
        let definitions = &self.document.definitions.0;
        let definition = definition.and_then(|name| definitions.iter().find(|(n, _)| n == name));
        let text = definition.map(|(_, text)| text);
        let text = text.or(self.document.constraint.get(*index).map(|table| &table.residual));
        let span = text.map(|text| self.within(text, inner.clone()));
        FileFault::at(&self.text, span, error)
    }

    /// The bytes of the file that `inner` of a string in it are; all of the string where it is written
    /// with escapes or was given as a setting.
    fn within(&self, string: &Spanned<String>, inner: Option<Range<usize>>) -> Range<usize> {
        let outer = string.span();
        let raw = self.text.get(outer.clone()).unwrap_or_default();
        match (raw.find(string.get_ref().as_str()), inner) {
            (Some(at), Some(inner)) => outer.start + at + inner.start..outer.start + at + inner.end,
            _ => outer,
        }
    }

    /// The coordinates' order: the file's, or that in which domains name them.
    fn coordinates(&self, constraints: &[ConstraintEntry]) -> Vec<String> {
        let mut order = self.document.coordinates.clone().unwrap_or_default();
        for name in constraints.iter().flat_map(|entry| &entry.coordinates) {
            if !order.contains(name) {
                order.push(name.clone());
            }
        }
        order
    }

    fn constraint(
        &self,
        index: usize,
        table: &ConstraintTable,
        read: &mut ReadData<'_>,
    ) -> Result<ConstraintEntry, FileFault> {
        let name = table.name.clone().unwrap_or_else(|| format!("constraint {}", index + 1));
        let residual = Expr::parse(table.residual.get_ref()).map_err(|error| {
            let span = self.within(&table.residual, error.span());
            FileFault::at(&self.text, Some(span), format!("constraint \"{name}\": {error}"))
        })?;
        let (coordinates, domain, mut columns) = self.domain(table, read)?;
        for (column, file) in &table.data.0 {
            columns.push(self.column(column, file, &domain, read)?);
        }
        let norm = match (table.norm, table.delta) {
            (NormName::Huber, delta) => Norm::Huber { delta: delta.unwrap_or(1.0) },
            (_, Some(_)) => {
                let what = format!("constraint \"{name}\": delta is for norm = \"huber\"; leave it out");
                return Err(FileFault::at(&self.text, Some(table.residual.span()), what));
            }
            (NormName::L1, None) => Norm::L1,
            (NormName::L2, None) => Norm::L2,
        };
        let sampling = Sampling {
            samples: table.samples,
            draw: table.draw,
            sequence: table.sequence,
            replacement: table.replacement,
            // Constraints draw apart, whatever their order of evaluation.
            seed: self.seed.wrapping_add((index as u64) << 32),
        };
        let (reduce, weight) = (table.reduce, table.weight);
        Ok(ConstraintEntry { name, residual, coordinates, domain, sampling, columns, norm, reduce, weight })
    }

    /// A constraint's coordinates, where it holds, and the data that come with given points.
    fn domain(
        &self,
        table: &ConstraintTable,
        read: &mut ReadData<'_>,
    ) -> Result<(Vec<String>, Domain, Vec<Column>), FileFault> {
        Ok(match table.domain.get_ref() {
            DomainTable::Grid(sides) => {
                let (names, sides) = split(sides, |side| (*side).into());
                (names, Domain::Grid(sides), Vec::new())
            }
            DomainTable::Box(sides) => {
                let (names, sides) = split(sides, |side| Side::from(*side));
                (names, Domain::Box(sides), Vec::new())
            }
            DomainTable::Boundary(sides) => {
                let (names, sides) = split(sides, |side| Side::from(*side));
                (names, Domain::Boundary(sides), Vec::new())
            }
            DomainTable::Ball { center, radius } => {
                let (names, center) = split(center, |c| *c);
                (names, Domain::Ball { center, radius: *radius }, Vec::new())
            }
            DomainTable::Points { file, coordinates } => {
                let (domain, columns) = self.points(file, coordinates, read)?;
                (coordinates.clone(), domain, columns)
            }
        })
    }

    /// Points of a file: arrays that are named as coordinates, or one array of all of them; the rest are
    /// data.
    fn points(
        &self,
        file: &Spanned<String>,
        coordinates: &[String],
        read: &mut ReadData<'_>,
    ) -> Result<(Domain, Vec<Column>), FileFault> {
        let fault = |what: String| FileFault::at(&self.text, Some(file.span()), what);
        let arrays = read(file.get_ref()).map_err(&fault)?;
        let dimension = coordinates.len();
        let rows = |array: &Array| array.shape.first().copied().unwrap_or(0);
        let count = arrays.first().map_or(0, rows);
        if let Some(other) = arrays.iter().find(|array| rows(array) != count) {
            return Err(fault(format!(
                "{}: \"{}\" has {} points, but \"{}\" has {count}; give all as many",
                file.get_ref(),
                other.name,
                rows(other),
                arrays[0].name
            )));
        }
        if let [all] = arrays.as_slice()
            && all.values.len() == count * dimension
            && !coordinates.contains(&all.name)
        {
            let values = all.values.clone().into();
            return Ok((Domain::Points { dimension, coordinates: values }, Vec::new()));
        }
        let mut interleaved = vec![0.0; count * dimension];
        for (at, name) in coordinates.iter().enumerate() {
            let found = arrays.iter().find(|array| array.name == *name && array.values.len() == count);
            let names: Vec<&str> = arrays.iter().map(|array| array.name.as_str()).collect();
            let array = found.ok_or_else(|| {
                let has = names.join(", ");
                fault(format!(
                    "{} has no numbers named \"{name}\", one a point; it has {has}",
                    file.get_ref()
                ))
            })?;
            interleaved.iter_mut().skip(at).step_by(dimension).zip(&array.values).for_each(|(x, v)| *x = *v);
        }
        let others = arrays.into_iter().filter(|array| !coordinates.contains(&array.name));
        let columns = others.map(|array| Column {
            width: array.values.len().checked_div(count).unwrap_or(1),
            name: array.name,
            values: array.values.into(),
        });
        Ok((Domain::Points { dimension, coordinates: interleaved.into() }, columns.collect()))
    }

    /// `name = "file"`, or `"file:array"` for one array of several.
    fn column(
        &self,
        name: &str,
        file: &Spanned<String>,
        domain: &Domain,
        read: &mut ReadData<'_>,
    ) -> Result<Column, FileFault> {
        let fault = |what: String| FileFault::at(&self.text, Some(file.span()), what);
        let (path, wanted) = match file.get_ref().rsplit_once(':') {
            Some((path, array)) if !array.contains(['/', '\\']) => (path, array),
            _ => (file.get_ref().as_str(), name),
        };
        let mut arrays = read(path).map_err(&fault)?;
        let names = arrays.iter().map(|array| array.name.clone()).collect::<Vec<_>>().join(", ");
        let at = arrays.iter().position(|array| array.name == wanted).or((arrays.len() == 1).then_some(0));
        let at = at.ok_or_else(|| {
            fault(format!("{path} has no array \"{wanted}\", but {names}; name one, as \"{path}:ARRAY\""))
        })?;
        let array = arrays.swap_remove(at);
        let sides: Vec<usize> = match domain {
            Domain::Grid(sides) => sides.iter().map(|(_, count)| *count).filter(|n| *n > 1).collect(),
            _ => domain.count().into_iter().collect(),
        };
        let shape: Vec<usize> = array.shape.iter().copied().filter(|n| *n > 1).collect();
        let points: usize = domain.count().unwrap_or(0);
        // A single point, or a flat list of all points, fits too.
        let fits = shape.starts_with(&sides) || shape.first() == Some(&points);
        if !fits || points == 0 || !array.values.len().is_multiple_of(points) {
            let (shape, sides) = (&array.shape, &sides);
            return Err(fault(format!(
                "data \"{name}\" has the shape {shape:?}, but the domain's points are {sides:?}; give an \
                 array of one number, or one vector, a point"
            )));
        }
        Ok(Column { name: name.into(), width: array.values.len() / points, values: Arc::from(array.values) })
    }
}

fn split<T, U>(entries: &Ordered<T>, of: impl Fn(&T) -> U) -> (Vec<String>, Vec<U>) {
    entries.0.iter().map(|(name, entry)| (name.clone(), of(entry))).unzip()
}

fn numbers(value: &Number) -> Vec<f64> {
    match value {
        Number::One(value) => vec![*value],
        Number::Many(values) => values.clone(),
    }
}

fn field(name: &str, table: &FieldTable, order: &[String]) -> Result<FieldEntry, FileFault> {
    let coordinates = table.coordinates.clone().unwrap_or_else(|| order.to_vec());
    let fault = |what: String| FileFault::new(format!("field \"{name}\": {what}"));
    if let Some(key) = ["inputs"].into_iter().find(|key| table.network.contains_key(*key)) {
        return Err(fault(format!("\"{key}\" follows from its coordinates; leave it out")));
    }
    let network = table.network.clone().try_into::<FieldConfig>();
    let network = network.map_err(|error| fault(error.message().to_string()))?;
    let (outputs, names) = match &table.outputs {
        None => (1, Vec::new()),
        Some(Outputs::Count(count)) => (*count, Vec::new()),
        Some(Outputs::Names(names)) => (names.len(), names.clone()),
    };
    let mut ranges = vec![None; coordinates.len()];
    for (coordinate, [low, high]) in &table.range.0 {
        let at = coordinates.iter().position(|c| c == coordinate);
        let at = at.ok_or_else(|| {
            fault(format!("a range is given for \"{coordinate}\", which it does not depend on"))
        })?;
        ranges[at] = Some(Side::new(*low, *high));
    }
    let network = FieldConfig { inputs: coordinates.len(), outputs, ..network };
    Ok(FieldEntry { name: name.into(), outputs: names, coordinates, ranges, network })
}

/// The settings of `[fit]` over those of [`FitConfig::problem`].
fn fit_config(table: &toml::Table) -> Result<FitConfig, FileFault> {
    let fault = |what: &dyn std::fmt::Display| FileFault::new(format!("[fit]: {what}"));
    let mut all = toml::Table::try_from(FitConfig::problem()).map_err(|error| fault(&error))?;
    all.extend(table.clone());
    let config: FitConfig = all.try_into().map_err(|error: toml::de::Error| fault(&error.message()))?;
    config.check().map_err(|error| fault(&error))?;
    Ok(config)
}
