//! The job that solves a problem: it finds fields that satisfy the constraints of a problem file.

mod file;
mod page;
mod pictures;
mod report;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use sinefield::engine::Engine;
use sinefield::field::Field;
use sinefield::fit::FitConfig;
use sinefield::problem::file::Equations;
use sinefield::problem::{Needs, Problem};

use crate::fit::{Recipe, method_words};
use crate::fitting::history::History;
use crate::fitting::{self, Fitting, describe};
use crate::settings::{Course, Running};
use crate::words::{counted, grouped};
use crate::{JobError, Plan, Report, output};
pub use file::Source;
use page::{Constraint, Page};
use pictures::Solved;
use report::Solution;

/// The page of a report.
const PAGE: &str = "index.html";

/// Solves a problem: finds fields that satisfy the constraints in a file.
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[command(
    mut_arg("output", |arg| arg.help("The field file to write, in safetensors format. If the problem has several \
        fields, the name of each is added before the extension: OUT.u.safetensors")),
    mut_arg("seed", |arg| arg.help("The random seed of networks and points [default: the seed in the problem file]"))
)]
pub struct SolveJob {
    /// The problem file.
    pub problem: PathBuf,
    /// The outputs and the run settings.
    #[command(flatten)]
    #[serde(flatten)]
    pub running: Running,
    /// A setting that replaces one in the problem file, such as constants.k=10. It may be given several times.
    #[arg(long, value_name = "NAME=VALUE")]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<String>,
    /// A named set of settings. "paper" solves the file of the same name in the folder "paper" beside the problem file: the
    /// problem with the losses, sizes and settings of the SIREN paper.
    #[arg(long, value_enum)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<Recipe>,
    /// Start from the parameters of this field file. If the problem has several fields, the name of each is added
    /// before
    /// the extension, as in --output.
    #[arg(long, value_name = "FIELD")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init: Option<PathBuf>,
    /// Write a report into this folder: a page, index.html, with the equations, the solution, its error against a known
    /// solution, and the course of the fit. It needs no network and nothing beside it.
    #[arg(long, value_name = "DIR")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<PathBuf>,
    /// The settings of the optimisation.
    #[command(flatten)]
    #[serde(flatten)]
    pub course: Course,
}

impl SolveJob {
    /// Plans the job: reads and checks all inputs, and writes nothing.
    ///
    /// # Errors
    /// If the problem file or its data cannot be read or are not consistent, or an output cannot be written.
    pub fn plan(mut self, engine: Arc<dyn Engine>) -> Result<Plan, JobError> {
        if self.recipe.take() == Some(Recipe::Paper) {
            self.problem = papers(&self.problem)?;
        }
        self.running.check(&[&self.problem], &[])?;
        let source = Source::read(&self.problem, &self.all_settings())?;
        self.plan_of(source, engine)
    }

    /// Plans the job for a problem that has been read with [`SolveJob::all_settings`].
    ///
    /// # Errors
    /// As [`SolveJob::plan`], and if a recipe is given.
    pub fn plan_of(self, source: Source, engine: Arc<dyn Engine>) -> Result<Plan, JobError> {
        if self.recipe.is_some() {
            return Err(JobError::asked("`recipe`", "only a problem in a file has one; leave it out"));
        }
        self.running.check(&[], &[])?;
        let problem = Arc::new(source.problem);
        let outputs = self.running.output.as_deref().map_or(Vec::new(), |path| named(path, &problem));
        let written: Vec<&Path> = outputs.iter().map(PathBuf::as_path).collect();
        let inputs: Vec<&Path> = source.inputs.iter().map(PathBuf::as_path).collect();
        output::check(&inputs, &written)?;
        if let Some(folder) = &self.report {
            output::check_folder(folder, &inputs, &[&folder.join(PAGE)])?;
        }
        let (equations, seed) = (source.file.equations(), source.file.seed);
        let config = self.course.config(source.file.fit)?;
        let fields = self.fields(&problem, seed)?;
        let words = self.words(&problem, &fields, &config, engine.as_ref());
        let numbers = [
            ("problem", json!(self.problem)),
            ("fields", json!(problem.field_names().collect::<Vec<_>>())),
            ("constraints", json!(problem.needs().map(|needs| needs.name).collect::<Vec<_>>())),
        ];
        let numbers = Map::from_iter(numbers.map(|(name, value)| (name.to_string(), value)));
        let history = self.report.is_some().then(History::default);
        let paper = Paper {
            folder: self.report.clone(),
            equations,
            replaced: self.all_settings(),
            history: history.clone().unwrap_or_default(),
            engine: engine.clone(),
        };
        let fitting = Fitting {
            engine,
            task: problem.clone(),
            fields,
            config: config.clone(),
            running: self.running,
            of: "problem",
            power: None,
            held: 0,
            history,
        };
        let path = self.problem;
        Plan::fit(words, numbers, fitting, move |fit, outcome, _| {
            let solution = Solution::new(&problem, &fit, outcome, seed);
            let scalars = fit.scalars().to_vec();
            let mut fields = fit.into_fields();
            fields.iter_mut().for_each(|field| field.meta.fitted = solution.fitted(&path, &config));
            for (field, output) in fields.iter().zip(&outputs) {
                field.save(output)?;
            }
            let page = paper.write((&path, &problem), (&fields, &scalars), (&solution, &config))?;
            let names = problem.field_names().map(str::to_string);
            let report = Report::new(solution.words(&outputs) + &page, output::entries(&solution));
            Ok(Report { fields: names.zip(fields).collect(), ..report })
        })
    }

