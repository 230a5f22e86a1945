//! Data files of a problem: points, and data at points.

use toml::Spanned;

use super::{DataArray, FileFault, ProblemFile, ReadData};
use crate::problem::column::Column;
use crate::problem::domain::Domain;

impl ProblemFile {
    /// The points in a file: one array named after each coordinate, or a single array of all coordinates. The
    /// other arrays are data columns.
    pub(super) fn points(
        &self,
        file: &Spanned<String>,
        coordinates: &[String],
        read: &mut ReadData<'_>,
    ) -> Result<(Domain, Vec<Column>), FileFault> {
        let fault = |what: String| FileFault::at(&self.text, Some(file.span()), what);
        let arrays = read(file.get_ref()).map_err(&fault)?;
        let dimension = coordinates.len();
        let rows = |array: &DataArray| array.shape.first().copied().unwrap_or(0);
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
            && !all.complex
            && !coordinates.contains(&all.name)
        {
            let values = all.values.clone().into();
            return Ok((Domain::Points { dimension, coordinates: values }, Vec::new()));
        }
        let mut interleaved = vec![0.0; count * dimension];
        for (at, name) in coordinates.iter().enumerate() {
            let real = |array: &&DataArray| array.values.len() == count && !array.complex;
            let found = arrays.iter().find(|array| array.name == *name && real(array));
            let names: Vec<&str> = arrays.iter().map(|array| array.name.as_str()).collect();
            let array = found.ok_or_else(|| {
                let has = names.join(", ");
                fault(format!(
                    "{} has no real numbers named \"{name}\", one a point; it has {has}",
                    file.get_ref()
                ))
            })?;
            interleaved.iter_mut().skip(at).step_by(dimension).zip(&array.values).for_each(|(x, v)| *x = *v);
        }
        let others = arrays.into_iter().filter(|array| !coordinates.contains(&array.name));
        let columns = others.map(|array| Column {
            width: array.values.len().checked_div(count).unwrap_or(1),
            complex: array.complex,
            name: array.name,
            values: array.values.into(),
        });
        Ok((Domain::Points { dimension, coordinates: interleaved.into() }, columns.collect()))
    }

    /// The data column of `name = "file"`, or of `"file:array"` for one array of several.
    pub(super) fn column(
        &self,
        name: &str,
        file: &Spanned<String>,
        domain: &Domain,
        read: &mut ReadData<'_>,
    ) -> Result<Column, FileFault> {
        let fault = |what: String| FileFault::at(&self.text, Some(file.span()), what);
        let Some(points) = domain.count() else {
            let what = format!("data \"{name}\" needs points that can be counted; use a grid or points");
            return Err(fault(what));
        };
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
            Domain::Grid(sides) => sides.iter().map(|(_, count)| *count).collect(),
            _ => vec![points],
        };
        // Sides of 1 need not agree.
        let longer = |sides: &[usize]| sides.iter().copied().filter(|n| *n > 1).collect::<Vec<usize>>();
        let (sides, shape) = (longer(&sides), longer(&array.shape));
        // A flat list of all points fits a grid too.
        let fits = shape.starts_with(&sides) || shape.first() == Some(&points);
        if !fits || points == 0 || !array.values.len().is_multiple_of(points) {
            let (shape, sides) = (&array.shape, &sides);
            return Err(fault(format!(
                "data \"{name}\" has the shape {shape:?}, but the domain's points are {sides:?}; give an \
                 array of one number, or one vector, a point"
            )));
        }
        let width = array.values.len() / points;
        Ok(Column { name: name.into(), width, complex: array.complex, values: array.values.into() })
    }
}
