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

mod data;
mod document;
mod domain;
mod fault;
mod field;
mod overrides;
mod shape;

use std::ops::Range;

use toml::Spanned;
use toml::de::DeTable;

use self::document::{AdaptiveEntry, ConstraintTable, Document, Initial, NormName, Ordered};
pub use self::fault::{FileFault, Place};
use super::description::{ConstraintEntry, Description, FieldEntry};
use super::error::ProblemError;
use super::sampler::Sampling;
use crate::expr::{Expr, ExprError, Norm, Origin};
use crate::fit::FitConfig;

/// A problem file that has been read.
#[derive(Debug)]
pub struct ProblemFile {
    /// The seed of the draws and the networks.
    pub seed: u64,
    /// The settings of the fit.
    pub fit: FitConfig,
    text: String,
    document: Document,
}

/// The expressions of a problem file by name, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Equations {
    /// The residual of each constraint.
    pub residuals: Vec<Expr>,
    /// The form of each field that has one.
    pub forms: Vec<(String, Expr)>,
    /// The definitions.
    pub definitions: Vec<(String, Expr)>,
    /// The known solutions.
    pub exact: Vec<(String, Expr)>,
    /// The constants: one or more numbers `[re, im]`.
    pub constants: Vec<(String, Vec<[f64; 2]>)>,
}

/// A named array of a data file, for [`ProblemFile::description`].
#[derive(Clone, Debug, PartialEq)]
pub struct DataArray {
    /// The name of the column in a .csv file, or of the array in a .npz file.
    pub name: String,
    /// The length of each dimension.
    pub shape: Vec<usize>,
    /// The values, row-major. A complex value is two numbers, its real part and its imaginary part.
    pub values: Vec<f32>,
    /// Whether the values are complex.
    pub complex: bool,
}

/// Reads the data file with the name in the problem file. Returns all of its arrays, or a message.
pub type ReadData<'a> = dyn FnMut(&str) -> Result<Vec<DataArray>, String> + 'a;

impl ProblemFile {
    /// Parses the text of a problem file. `settings`, such as `constants.k=10`, replace or add entries.
    ///
    /// # Errors
    /// If the text is not TOML, or an entry or a setting is unknown, has the wrong type, or is out of range
    /// in `[fit]`.
    pub fn parse(text: &str, settings: &[String]) -> Result<Self, FileFault> {
        let document = read(text, settings).map_err(|fault| blame(text, settings, fault))?;
        let fit = match &document.fit {
            Some(table) => {
                let wrong = |what| FileFault::at(text, Some(table.span()), format!("[fit]: {what}"));
                fit_config(table.get_ref()).map_err(wrong)?
            }
            None => FitConfig::problem(),
        };
        Ok(Self { seed: document.seed, fit, text: text.to_string(), document })
    }

    /// The problem that the file describes, with its data read by `read`.
    ///
    /// # Errors
    /// If an expression cannot be parsed, data cannot be read or do not fit the domain, or a setting of a
    /// field or a constraint is not valid.
    pub fn description(&self, read: &mut ReadData<'_>) -> Result<Description, FileFault> {
        let document = &self.document;
        let constraints: Vec<ConstraintEntry> = document
            .constraint
            .iter()
            .enumerate()
            .map(|(index, table)| self.constraint(index, table, read))
            .collect::<Result<_, _>>()?;
        let order = self.coordinates(&constraints);
        let parsed = |kind: &str, entries: &Ordered<Spanned<String>>| -> Result<Vec<_>, FileFault> {
            let one = |(name, text): &(String, Spanned<String>)| {
                let fault = |error: ExprError| {
                    let span = self.within(text, error.span());
                    FileFault::at(&self.text, Some(span), format!("{kind} \"{name}\": {error}"))
                };
                Ok((name.clone(), Expr::parse(text.get_ref()).map_err(fault)?))
            };
            entries.0.iter().map(one).collect()
        };
        let constants = || document.constants.0.iter();
        Ok(Description {
            fields: document
                .field
                .0
                .iter()
                .map(|(name, table)| {
                    let wrong = |what| {
                        FileFault::at(&self.text, Some(table.span()), format!("field \"{name}\": {what}"))
                    };
                    let entry = field::field(name, table.get_ref(), &order).map_err(wrong)?;
                    Ok(FieldEntry { form: self.form(name, table.get_ref())?, ..entry })
                })
                .collect::<Result<_, _>>()?,
            constants: constants().filter_map(|(name, value)| Some((name.clone(), value.real()?))).collect(),
            complex_constants: constants()
                .filter(|(_, value)| value.real().is_none())
                .map(|(name, value)| (name.clone(), value.complex()))
                .collect(),
            definitions: parsed("definition", &document.definitions)?,
            exact: parsed("exact solution of", &document.exact)?,
            trainable: document
                .trainable
                .0
                .iter()
                .map(|(name, Initial::Real(value))| (name.clone(), *value))
                .collect(),
            constraints,
        })
    }

