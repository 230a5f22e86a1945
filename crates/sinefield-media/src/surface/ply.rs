//! Reads PLY, the Stanford polygon format, as text and binary.
//!
//! No crate is used: those that exist allocate on the word of the header, or keep a table of names for each vertex. Here
//! the values stream through, and every count is compared with the rest of the file first.

use std::path::Path;

use crate::input::Input;
use crate::number::Number;
use crate::surface::ply_body::{Body, Bytes, Text};
use crate::surface::ply_header::{Element, Encoding, Header, Property, corrupt};
use crate::surface::{room, triangle};
use crate::{MediaError, Surface};

/// The properties of a vertex that are read.
const COORDINATES: [&str; 3] = ["x", "y", "z"];
const NORMALS: [&str; 3] = ["nx", "ny", "nz"];

/// Reads a mesh or a cloud.
pub(super) fn read(mut input: Input<'_>) -> Result<Surface, MediaError> {
    let path = input.path;
    let header = Header::read(&mut input)?;
    match header.encoding {
        Encoding::Text => read_body(path, &header, Text::new(input, &header)),
        _ => read_body(path, &header, Bytes::new(input, &header)),
    }
}

fn read_body(path: &Path, header: &Header, mut body: impl Body) -> Result<Surface, MediaError> {
    let vertices = header.elements.iter().find(|element| element.name == "vertex");
    let vertices =
        vertices.ok_or_else(|| corrupt(path, "its header has no element \"vertex\"".into()))?.count;
    let mut surface = Surface::default();
    for element in &header.elements {
        let (shortest, left) = (element.shortest(header.encoding), body.left());
        if element.count > left.checked_div(shortest).unwrap_or(u64::MAX) {
            let Element { name, count, .. } = element;
            let detail = format!(
                "the element {name:?} claims {count} records of at least {shortest} bytes, and {left} bytes follow"
            );
            return Err(corrupt(path, detail));
        }
        match element.name.as_str() {
            "vertex" => read_vertices(path, element, &mut body, &mut surface)?,
            "face" => read_faces(path, element, &mut body, &mut surface, vertices as usize)?,
            // A record without properties has no bytes.
            _ if element.properties.is_empty() => {}
            _ => (0..element.count).try_for_each(|_| skip_record(path, element, &mut body))?,
        }
    }
    surface.checked(path)
}

/// Where the values of a property go.
fn slots(element: &Element) -> Vec<Option<usize>> {
    let known = |property: &Property| {
        COORDINATES
            .iter()
            .chain(&NORMALS)
            .position(|name| *name == property.name && property.length.is_none())
    };
    element.properties.iter().map(known).collect()
}

fn read_vertices(
    path: &Path,
    element: &Element,
    body: &mut impl Body,
    surface: &mut Surface,
) -> Result<(), MediaError> {
    let slots = slots(element);
    let missing = COORDINATES.iter().enumerate().find(|(axis, _)| !slots.contains(&Some(*axis)));
    if let Some((_, name)) = missing {
        return Err(corrupt(path, format!("its vertices have no property {name:?}")));
    }
    let count = element.count as usize;
    let mut normals =
        if (3..6).all(|slot| slots.contains(&Some(slot))) { Some(room(path, count)?) } else { None };
    surface.points = room(path, count)?;
    for _ in 0..count {
        let mut values = [0.0; 6];
        body.begin()?;
        for (property, slot) in element.properties.iter().zip(&slots) {
            match (slot, property.length) {
                (Some(slot), _) => values[*slot] = body.value(property.number)?,
                (None, None) => drop(body.value(property.number)?),
                (None, Some(length)) => skip_list(path, element, property, length, body)?,
            }
        }
        body.end()?;
        let [x, y, z, nx, ny, nz] = values;
        surface.points.push([x, y, z]);
        if let Some(normals) = &mut normals {
            normals.push([nx, ny, nz]);
        }
    }
    surface.normals = normals;
    Ok(())
}

fn read_faces(
    path: &Path,
    element: &Element,
    body: &mut impl Body,
    surface: &mut Surface,
    vertices: usize,
) -> Result<(), MediaError> {
    let corners = element.find("vertex_indices").or_else(|| element.find("vertex_index"));
    let corners = corners.filter(|&place| element.properties[place].length.is_some());
    if corners.is_none() && element.count > 0 {
        let detail = "its faces have no list \"vertex_indices\"".into();
        return Err(MediaError::Unsupported { path: path.into(), format: "PLY", detail });
    }
    for face in 0..element.count {
        body.begin()?;
        for (place, property) in element.properties.iter().enumerate() {
            match property.length {
                Some(length) if Some(place) == corners => {
                    let corners = list_length(path, element, property, length, body)?;
                    fan(
                        path,
                        face as usize,
                        corners,
                        vertices,
                        || body.value(property.number),
                        &mut surface.faces,
                    )?;
                }
                Some(length) => skip_list(path, element, property, length, body)?,
                None => drop(body.value(property.number)?),
            }
        }
        body.end()?;
    }
    Ok(())
}

/// Adds the triangles of a polygon with this many corners, around its first corner.
fn fan(
    path: &Path,
    face: usize,
    corners: u64,
    points: usize,
    mut next: impl FnMut() -> Result<f64, MediaError>,
    faces: &mut Vec<[u32; 3]>,
) -> Result<(), MediaError> {
    if corners < 3 {
        return (0..corners).try_for_each(|_| next().map(drop));
    }
    let (first, mut before) = (next()?, next()?);
    for _ in 2..corners {
        let corner = next()?;
        faces.push(triangle(path, face, [first, before, corner], points)?);
        before = corner;
    }
    Ok(())
}

fn skip_record(path: &Path, element: &Element, body: &mut impl Body) -> Result<(), MediaError> {
    body.begin()?;
    for property in &element.properties {
        match property.length {
            Some(length) => skip_list(path, element, property, length, body)?,
            None => drop(body.value(property.number)?),
        }
    }
    body.end()
}

fn skip_list(
    path: &Path,
    element: &Element,
    property: &Property,
    length: Number,
    body: &mut impl Body,
) -> Result<(), MediaError> {
    let values = list_length(path, element, property, length, body)?;
    (0..values).try_for_each(|_| body.value(property.number).map(drop))
}

/// Reads the length of a list.
fn list_length(
    path: &Path,
    element: &Element,
    property: &Property,
    length: Number,
    body: &mut impl Body,
) -> Result<u64, MediaError> {
    let (stated, most) = (body.value(length)?, body.most(property.number));
    if stated >= 0.0 && stated.fract() == 0.0 && stated <= most as f64 {
        return Ok(stated as u64);
    }
    let (list, name) = (&property.name, &element.name);
    let detail =
        format!("a list {list:?} of the element {name:?} claims {stated} values where {most} can follow");
    Err(corrupt(path, detail))
}
