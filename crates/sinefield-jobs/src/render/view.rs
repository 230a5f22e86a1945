//! What a figure shows of a field: its components, and the real numbers that are drawn for each.

use sinefield::field::Field;
use sinefield::render::Quantity;

use super::RenderJob;
use crate::JobError;
use crate::figure::colour_map::ColourMap;
use crate::settings::entry::as_text;

/// A real number of a complex one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComplexPart {
    /// The real part.
    Real,
    /// The imaginary part.
    Imaginary,
    /// The modulus.
    Magnitude,
    /// The angle, from -pi to pi.
    Phase,
}

impl ComplexPart {
    /// Every part.
    pub const ALL: [Self; 4] = [Self::Real, Self::Imaginary, Self::Magnitude, Self::Phase];

    /// `real`, `imaginary`, `magnitude` or `phase`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Imaginary => "imaginary",
            Self::Magnitude => "magnitude",
            Self::Phase => "phase",
        }
    }
}

impl std::fmt::Display for ComplexPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for ComplexPart {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|part| part.name() == text);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("\"{text}\" is no part of a complex number; give one of {names}")
        })
    }
}

as_text!(ComplexPart);

/// A component of a field: one output, or the two of a complex number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// The output, which is the real part of a complex component.
    pub real: usize,
    /// The output that is the imaginary part.
    pub imaginary: Option<usize>,
}

/// The components of `field`. Outputs `psi.re` and `psi.im` are the component `psi`. A single output without a name has
/// the name `own`; several are `own[0]`, `own[1]`, ..
pub fn components(field: &Field, own: &str) -> Vec<Component> {
    let (names, count) = (&field.meta.outputs, field.architecture().outputs());
    let mut components = Vec::new();
    let mut at = 0;
    while at < count {
        let name = names.get(at).map(String::as_str);
        let base = name.and_then(|name| name.strip_suffix(".re"));
        let partner = names.get(at + 1).and_then(|name| name.strip_suffix(".im"));
        if let Some(base) = base.filter(|base| partner == Some(*base)) {
            components.push(Component { name: base.into(), real: at, imaginary: Some(at + 1) });
            at += 2;
            continue;
        }
        let unnamed = || if count == 1 { own.to_string() } else { format!("{own}[{at}]") };
        let name = name.map_or_else(unnamed, str::to_string);
        components.push(Component { name, real: at, imaginary: None });
        at += 1;
    }
    components
}

/// A real number at every point: what one panel shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The component.
    pub component: Component,
    /// The part of a complex component.
    pub part: Option<ComplexPart>,
    /// The quantity, which has one number for each output.
    pub quantity: Quantity,
}

impl View {
    /// The number of a point, from the numbers of all outputs there.
    pub fn number(&self, numbers: &[f32]) -> f32 {
        let of = |output: usize| numbers.get(output).copied().unwrap_or(f32::NAN);
        let (re, im) = (of(self.component.real), self.component.imaginary.map_or(0.0, of));
        match self.part {
            None | Some(ComplexPart::Real) => re,
            Some(ComplexPart::Imaginary) => im,
            Some(ComplexPart::Magnitude) => re.hypot(im),
            Some(ComplexPart::Phase) => im.atan2(re),
        }
    }

    /// What is drawn, such as `u`, `|∇u|`, `Δu`, `|ψ|` or `arg ψ`.
    pub fn title(&self) -> String {
        let name = &self.component.name;
        let of = match self.quantity {
            Quantity::GradientMagnitude => return format!("|∇{name}|"),
            Quantity::Laplacian => format!("Δ{name}"),
            _ => name.clone(),
        };
        match self.part {
            None => of,
            Some(ComplexPart::Real) => format!("Re {of}"),
            Some(ComplexPart::Imaginary) => format!("Im {of}"),
            Some(ComplexPart::Magnitude) => format!("|{of}|"),
            Some(ComplexPart::Phase) => format!("arg {of}"),
        }
    }

    /// The colours of its numbers.
    pub fn map(&self) -> ColourMap {
        match (self.part, self.quantity) {
            (Some(ComplexPart::Phase), _) => ColourMap::Cyclic,
            (Some(ComplexPart::Magnitude), _) => ColourMap::Sequential,
            (_, Quantity::Laplacian) => ColourMap::Diverging,
            _ => ColourMap::Sequential,
        }
    }

    /// Whether its numbers are never negative, so that a scale begins at 0.
    pub fn is_length(&self) -> bool {
        self.part == Some(ComplexPart::Magnitude) || self.quantity == Quantity::GradientMagnitude
    }
}

/// The views that show `component` of `quantity` by default: of a complex one its magnitude and its phase.
pub fn views_of(component: &Component, quantity: Quantity) -> Vec<View> {
    let parts: &[Option<ComplexPart>] = match (component.imaginary, quantity) {
        (None, _) => &[None],
        // The length of a complex gradient has no phase.
        (_, Quantity::GradientMagnitude) => &[Some(ComplexPart::Magnitude)],
        _ => &[Some(ComplexPart::Magnitude), Some(ComplexPart::Phase)],
    };
    parts.iter().map(|part| View { component: component.clone(), part: *part, quantity }).collect()
}

/// The component that `job` names, or all.
pub fn asked_components(job: &RenderJob, field: &Field) -> Result<Vec<Component>, JobError> {
    let own = job.field.file_stem().map_or("u".into(), |stem| stem.to_string_lossy().into_owned());
    let all = components(field, &own);
    let Some(asked) = &job.component else { return Ok(all) };
    let by_place = asked.parse::<usize>().ok().filter(|at| *at < all.len());
    match all.iter().position(|component| component.name == *asked).or(by_place) {
        Some(at) => Ok(vec![all[at].clone()]),
        None => {
            let names: Vec<&str> = all.iter().map(|component| component.name.as_str()).collect();
            let what = format!(
                "there is no component {asked}; give one of {}, or its place from 0",
                names.join(", ")
            );
            Err(JobError::asked("`component`", what))
        }
    }
}

/// The views that `job` asks for.
pub fn asked_views(job: &RenderJob, field: &Field) -> Result<Vec<View>, JobError> {
    let quantity = job.quantity();
    if matches!(quantity, Quantity::Gradient | Quantity::Hessian) {
        let what = format!(
            "a figure cannot show a {quantity}; give gradient-magnitude or laplacian, or `style` picture"
        );
        return Err(JobError::asked("`quantity`", what));
    }
    let components = asked_components(job, field)?;
    let Some(part) = job.part else {
        return Ok(components.iter().flat_map(|component| views_of(component, quantity)).collect());
    };
    if let Some(real) = components.iter().find(|component| component.imaginary.is_none()) {
        let what =
            format!("the component {} is real; leave it out, or name a complex `component`", real.name);
        return Err(JobError::asked("`part`", what));
    }
    if quantity == Quantity::GradientMagnitude && part != ComplexPart::Magnitude {
        let what = format!("a gradient-magnitude has no {part}; leave it out");
        return Err(JobError::asked("`part`", what));
    }
    let view = |component: Component| View { component, part: Some(part), quantity };
    Ok(components.into_iter().map(view).collect())
}