    /// The expressions of the file, for people.
    pub fn equations(&self) -> Equations {
        let document = &self.document;
        // A file with a text that cannot be parsed has no description, which is told elsewhere.
        let one =
            |name: &String, text: &Spanned<String>| Some((name.clone(), Expr::parse(text.get_ref()).ok()?));
        let all = |entries: &Ordered<Spanned<String>>| -> Vec<_> {
            entries.0.iter().filter_map(|(name, text)| one(name, text)).collect()
        };
        let form = |(name, table): &(String, Spanned<document::FieldTable>)| {
            one(name, table.get_ref().form.as_ref()?)
        };
        Equations {
            residuals: document
                .constraint
                .iter()
                .filter_map(|table| Expr::parse(table.residual.get_ref()).ok())
                .collect(),
            forms: document.field.0.iter().filter_map(form).collect(),
            definitions: all(&document.definitions),
            exact: all(&document.exact),
            constants: document
                .constants
                .0
                .iter()
                .map(|(name, value)| (name.clone(), value.complex()))
                .collect(),
        }
    }

    /// The fault of the file that corresponds to an error of the problem, with its place if known.
    pub fn locate(&self, error: &ProblemError) -> FileFault {
        if let ProblemError::Form { field, error: inner } = error {
            return self.at_form(field, inner, error);
        }
        let (index, inner, definition) = match error {
            ProblemError::Residual { index, error, .. } | ProblemError::NoNormal { index, error, .. } => {
                let definition = match error.origin() {
                    Origin::Definition(name) => Some(name),
                    Origin::Residual | Origin::Scope | Origin::Form(_) => None,
                };
                (index, error.span(), definition)
            }
            ProblemError::MissingCoordinate { index, span, .. } => (index, span.clone(), None),
            ProblemError::Domain { index, .. } => return self.at_entry(*index, "domain", error),
            ProblemError::Setting { index, entry, .. } => return self.at_entry(*index, entry, error),
            ProblemError::ColumnLength { index, column, .. }
            | ProblemError::ColumnNotFinite { index, column, .. }
            | ProblemError::ColumnOnBody { index, column, .. } => {
                return self.at_entry(*index, column, error);
            }
            ProblemError::Field { field, .. } | ProblemError::FieldEntry { field, .. } => {
                let table = self.document.field.0.iter().find(|(name, _)| name == field);
                return FileFault::at(&self.text, table.map(|(_, table)| table.span()), error);
            }
            ProblemError::Exact { name, error: inner } => {
                let found = match inner.origin() {
                    Origin::Definition(name) => document_entry(&self.document.definitions, name),
                    Origin::Residual | Origin::Scope | Origin::Form(_) => {
                        document_entry(&self.document.exact, name)
                    }
                };
                // The residual that is compiled is made of operators around the expression, which keeps its places.
                let span = found.map(|text| self.within(text, inner.span()));
                return FileFault::at(&self.text, span, error);
            }
            ProblemError::ExactName { name }
            | ProblemError::ExactWidth { name, .. }
            | ProblemError::ExactComplex { name } => {
                let span = document_entry(&self.document.exact, name).map(Spanned::span);
                return FileFault::at(&self.text, span, error);
            }
            ProblemError::Form { .. }
            | ProblemError::NoField
            | ProblemError::NoConstraint
            | ProblemError::Trainable(_) => {
                return FileFault::new(error);
            }
        };
        let definitions = &self.document.definitions.0;
        let definition = definition.and_then(|name| definitions.iter().find(|(n, _)| n == name));
        let text = definition.map(|(_, text)| text);
        let text = text.or(self.document.constraint.get(*index).map(|table| &table.residual));
        let span = text.map(|text| self.within(text, inner.clone()));
        FileFault::at(&self.text, span, error)
    }

    /// The fault at an entry of constraint `index`. Without the entry, the fault is at the domain, whose file
    /// may have the data.
    fn at_entry(&self, index: usize, entry: &str, error: &ProblemError) -> FileFault {
        let table = self.document.constraint.get(index);
        let span = table.map(|table| table.span(entry).unwrap_or_else(|| table.domain.span()));
        FileFault::at(&self.text, span, error)
    }

    /// The byte range in the file of the range `inner` of a string. It is the whole string if the string is
    /// written with escapes or comes from a setting, or if `inner` is `None`.
    fn within(&self, string: &Spanned<String>, inner: Option<Range<usize>>) -> Range<usize> {
        let outer = string.span();
        let raw = self.text.get(outer.clone()).unwrap_or_default();
        match (raw.find(string.get_ref().as_str()), inner) {
            (Some(at), Some(inner)) => outer.start + at + inner.start..outer.start + at + inner.end,
            _ => outer,
        }
    }

