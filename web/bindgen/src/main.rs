//! The tool of web/build.
//!
//!     bindgen module MODULE.wasm FOLDER    writes the module and its JavaScript into the folder
//!     bindgen single FOLDER FILE.html      writes the page in the folder as one file, if it can run without a host

mod single;

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["module", module, folder] => {
            let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
            bindgen.input_path(module).web(true)?.omit_default_module_path(false).typescript(false);
            Ok(bindgen.remove_name_section(std::env::var_os("KEEP_NAMES").is_none()).generate(folder)?)
        }
        ["single", folder, file] => match single::page(Path::new(folder))? {
            Some(page) => Ok(std::fs::write(file, page)?),
            None => Ok(()),
        },
        _ => Err("give module MODULE.wasm FOLDER, or single FOLDER FILE.html".into()),
    }
}
