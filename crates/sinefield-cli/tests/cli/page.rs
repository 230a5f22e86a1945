//! `sinefield page`: what it checks before it serves. `web/tests` have the page itself, in a browser.

use sinefield::field::{Field, FieldConfig};

use crate::common::Folder;

#[test]
fn what_the_page_cannot_open_is_refused() {
    let folder = Folder::new();
    let field =
        |inputs: usize| Field::new(&FieldConfig { hidden: 4, ..FieldConfig::new(inputs, 1) }, 0).unwrap();
    field(3).save(folder.path("space.safetensors")).unwrap();
    folder.fail("page --field space.safetensors", 1, "has 3 coordinates; the page shows sounds and pictures");
    folder.fail("page --field none.safetensors", 1, "no such file");
    std::fs::write(
        folder.path("info.toml"),
        "job = \"eval\"\nfield = \"f\"\npoints = \"p\"\noutput = \"o\"\n",
    )
    .unwrap();
    folder.fail("page --job info.toml", 1, "give a job that fits a picture or a sound");
    std::fs::write(folder.path("fit.toml"), "job = \"fit\"\nsignal = \"none.png\"\noutput = \"o\"\n")
        .unwrap();
    folder.fail("page --job fit.toml", 1, "none.png: cannot be read");
    folder.fail("page --field a --job b", 2, "cannot be given together with --job");
}

#[cfg(not(feature = "page"))]
#[test]
fn a_build_without_the_page_says_how_to_get_it() {
    Folder::new().fail(
        "page",
        1,
        "run web/build, and then cargo install --path crates/sinefield-cli --features page",
    );
}
