//! bindgen MODULE.wasm FOLDER: writes the module and its JavaScript into the folder.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(module), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("give a module and a folder".into());
    };
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen.input_path(module).web(true)?.omit_default_module_path(false).typescript(false).remove_name_section(std::env::var_os("KEEP_NAMES").is_none());
    Ok(bindgen.generate(folder)?)
}