    /// All paths that the job names.
    pub(crate) fn paths(&mut self) -> Vec<&mut PathBuf> {
        let own = [Some(&mut self.problem), self.init.as_mut(), self.report.as_mut()];
        own.into_iter().flatten().chain(self.running.paths()).collect()
    }

    /// All settings that replace settings of the file, including the seed.
    pub fn all_settings(&self) -> Vec<String> {
        let seed = self.running.seed.map(|seed| format!("seed={seed}"));
        self.set.iter().cloned().chain(seed).collect()
    }

    /// The initial fields of the fit.
    fn fields(&self, problem: &Problem, seed: u64) -> Result<Vec<Field>, JobError> {
        let fields = problem.fields(seed).map_err(|error| JobError::fault(self.problem.display(), error))?;
        let Some(init) = &self.init else { return Ok(fields) };
        let begun = fields.into_iter().zip(named(init, problem));
        begun.map(|(fresh, path)| from_file(fresh, &path)).collect()
    }

    /// The plan in words.
    fn words(&self, problem: &Problem, fields: &[Field], config: &FitConfig, engine: &dyn Engine) -> String {
        let mut lines = Vec::new();
        for (name, field) in problem.field_names().zip(fields) {
            let parameters = grouped(field.parameters().len());
            let network = describe(field.architecture());
            lines.push(format!(
                "{}: field {name}, {network}, {parameters} parameters",
                self.problem.display()
            ));
        }
        let points: usize = problem.needs().map(|needs| needs.samples).sum();
        lines.push(format!(
            "{} steps of {} points for {}; {}; {}",
            grouped(config.steps),
            grouped(points),
            counted(problem.needs().count(), "constraint"),
            method_words(config),
            engine.describe(),
        ));
        lines.join("\n")
    }
}

/// The report of a solution, if one is asked for.
struct Paper {
    folder: Option<PathBuf>,
    equations: Equations,
    replaced: Vec<String>,
    history: History,
    engine: Arc<dyn Engine>,
}

impl Paper {
    /// Writes the report. Returns a line of words about it, or nothing.
    fn write(
        &self,
        (path, problem): (&Path, &Problem),
        (fields, scalars): (&[Field], &[f64]),
        (solution, config): (&Solution, &FitConfig),
    ) -> Result<String, JobError> {
        let Some(folder) = &self.folder else { return Ok(String::new()) };
        let solved = Solved { engine: self.engine.as_ref(), problem, fields, scalars };
        let constraint = |needs: Needs<'_>| Constraint {
            name: needs.name.into(),
            domain: needs.domain.into(),
            samples: needs.samples,
        };
        let mut shown = Vec::new();
        for (at, (name, field)) in problem.field_names().zip(fields).enumerate() {
            shown.push((name.to_string(), describe(field.architecture()), solved.pictures(at)?));
        }
        let names: Vec<String> = problem.needs().map(|needs| needs.name.to_string()).collect();
        let page = Page {
            problem: path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
            equations: &self.equations,
            constraints: problem.needs().map(constraint).collect(),
            fields: shown,
            course: pictures::course(&self.history.steps(), &names),
            solution,
            method: method_words(config),
            engine: self.engine.describe(),
            settings: toml::to_string(config).unwrap_or_default(),
            replaced: &self.replaced,
        };
        let (html, place) = (page.html()?, folder.join(PAGE));
        output::in_folder(folder, || output::text(&place, &html))?;
        Ok(format!("\n  report {}", place.display()))
    }
}

/// `fresh` with the parameters of the field file `path`, which must have the same network.
fn from_file(fresh: Field, path: &Path) -> Result<Field, JobError> {
    // The parameters are taken, and the form is that of the problem.
    let found = Field::load(path)?;
    if let Some(what) = fitting::difference(&fresh, &found) {
        let what = format!("its {what}; give a field of the problem's network, or leave out `init`");
        return Err(JobError::fault(path.display(), what));
    }
    let mut begun = found;
    begun.meta = fresh.meta;
    Ok(begun)
}

/// The file of the problem `own` with the settings of the paper.
fn papers(own: &Path) -> Result<PathBuf, JobError> {
    let name = own.file_name().unwrap_or_default();
    let path = own.with_file_name("paper").join(name);
    if path.is_file() {
        return Ok(path);
    }
    let what = format!("the recipe \"paper\" of {} is not there; leave `recipe` out", own.display());
    Err(JobError::asked(path.display(), what))
}

/// One path for each field: `path` itself for a single field, and otherwise `path` with the field's name before the
/// extension.
fn named(path: &Path, problem: &Problem) -> Vec<PathBuf> {
    let names: Vec<&str> = problem.field_names().collect();
    if names.len() == 1 {
        return vec![path.to_path_buf()];
    }
    let extension = path.extension().map(|e| e.to_string_lossy().into_owned());
    let named = |name: &&str| match &extension {
        Some(extension) => path.with_extension(format!("{name}.{extension}")),
        None => path.with_extension(name),
    };
    names.iter().map(named).collect()
}