    /// The order of the coordinates: first those in the file's list, then the others as the domains name
    /// them.
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
        let norm = match (table.norm, &table.delta) {
            (NormName::Huber, delta) => Norm::Huber { delta: value(delta).unwrap_or(1.0) },
            (_, Some(delta)) => {
                let what = format!("constraint \"{name}\": delta is for norm = \"huber\"; leave it out");
                return Err(FileFault::at(&self.text, Some(delta.span()), what));
            }
            (NormName::L1, None) => Norm::L1,
            (NormName::L2, None) => Norm::L2,
        };
        let sampling = Sampling {
            samples: value(&table.samples),
            draw: table.draw,
            sequence: value(&table.sequence).unwrap_or_default(),
            replacement: value(&table.replacement).unwrap_or_default(),
            // All constraints have one seed. `Constraint::new` derives a separate stream for each.
            seed: self.seed,
        };
        let (reduce, weight) = (table.reduce, value(&table.weight).unwrap_or(1.0));
        Ok(ConstraintEntry {
            name,
            residual,
            coordinates,
            domain,
            sampling,
            adaptive: value(&table.adaptive).and_then(AdaptiveEntry::settings),
            causal: table.causal.as_ref().map(|causal| causal.get_ref().0.clone()),
            windows: table.windows.as_ref().map(|windows| windows.get_ref().0.clone()),
            columns,
            norm,
            reduce,
            weight,
        })
    }
}

/// The text of the entry `name`.
fn document_entry<'d>(entries: &'d Ordered<Spanned<String>>, name: &str) -> Option<&'d Spanned<String>> {
    entries.0.iter().find(|(other, _)| other == name).map(|(_, text)| text)
}

/// Parses the file's text and applies the settings.
fn read(text: &str, settings: &[String]) -> Result<Document, FileFault> {
    let wrong = |error: toml::de::Error| FileFault::at(text, error.span(), error.message());
    let mut table = DeTable::parse(text).map_err(wrong)?;
    settings.iter().try_for_each(|setting| overrides::set(table.get_mut(), setting))?;
    let deserializer = toml::de::Deserializer::from(table);
    <Document as serde::Deserialize>::deserialize(deserializer).map_err(wrong)
}

/// Adds the setting that caused a fault, if the fault has no place in the file.
fn blame(text: &str, settings: &[String], fault: FileFault) -> FileFault {
    let brings = |count: &usize| read(text, &settings[..*count]).is_err_and(|other| other.what == fault.what);
    let last = (0..settings.len()).find(brings).unwrap_or(settings.len()).checked_sub(1);
    match last.map(|last| &settings[last]) {
        Some(setting) if fault.place.is_none() && !fault.what.contains(setting.as_str()) => {
            FileFault::new(format!("the setting \"{setting}\": {}", fault.what))
        }
        _ => fault,
    }
}

fn value<T: Copy>(entry: &Option<Spanned<T>>) -> Option<T> {
    entry.as_ref().map(|entry| *entry.get_ref())
}

/// The settings of `[fit]`. Missing settings are those of [`FitConfig::problem`].
fn fit_config(table: &toml::Table) -> Result<FitConfig, String> {
    if table.contains_key("target_psnr") {
        return Err("a problem has no PSNR, so target_psnr means nothing here; leave it out".into());
    }
    let mut own = table.clone();
    let stages = match own.remove("stage") {
        None => Vec::new(),
        Some(toml::Value::Array(stages)) if stages.is_empty() => {
            return Err("stage is an empty list; give at least one stage, or leave it out".into());
        }
        Some(toml::Value::Array(stages)) => stages,
        Some(_) => return Err("stage must be a list of tables, as [[fit.stage]]".into()),
    };
    let mut config = one_config(&own)?;
    for (at, stage) in stages.iter().enumerate() {
        let wrong = |what: &str| format!("stage {}: {what}", at + 1);
        let toml::Value::Table(stage) = stage else { return Err(wrong("it must be a table")) };
        let mut settings = own.clone();
        settings.extend(stage.clone());
        let stage = one_config(&settings).map_err(|what| wrong(&what))?;
        stage.check().map_err(|what| wrong(&what.to_string()))?;
        config.stages.push(stage);
    }
    if !config.stages.is_empty() {
        config.steps = config.stages.iter().fold(0usize, |sum, stage| sum.saturating_add(stage.steps));
    }
    config.check().map_err(|error| error.to_string())?;
    Ok(config)
}

/// The settings of a fit or of one of its stages.
fn one_config(table: &toml::Table) -> Result<FitConfig, String> {
    let mut all = toml::Table::try_from(FitConfig::problem()).map_err(|error| error.to_string())?;
    all.extend(table.clone());
    let mut config: FitConfig =
        all.try_into().map_err(|error: toml::de::Error| error.message().to_string())?;
    if !table.contains_key("steps") {
        config.steps = config.optimizer.steps().unwrap_or(config.steps);
    }
    Ok(config)
}
